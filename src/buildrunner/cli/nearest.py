"""The names somebody may have meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Up to `most` known names close to `word`, the closest first."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(known))
    found = [name for name in names if len(word) > 1 and name.startswith(word)]
    found += get_close_matches(word, names, n=most, cutoff=0.6)
    return list(dict.fromkeys(found))[:most]


def suggestion(names: list[str]) -> str:
    """`; did you mean a, b or c?`, or nothing."""
    if not names:
        return ""
    *first, last = names
    return f"; did you mean {', '.join(first)}{' or ' if first else ''}{last}?"
