"""The published JSON Schema (2020-12) of a policy file.

`schema.json` is generated from the types in `shape` by `python -m buildrunner.policy.schema`,
which also writes the published copy and the reference of all keys; tests compare them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "urn:buildrunner:policy:1"
_PACKAGED = __file__.rpartition("schema.py")[0] + "schema.json"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The packaged schema; not to be changed."""
    with open(_PACKAGED, "rb") as file:
        tree: dict[str, Any] = json.load(file)
    return tree


def generate() -> dict[str, Any]:
    """The schema made afresh from the types."""
    from inspect import cleandoc

    from msgspec.json import schema_components

    from buildrunner.policy.shape.root import Policy

    (reference,), definitions = schema_components([Policy], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = cleandoc(definition["description"])
        if not definition.get("required"):
            definition.pop("required", None)
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "BuildRunner policy",
        "description": definitions["Policy"]["description"],
        **reference,
        "$defs": definitions,
    }


def main() -> int:
    """Write the packaged schema and, in a source checkout, the published copy and reference."""
    import sys
    from pathlib import Path

    from buildrunner.policy.reference import keys, rules

    text = json.dumps(generate(), indent=2, ensure_ascii=False) + "\n"
    here = Path(__file__).resolve()
    targets = {here.with_name("schema.json"): text}
    folder = here.parents[3] / "docs" / "reference"
    if folder.is_dir():
        targets[folder / "policy.schema.json"] = text
        targets[folder / "policy-keys.md"] = keys(generate())
        targets[folder / "policy-rules.md"] = rules()
    for target, content in targets.items():
        target.write_text(content, encoding="utf-8")
        sys.stderr.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
