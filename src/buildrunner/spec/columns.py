"""A fast yes from the schema: column by column in C, without loading the validator.

Importing the validator costs more than everything else lint does on a small plan, and
nearly every plan is valid. `surely_valid` reads the same published schema and says True
only where it is certain; on anything it does not know it says False, and the validator
decides.
"""

from __future__ import annotations

from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Columns are looked at in pieces whose objects stay in the processor's cache: a large plan
# does not fit, and waiting for memory field after field takes longer than the checks.
BATCH = 256
_ANNOTATIONS = {"title", "description", "examples", "$schema", "$id", "$defs", "default"}
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def surely_valid(value: Any, schema: dict[str, Any]) -> bool:
    """Whether `value` certainly keeps to `schema`; False means "not known"."""
    try:
        return _fits([value], schema, schema["$defs"])
    except (TypeError, ValueError, KeyError):
        return False


def _fits(column: list[Any], rule: dict[str, Any], definitions: dict[str, Any]) -> bool:
    """Whether every value of a column certainly keeps to one rule."""
    if len(column) > BATCH:
        parts = (column[at : at + BATCH] for at in range(0, len(column), BATCH))
        return all(_fits(part, rule, definitions) for part in parts)
    keywords = rule.keys() - _ANNOTATIONS
    if "$ref" in keywords and len(keywords) == 1:
        name = rule["$ref"].rpartition("/")[2]
        return _fits(column, definitions[name], definitions)
    if "anyOf" in keywords and len(keywords) == 1:
        return any(_fits(column, branch, definitions) for branch in rule["anyOf"])
    if "enum" in keywords and len(keywords) == 1:
        return set(map(type, column)) == {str} and set(rule["enum"]).issuperset(column)
    check = _TYPES.get(rule.get("type", ""))
    return check is not None and check(column, rule, keywords - {"type"}, definitions)


def _objects_fit(
    column: list[Any], rule: dict[str, Any], keywords: set[str], definitions: dict[str, Any]
) -> bool:
    if set(map(type, column)) != {dict}:
        return False
    if keywords - {"properties", "required", "additionalProperties"}:
        return False
    if rule.get("additionalProperties", True) not in (True, {}):
        return False
    required = rule.get("required", ())
    for name, inner in rule.get("properties", {}).items():
        if name in required:
            values = [value[name] for value in column]  # KeyError: not known
        else:
            values = [value[name] for value in column if name in value]
        if values and not _fits(values, inner, definitions):
            return False
    return all(name in rule.get("properties", {}) for name in required)


def _arrays_fit(
    column: list[Any], rule: dict[str, Any], keywords: set[str], definitions: dict[str, Any]
) -> bool:
    if set(map(type, column)) != {list} or keywords - {"items"}:
        return False
    members = list(chain.from_iterable(column))
    return not members or _fits(members, rule["items"], definitions)


def _texts_fit(column: list[Any], rule: dict[str, Any], keywords: set[str], _: Any) -> bool:
    if set(map(type, column)) != {str}:
        return False
    for keyword in keywords:
        if keyword == "minLength":
            if rule[keyword] != 1 or "" in column:
                return False
        elif keyword == "format":
            if rule[keyword] != "date-time" or not all(map(_is_time, column)):
                return False
        elif keyword == "pattern":
            if not _matches(column, rule[keyword]):
                return False
        else:
            return False
    return True


def _numbers_fit(column: list[Any], rule: dict[str, Any], keywords: set[str], _: Any) -> bool:
    if set(map(type, column)) != {int} or keywords - {"minimum", "maximum", "exclusiveMinimum"}:
        return False
    least, most = min(column), max(column)
    return bool(
        least >= rule.get("minimum", least)
        and most <= rule.get("maximum", most)
        and least > rule.get("exclusiveMinimum", least - 1)
    )


_TYPES: dict[str, Callable[..., bool]] = {
    "object": _objects_fit,
    "array": _arrays_fit,
    "string": _texts_fit,
    "integer": _numbers_fit,
    "number": _numbers_fit,
}


def _matches(column: list[str], pattern: str) -> bool:
    """Two patterns are known by heart; regular expressions would cost an import."""
    if pattern == r"^\S+$":
        joined = "\n".join(column)
        return joined.isascii() and "" not in column and len(joined.split()) == len(column)
    if pattern.startswith("^(0|[1-9][0-9]*)\\."):  # Semantic Versioning
        return all(map(_is_plain_version, column))
    return False


def _is_plain_version(version: str) -> bool:
    """MAJOR.MINOR.PATCH without anything after it."""
    parts = version.split(".")
    return len(parts) == 3 and all(
        part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts
    )


def _is_time(text: str) -> bool:
    """An RFC 3339 time in UTC; leap days, leap seconds and offsets are left to the validator."""
    day, _, time = text.partition("T")
    time, _, fraction = time.removesuffix("Z").partition(".")
    if not (text.isascii() and text.endswith("Z") and len(day) == 10 and len(time) == 8):
        return False
    if (fraction and not fraction.isdigit()) or text.endswith(".Z"):
        return False
    if day[4] + day[7] + time[2] + time[5] != "--::":
        return False
    numbers = (day[:4], day[5:7], day[8:], time[:2], time[3:5], time[6:])
    if not all(map(str.isdigit, numbers)):
        return False
    _, month, date, hour, minute, second = map(int, numbers)
    in_day = hour < 24 and minute < 60 and second < 60
    return in_day and 1 <= month <= 12 and 1 <= date <= _MONTHS[month - 1]
