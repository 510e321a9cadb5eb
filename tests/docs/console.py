"""Commands in the documentation, as data: what a reader would type, and what is shown.

A fenced block with the info string `console` is a session: lines that begin with `$ ` are
typed, lines below that begin with `> ` go on with them, everything else is what the reader
is shown. `# exit N` behind a command says that it ends with N. `…` in what is shown stands
for anything. A block marked `console server` needs a running server. A command that a reader
need not see stands in a comment of its own: `<!-- $ br init -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
_EXIT = re.compile(r"\s#\s*exit (\d+)\s*$", re.MULTILINE)
_HIDDEN = re.compile(r"<!--\s*\$\s+(.*?)\s*-->", re.DOTALL)


@dataclass
class Command:
    """One command: `line` is where it stands in the file."""

    text: str
    line: int
    exit_code: int = 0
    shown: list[str] = field(default_factory=list)
    server: bool = False


def pages() -> list[Path]:
    """README.md and every page under docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[Command]:
    """Every command of a page, in order."""
    found: list[Command] = []
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        words = token.info.split() if token.type == "fence" else []
        start = token.map[0] + 1 if token.map else 1
        if words[:1] == ["console"]:
            found.extend(_session(token.content, start + 1, server="server" in words[1:]))
        elif token.type == "html_block":
            found.extend(Command(text, start) for text in _HIDDEN.findall(token.content))
    return found


def _session(text: str, line: int, *, server: bool) -> Iterator[Command]:
    command: Command | None = None
    for offset, row in enumerate(text.splitlines()):
        if row.startswith("$ "):
            if command is not None:
                yield _finished(command)
            command = Command(row[2:], line + offset, server=server)
        elif command is not None and not command.shown and re.match(r"> ?", row):
            command.text += "\n" + row[2:]
        elif command is not None:
            command.shown.append(row)
    if command is not None:
        yield _finished(command)


def _finished(command: Command) -> Command:
    exits = _EXIT.search(command.text)
    command.exit_code = int(exits[1]) if exits else 0
    return command


def pattern(shown: str) -> re.Pattern[str]:
    """What a shown line must be found by: spaces count as one, `…` stands for anything."""
    parts = [re.escape(part.strip()) for part in " ".join(shown.split()).split("…")]
    return re.compile(r"\s*.*?\s*".join(part.replace(r"\ ", r"\s+") for part in parts))
