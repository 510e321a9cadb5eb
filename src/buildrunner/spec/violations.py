"""Schema violations in words people act on (BR2xx)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.schema import Violation

_TYPES = {
    "array": "an array",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
# What other trackers call a status.
_STATUSES = {
    "in_progress": "doing",
    "in-progress": "doing",
    "in progress": "doing",
    "started": "doing",
    "active": "doing",
    "wip": "doing",
    "review": "doing",
    "complete": "done",
    "completed": "done",
    "finished": "done",
    "closed": "done",
    "resolved": "done",
    "open": "todo",
    "new": "todo",
    "pending": "todo",
    "planned": "todo",
    "backlog": "todo",
    "not_started": "todo",
    "stuck": "blocked",
    "waiting": "blocked",
    "on_hold": "blocked",
}
_SHOWN = 40


def explain(violation: Violation, plan: Any) -> tuple[str, str, str, str | None]:
    """(code, pointer, message, hint or None for the rule's own) for a violation in `plan`."""
    keyword, details, pointer = violation.keyword, violation.details, violation.pointer
    field = _field(violation.path)
    value = _value_at(plan, violation.path)
    if keyword == "required":
        member = details["property"]
        return ("BR201", pointer, f"{field} lacks {member!r}", f'add "{member}"')
    if keyword == "type":
        wanted = " or ".join(_TYPES.get(name, name) for name in details["types"])
        return ("BR202", pointer, f"{field} must be {wanted}, not {_kind(value)}", None)
    if keyword == "anyOf":
        return ("BR202", pointer, f"{field} must be text or an object with a url", None)
    if keyword == "enum":
        return _explain_enum(field, value, details["options"], pointer)
    if keyword == "pattern" and violation.path == ("version",):
        return ("BR205", pointer, f"the version {_shown(value)} is not semantic", None)
    if keyword == "format" and violation.path == ("updatedAt",):
        return ("BR206", pointer, f"updatedAt {_shown(value)} is no RFC 3339 time", None)
    if keyword in ("minimum", "exclusiveMinimum", "maximum"):
        relation = {"minimum": "at least", "maximum": "at most"}.get(keyword, "more than")
        message = f"{field} must be {relation} {details['limit']}, not {_shown(value)}"
        return ("BR207", pointer, message, None)
    if keyword == "minLength":
        return ("BR208", pointer, f"{field} is empty", None)
    if keyword == "pattern":
        return ("BR208", pointer, f"{field} {_shown(value)} is empty or holds white space", None)
    return ("BR209", pointer, f"{field} breaks the schema ({keyword})", None)


def _explain_enum(
    field: str, value: Any, options: list[Any], pointer: str
) -> tuple[str, str, str, str | None]:
    allowed = ", ".join(map(str, options))
    if field != "status":
        message = f"{field} must be one of {allowed}, not {_shown(value)}"
        return ("BR204", pointer, message, None)
    message = f"the status {_shown(value)} is unknown"
    plain = value.strip().casefold() if isinstance(value, str) else ""
    meant = _STATUSES.get(plain, plain if plain in options else None)
    hint = f'write "{meant}"; the statuses are {allowed}' if meant else f"use one of {allowed}"
    return ("BR203", pointer, message, hint)


def _field(path: tuple[str | int, ...]) -> str:
    """What a message calls the value: the member's name, with its index in an array."""
    if not path:
        return "the plan"
    last = path[-1]
    if isinstance(last, str):
        return last
    above = path[-2] if len(path) > 1 else ""
    one = {"milestones": "milestone", "steps": "step", "microsteps": "microstep"}.get(str(above))
    return f"the {one} at index {last}" if one else f"{above}[{last}]"


def _value_at(plan: Any, path: tuple[str | int, ...]) -> Any:
    node = plan
    for token in path:
        node = node[token]
    return node


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return "a number" if isinstance(value, int) else "a fraction"
    if isinstance(value, str):
        return "text"
    return "an array" if isinstance(value, list) else "an object"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return format(value, ".6g") if isinstance(value, float) else _digits(value)
    return _kind(value)


def _digits(value: int) -> str:
    return str(value) if abs(value) < 10**20 else "a huge number"
