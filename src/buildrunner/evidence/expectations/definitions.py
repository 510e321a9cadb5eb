"""Reading members of a definition: what has the wrong type is said, never guessed."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence.expectations.verdict import ExpectationError, brief


def expectation(definition: dict[str, Any]) -> dict[str, Any]:
    """`expect`, {} where there is none. Raises ExpectationError."""
    value = definition.get("expect", {})
    if not isinstance(value, dict):
        raise ExpectationError(f"expect must be an object, not {brief(value)}")
    return value


def text(holder: dict[str, Any], name: str, default: str = "") -> str:
    """A string member."""
    value = holder.get(name, default)
    if not isinstance(value, str):
        raise ExpectationError(f"{name} must be text, not {brief(value)}")
    return value


def texts(holder: dict[str, Any], name: str) -> list[str]:
    """A member that is one string or a list of them; [] where it is absent."""
    value = holder.get(name)
    if value is None:
        return []
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        raise ExpectationError(f"{name} must be text or a list of texts, not {brief(value)}")
    return found


def whole_numbers(holder: dict[str, Any], name: str, default: int) -> list[int]:
    """A member that is one whole number or a list of them."""
    value = holder.get(name, default)
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(n, int) and not isinstance(n, bool) for n in found):
        raise ExpectationError(f"{name} must be a whole number or a list of them: {brief(value)}")
    return found


def whole_number(holder: dict[str, Any], name: str, default: int) -> int:
    """A member that is one whole number, not negative."""
    value = holder.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ExpectationError(f"{name} must be a whole number ≥ 0, not {brief(value)}")
    return value


def percentage(value: Any, name: str) -> float:
    """A number from 0 to 100."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 100:
        raise ExpectationError(f"{name} must be a percentage from 0 to 100, not {brief(value)}")
    return float(value)
