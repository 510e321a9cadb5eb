"""RFC 8785 bytes, by C's `json` where that provably gives the same as the reference."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.spec.document import MAX_INTEGER
from buildrunner.spec.errors import SpecError

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), sort_keys=True
).encode
_ASTRAL = "\U00010000"


def serialize(value: Any) -> bytes:
    """See `document.canonical`."""
    plain = _is_plain(value)
    try:
        if plain:
            return _encode(value).encode()
        import rfc8785

        return rfc8785.dumps(value)
    except UnicodeError:
        message = "a string holds half of a surrogate pair, which UTF-8 cannot carry"
    except RecursionError:
        message = "the document is nested too deeply to be hashed"
    except (TypeError, ValueError) as error:  # rfc8785's own errors are ValueErrors
        message = f"the value has no canonical form: {error}"
    raise SpecError("not_canonical", message, hint="remove that value, or store it as a string")


def _is_plain(value: Any) -> bool:
    """Whether `json.dumps` with sorted keys is already canonical.

    False where the two could differ: floats, integers a double cannot hold, key order by
    code point instead of UTF-16 unit (only keys with astral characters), foreign types.
    """
    todo: list[Any] = [value] if value.__class__ in (dict, list) else [[value]]
    take, put = todo.pop, todo.append
    while todo:
        members = take()
        if members.__class__ is dict:
            try:
                keys = "".join(members)
            except TypeError:  # a key that is no string
                return False
            if not (keys.isascii() or max(keys) < _ASTRAL):
                return False
            members = list(members.values())
        for member in members:
            kind = member.__class__
            if kind is str:
                continue
            if kind is dict or kind is list:
                put(member)
            elif kind is int:
                if not -MAX_INTEGER <= member <= MAX_INTEGER:
                    return False
            elif kind is not bool and member is not None:
                return False
    return True
