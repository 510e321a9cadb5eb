"""The colours of the tokens as values, for pictures that leave the pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_SHEET = Path(__file__).parent / "static" / "ui" / "tokens.css"
_COLOUR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);")


@cache
def colours() -> dict[str, tuple[str, str]]:
    """Name of a token → its value on light and on dark ground."""
    return {
        name: (light, dark)
        for name, light, dark in _COLOUR.findall(_SHEET.read_text(encoding="utf-8"))
    }
