"""The page of settings names every variable that the server reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import buildrunner

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
NAME = re.compile(r"(?<![A-Z_])(?:BR_[A-Z]+(?:_[A-Z]+)*|DATABASE_(?:[A-Z]+_)?URL)(?![A-Z_])")
OF_THE_COMMAND_LINE = {"BR_SERVER", "BR_API_KEY"}


def test_the_page_is_complete() -> None:
    source = Path(buildrunner.__file__).parent / "server"
    settings = source / "config" / "settings"
    read: set[str] = set()
    for path in source.rglob("*.py"):
        text = path.read_text()
        names = set(NAME.findall(text))
        if settings in path.parents:
            # Django settings of our own carry the prefix too; what is read stands in quotes.
            names = set(re.findall(r'"((?:BR_|DATABASE_)[A-Z_]+)"', text))
        read |= {name for name in names if re.search(rf'"{name}["\]]', text)}
    documented = set(NAME.findall(PAGE.read_text())) - OF_THE_COMMAND_LINE
    assert read - documented == set()
    assert documented - read == set()
