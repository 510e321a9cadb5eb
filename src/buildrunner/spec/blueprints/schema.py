"""The published JSON Schema (2020-12) of a blueprint, and checking documents against it.

Generated from `types.py` by `python -m buildrunner.spec.blueprints.schema`, which also writes the
published copy; tests compare all three.
"""

from __future__ import annotations

from itertools import islice

from buildrunner.spec.document import loads
from buildrunner.spec.schema import DIALECT, Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jsonschema_rs import Draft202012Validator

_PACKAGED = __file__.rpartition("schema.py")[0] + "schema.json"
IDENTIFIER = "urn:buildrunner:blueprint:1"
_compiled: list[Draft202012Validator] = []


def schema() -> dict[str, Any]:
    """The schema as a fresh tree."""
    with open(_PACKAGED, "rb") as file:
        return loads(file.read())


def validate(document: Any, *, limit: int = 100) -> list[Violation]:
    """At most `limit` violations; the document nests no deeper than the reader allows."""
    validator = _validator()
    if validator.is_valid(document):
        return []
    found = []
    for error in islice(validator.iter_errors(document), limit):
        details: dict[str, Any] = error.kind.as_dict()
        found.append(Violation(error.kind.name, (*error.instance_path,), error.message, details))
    return found


def _validator() -> Draft202012Validator:
    if not _compiled:
        from jsonschema_rs import Draft202012Validator, RegexOptions

        # The engine without look-around: linear time whatever the document holds.
        _compiled.append(Draft202012Validator(schema(), pattern_options=RegexOptions()))
    return _compiled[0]


def generate() -> dict[str, Any]:
    """The schema made afresh from the types."""
    from inspect import cleandoc

    from msgspec.json import schema_components

    from buildrunner.spec import types as plan_types
    from buildrunner.spec.blueprints import types

    orders = {**plan_types.ORDERED, **types.ORDERED}
    (reference,), definitions = schema_components([types.Blueprint], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = cleandoc(definition["description"])
        for member in definition["properties"].values():
            if frozenset(member.get("enum", ())) in orders:
                member["enum"] = list(orders[frozenset(member["enum"])])
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "BuildRunner blueprint",
        "description": definitions["Blueprint"]["description"],
        **reference,
        "$defs": definitions,
    }


def main() -> int:
    """Write the packaged schema and, in a source checkout, the published copy."""
    import json
    import sys
    from pathlib import Path

    text = json.dumps(generate(), indent=2, ensure_ascii=False) + "\n"
    here = Path(__file__).resolve()
    targets = [here.with_name("schema.json")]
    reference = here.parents[4] / "docs" / "reference"
    if reference.is_dir():
        targets.append(reference / "blueprint.schema.json")
    for target in targets:
        target.write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
