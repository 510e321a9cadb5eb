"""Charts as files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Literal

from buildrunner.server.platform.ui.charts.spec import Spec, themed
from buildrunner.server.platform.ui.colours import colours

Form = Literal["svg", "png", "pdf"]
MEDIA_TYPES: dict[Form, str] = {
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "pdf": "application/pdf",
}
PATIENCE = 60


class ChartFailed(Exception):
    """A specification could not be drawn; the text says why."""


def draw(spec: Spec, form: Form = "svg", *, dark: bool = False, width: int = 720) -> bytes:
    """One chart as a file."""
    return draw_all([spec], form, dark=dark, width=width)[0]


def draw_all(
    specs: Sequence[Spec], form: Form = "svg", *, dark: bool = False, width: int = 720
) -> list[bytes]:
    """Several at once; a start of the drawing process takes about a second. Raises ChartFailed."""
    tones = {name: pair[dark] for name, pair in colours().items()}
    asked = {
        "make": form,
        "specs": [themed(spec, tones, width=width) for spec in specs],
        "scale": 2,
    }
    made = run(asked)
    parts, at = [], 0
    while at < len(made):
        size = int.from_bytes(made[at : at + 8], "big")
        parts.append(made[at + 8 : at + 8 + size])
        at += 8 + size
    return parts


def run(asked: dict[str, Any]) -> bytes:
    """What the drawing process makes of a request."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "buildrunner.server.platform.ui.charts.child"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ChartFailed(f"drawing took longer than {PATIENCE} s") from error
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word"]
        raise ChartFailed(last[0])
    return done.stdout
