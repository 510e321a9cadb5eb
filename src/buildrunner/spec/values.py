"""JSON values inside a plan: strict equality, the absent value, what may enter from outside."""

from __future__ import annotations

from buildrunner.spec.document import MAX_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

# Deeper than any plan; far above it, comparing and hashing would meet Python's stack limit.
MAX_DEPTH = 100


class Absent:
    """The value of a field that an entity does not have (`null` is a value)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal; unlike `==`, `true` is not 1. No recursion."""
    if left is right:
        return True
    if left.__class__ is str:
        return right.__class__ is str and bool(left == right)
    pairs = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if a is b:
            continue
        kind = a.__class__
        if kind is dict:
            if b.__class__ is not dict or len(a) != len(b):
                return False
            for key, member in a.items():
                other = b.get(key, ABSENT)
                if member is other:
                    continue
                if member.__class__ is str:
                    if member != other:
                        return False
                else:
                    pairs.append((member, other))
        elif kind is list:
            if b.__class__ is not list or len(a) != len(b):
                return False
            pairs.extend(zip(a, b, strict=True))
        elif kind is bool or b.__class__ is bool or a != b:
            return False
    return True


def flaw(value: Any, *, max_depth: int = MAX_DEPTH) -> str | None:
    """Why `value` may not enter a plan, or None. Everything that passes can be hashed."""
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        kind = item.__class__
        if kind is str:
            if not _encodable(item):
                return "a text holds half a surrogate pair, which is not Unicode text"
        elif kind is dict or kind is list:
            if depth > max_depth:
                return f"the value is nested deeper than {max_depth} levels"
            if kind is dict:
                for key in item:
                    if key.__class__ is not str or not _encodable(key):
                        return f"{key!r} is not a field name"
                waiting.extend((member, depth + 1) for member in item.values())
            else:
                waiting.extend((member, depth + 1) for member in item)
        elif kind is int:
            if not -MAX_INTEGER <= item <= MAX_INTEGER:
                return "a whole number is beyond ±(2^53-1) and would lose digits"
        elif kind is float:
            if item != item or item in (float("inf"), float("-inf")):
                return "a number is not finite"
        elif item is not None and kind is not bool:
            return f"{kind.__name__} is not a JSON type"
    return None


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
