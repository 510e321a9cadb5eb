"""Amounts as text."""

from __future__ import annotations

from decimal import Decimal


def text(amount: Decimal | None) -> str | None:
    """At least 6 places, more where they are not zero (a token can cost 0.0000015)."""
    if amount is None:
        return None
    written = str(amount)
    if "E" in written:
        written = f"{amount:f}"
    whole, _, places = written.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(6, '0')}"
