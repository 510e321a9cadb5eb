"""Text in columns: widths as a terminal counts them, padding, clipping, wrapping."""

from __future__ import annotations


def flat(value: object) -> str:
    """Any value as text on one line; None is nothing."""
    return "" if value is None else " ".join(str(value).split())


def width_of(text: str) -> int:
    """How many columns `text` takes; wide East Asian characters take two, marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0
        if combining(char) or char in "\u200b\u200d\ufe0f"
        else 1 + (east_asian_width(char) in "WF")
        for char in text
    )


def pad(text: str, width: int) -> str:
    """`text` followed by spaces up to `width` columns."""
    return text + " " * (width - width_of(text))


def clip(text: str, width: int, mark: str = "…") -> str:
    """`text` on one line of at most `width` columns, with a mark where it was cut."""
    text = " ".join(text.split())
    if width_of(text) <= width:
        return text
    room = width - len(mark)
    kept = text[:room]
    while width_of(kept) > room:
        kept = kept[:-1]
    return kept + mark
