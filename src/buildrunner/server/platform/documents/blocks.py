"""What a document is made of. Every text is data: none of it is read as markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]


def heading(text: str, level: int = 1) -> Block:
    """A heading of level 1 to 3."""
    return {"kind": "heading", "text": text, "level": level}


def paragraph(text: str, note: str = "") -> Block:
    """Running text; `note` stands behind it, small."""
    return {"kind": "paragraph", "text": text, "note": note}


def bullets(items: Sequence[tuple[str, str]]) -> Block:
    """A list of texts, each with its note."""
    return {"kind": "bullets", "items": [{"text": text, "note": note} for text, note in items]}


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: Sequence[int] = ()
) -> Block:
    """Cells of text; the columns in `numeric` stand right-aligned."""
    return {
        "kind": "table",
        "header": list(header),
        "rows": [list(row) for row in rows],
        "numeric": list(numeric),
    }


def picture(svg: str, words: str) -> Block:
    """A drawing over the whole width; `words` say what it shows."""
    return {"kind": "picture", "svg": svg, "words": words}


def aside(text: str) -> Block:
    """A remark in grey: where the numbers come from, what was left out."""
    return {"kind": "aside", "text": text}
