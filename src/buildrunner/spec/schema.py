"""The published JSON Schema (2020-12) of a plan, and checking documents against it.

`schema.json` is generated from `types.py` by `python -m buildrunner.spec.schema`, which also
writes the published copy; tests compare all three. Reading it needs no types, so checking
costs neither msgspec's import nor the generation.
"""

from __future__ import annotations

from itertools import islice

from buildrunner.spec.document import CollectorPaused, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from jsonschema_rs import Draft202012Validator

_PACKAGED = __file__.rpartition("schema.py")[0] + "schema.json"
_BELOW = {
    "Plan": ("milestones", "Milestone"),
    "Milestone": ("steps", "Step"),
    "Step": ("microsteps", "Microstep"),
}
_CUT = 1000
_JUDGED_LEVELS = 5  # microstep, checks, check, paths, path
DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "urn:buildrunner:plan:1"


class Violation:
    """One place where a document breaks the schema.

    `keyword` is the schema keyword (`required`, `type`, `enum` …), `path` the keys and
    indices to the value, `message` the validator's words, `details` what the keyword asks
    for (`property`, `types`, `options`, `limit` …).
    """

    __slots__ = ("details", "keyword", "message", "path")

    def __init__(
        self, keyword: str, path: tuple[str | int, ...], message: str, details: dict[str, Any]
    ) -> None:
        self.keyword = keyword
        self.path = path
        self.message = message
        self.details = details

    @property
    def pointer(self) -> str:
        """The RFC 6901 pointer of the value (of the object, where a member is missing)."""
        from buildrunner.spec.source import escape

        return "".join("/" + escape(token) for token in self.path)

    def __repr__(self) -> str:
        return f"<{self.keyword} at {self.pointer!r}: {self.message}>"


def schema() -> dict[str, Any]:
    """The schema as a fresh tree."""
    with open(_PACKAGED, "rb") as file:  # importlib.resources costs more than the check itself
        return loads(file.read())


def is_valid(plan: Any) -> bool:
    """Whether a decoded document keeps to the schema, formats included.

    Raises UnicodeEncodeError for strings that hold half of a surrogate pair.
    """
    return _validator().is_valid(plan)


def validate(plan: Any, *, limit: int = 1000) -> list[Violation]:
    """At most `limit` violations in a decoded document; none if it keeps to the schema."""
    return [] if is_valid(plan) else list(islice(_violations(plan), limit))


def validate_bytes(data: bytes) -> list[Violation]:
    """`validate` for JSON in UTF-8. Raises PlanSyntaxError if it cannot be read."""
    import msgspec

    with CollectorPaused():
        try:
            plan = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            plan = loads(data)  # says what is wrong; a byte order mark it accepts
        found = validate(plan)
        del plan  # freed while paused, so that the collector never meets it
    return found


_compiled: dict[str, Draft202012Validator] = {}


def _validator(definition: str = "Plan") -> Draft202012Validator:
    """The compiled validator of the document or of one of the schema's definitions."""
    if definition not in _compiled:
        from jsonschema_rs import Draft202012Validator, RegexOptions

        rules = {**schema(), "$ref": f"#/$defs/{definition}"}
        # The engine without look-around: linear time whatever the document holds.
        options = RegexOptions()
        _compiled[definition] = Draft202012Validator(
            rules, validate_formats=True, pattern_options=options
        )
    return _compiled[definition]


def _violations(
    value: Any, definition: str = "Plan", path: tuple[str | int, ...] = ()
) -> Iterator[Violation]:
    """Violations in document order, entity by entity.

    The validator collects all errors of what it is given before it hands out the first,
    so it is given one entity at a time, without what lies below and with long lists cut.
    """
    below = _BELOW.get(definition)
    children = value.get(below[0]) if below and value.__class__ is dict else None
    own = value
    if below is not None and children.__class__ is list:
        own = {**value, below[0]: []}
    validator = _validator(definition)
    if not validator.is_valid(own):
        hidden = True
        for error in validator.iter_errors(_cut(own)):
            hidden = False
            details: dict[str, Any] = error.kind.as_dict()
            where = (*path, *error.instance_path)
            yield Violation(error.kind.name, where, error.message, details)
        if hidden:
            message = f"an element after the first {_CUT} of a list breaks the schema"
            yield Violation("items", path, message, {})
    if below is not None and children.__class__ is list:
        for place, child in enumerate(children):
            yield from _violations(child, below[1], (*path, below[0], place))


def _cut(value: Any, depth: int = 0) -> Any:
    """A copy in which no list is longer than the violations anybody wants to read.

    Below the levels the schema knows nothing is judged, and what nests there is left out:
    the validator cannot hand out errors about values that nest too deeply.
    """
    if depth == _JUDGED_LEVELS and value.__class__ in (dict, list):
        return value.__class__()
    if value.__class__ is list:
        return [_cut(member, depth + 1) for member in value[:_CUT]]
    if value.__class__ is dict:
        return {key: _cut(member, depth + 1) for key, member in value.items()}
    return value


def generate() -> dict[str, Any]:
    """The schema made afresh from the types."""
    from inspect import cleandoc

    from msgspec.json import schema_components

    from buildrunner.spec import types

    (reference,), definitions = schema_components([types.Plan], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = cleandoc(definition["description"])
        for member in definition["properties"].values():
            if "enum" in member:  # msgspec sorts by the alphabet; the types have an order
                member["enum"] = list(types.ORDERED[frozenset(member["enum"])])
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "title": "BuildRunner plan",
        "description": definitions["Plan"]["description"],
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
    reference = here.parents[3] / "docs" / "reference"
    if reference.is_dir():
        targets.append(reference / "plan.schema.json")
    for target in targets:
        target.write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
