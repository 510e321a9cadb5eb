"""The fields of an entity as options of a command line: `--owner`, `--criterion`, `--set F=V`."""

from __future__ import annotations

from buildrunner.cli.errors import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.arguments import Arguments

# Option → field, for single values.
_TEXTS = {"owner": "owner", "priority": "priority", "risk": "risk_level"}
_NUMBERS = {"effort": "effort_points", "impact": "impact_score"}
_LISTS = {"criterion": "criteria", "link": "links", "depends-on": "depends_on"}
# Fields whose value is text even where it looks like JSON: `--set title=2026`.
_TEXT_FIELDS = frozenset(
    [
        "title",
        "owner",
        "status",
        "priority",
        "risk_level",
        "risk_notes",
        "rollback_plan",
        "post_check",
        "version",
        "updatedAt",
        "projectId",
        "phase",
        "$schema",
        "blocked_reason",
    ]
)


def given_fields(arguments: Arguments) -> dict[str, Any]:
    """Field → value for everything the options set, lists as a whole."""
    fields: dict[str, Any] = {}
    for option, field in _TEXTS.items():
        if (value := arguments.text(option)) is not None:
            fields[field] = value
    for option, field in _NUMBERS.items():
        if arguments.text(option) is not None:
            fields[field] = arguments.number(option, 0)
    for option, field in _LISTS.items():
        if values := arguments.texts(option):
            fields[field] = list(dict.fromkeys(values))
    for assignment in arguments.texts("set"):
        name, given, text = assignment.partition("=")
        if not given or not name:
            raise usage(f"--set takes FIELD=VALUE, not {assignment!r}")
        fields[name] = _value(name, text)
    return fields


def _value(name: str, text: str) -> Any:
    """JSON where it is JSON, else text; always text for fields that hold text."""
    if name in _TEXT_FIELDS:
        return text
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text


def additions(arguments: Arguments, value: dict[str, Any]) -> dict[str, Any]:
    """The same for an entity that is there: lists are added to and taken from."""
    fields = given_fields(arguments)
    whole = {assignment.partition("=")[0] for assignment in arguments.texts("set")}
    for field in _LISTS.values():
        if field in fields and field not in whole:
            old = _list(value, field)
            fields[field] = old + [each for each in fields[field] if each not in old]
    if numbers := arguments.texts("drop-criterion"):
        fields["criteria"] = _without(fields.get("criteria", _list(value, "criteria")), numbers)
    if dropped := arguments.texts("drop-depends-on"):
        needs = fields.get("depends_on", _list(value, "depends_on"))
        unknown = [each for each in dropped if each not in needs]
        if unknown:
            raise usage(f"depends_on does not name {', '.join(unknown)}")
        fields["depends_on"] = [each for each in needs if each not in dropped]
    return fields


def _list(value: dict[str, Any], field: str) -> list[Any]:
    found = value.get(field)
    return list(found) if isinstance(found, list) else []


def _without(criteria: list[Any], numbers: list[str]) -> list[Any]:
    places = set()
    for number in numbers:
        if not (number.isascii() and number.isdigit() and 0 < int(number) <= len(criteria)):
            raise usage(
                f"--drop-criterion takes a number from 1 to {len(criteria)}, not {number!r}"
            )
        places.add(int(number) - 1)
    return [each for place, each in enumerate(criteria) if place not in places]
