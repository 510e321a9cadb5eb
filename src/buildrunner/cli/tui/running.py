"""What the screen does it does through `br`: the same commands, rules and words as on the line."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """How a command ended: exit code, its JSON, and what it said to people."""

    code: int
    value: dict[str, Any]
    words: str

    @property
    def error(self) -> dict[str, Any]:
        """`{"code", "message", "missing", "next_command"}`; empty when all went well."""
        found = self.value.get("error")
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> str:
        """One line about how it ended."""
        lines = self.words.splitlines()
        return str(self.error.get("message") or (lines[0] if lines else ""))


async def run(directory: str, *words: str) -> Answer:
    """Run `br WORDS --json` in a folder; a title that looks like an option goes behind `--`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "buildrunner.cli",
        "--json",
        "-C",
        directory,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    try:
        value = json.loads(out)
    except ValueError:
        value = {}
    return Answer(
        process.returncode or 0,
        value if isinstance(value, dict) else {},
        err.decode(errors="replace").strip(),
    )
