"""`br` as a program: who shows a plan or speaks for an agent acts through the same commands,
rules and words as the line does."""

from __future__ import annotations

import asyncio
import json
import os
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


async def run(
    directory: str, *words: str, stdin: str = "", env: dict[str, str] | None = None
) -> Answer:
    """Run `br WORDS --json` in a folder; a title that looks like an option goes behind `--`.

    `env` adds to the environment.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "buildrunner.cli",
        "--json",
        "-C",
        directory,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | (env or {}),
    )
    out, err = await process.communicate(stdin.encode())
    try:
        value = json.loads(out)
    except ValueError:
        value = {}
    return Answer(
        process.returncode or 0,
        value if isinstance(value, dict) else {},
        err.decode(errors="replace").strip(),
    )
