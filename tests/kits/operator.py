"""What an operator types at `br server`, as a program of its own with a clean environment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


def surroundings(**more: str) -> dict[str, str]:
    """An environment in which nothing of BuildRunner is set but `more`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BR_", "DATABASE_", "DJANGO_"))
    }
    return {**kept, **more}


def operate(
    data_dir: Path, *words: str, prefix: list[str] | None = None, **environment: str
) -> Said:
    """Run `br server WORDS --json` on a data folder."""
    done = subprocess.run(
        [
            *(prefix or []),
            *(sys.executable, "-P", "-m", "buildrunner.server", *words),
            *("--data-dir", str(data_dir), "--json"),
        ],
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)
