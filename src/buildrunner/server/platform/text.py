"""Text that people type into one line."""

from __future__ import annotations

from buildrunner.server.platform.errors import Invalid


def one_line(text: str, field: str, longest: int) -> str:
    """`text` without outer spaces; raises `Invalid`, naming the `field`, unless it has 1 to
    `longest` characters, all of them printable in one line and storable."""
    kept = text.strip()
    if not kept or len(kept) > longest:
        raise Invalid(
            f"{field} must have 1 to {longest} characters.", code="text_length", field=field
        )
    for character in kept:
        # Controls (NUL among them) and halves of surrogate pairs.
        if ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) <= 0xDFFF:
            raise Invalid(
                f"{field} must be one line without control characters.",
                code="text_unprintable",
                field=field,
            )
    return kept
