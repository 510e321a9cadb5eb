"""The running checks on a terminal: one line each, redrawn in place; plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time

from buildrunner.cli.output import Output, print_safely

_FRAMES = ("⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏")
_PLAIN = ("|", "/", "-", "\\")


class Board:
    """What runs now, on standard error. Call `clear` before anything else is printed."""

    def __init__(self, out: Output, total: int) -> None:
        self._out = out
        self._total = total
        self._ended = 0
        self._running: dict[str, float] = {}
        self._drawn = 0
        self._frame = 0
        self._live = (
            sys.stderr.isatty()
            and not out.quiet
            and not out.json
            and os.environ.get("TERM") != "dumb"
        )

    def start(self, name: str) -> None:
        """A check begins."""
        self._running[name] = time.monotonic()
        if not self._live:
            self._out.note(f"running {name}")

    def end(self, name: str) -> None:
        """A check has ended."""
        self._running.pop(name, None)
        self._ended += 1

    def draw(self) -> None:
        """Show what runs, in the place of what was shown before."""
        if not self._live or not self._running:
            return
        self.clear()
        sys.stdout.flush()
        frames = _FRAMES if self._out.unicode else _PLAIN
        self._frame = (self._frame + 1) % len(frames)
        now = time.monotonic()
        lines = [
            f"{frames[self._frame]} {name}  {now - begun:.0f} s"
            for name, begun in self._running.items()
        ]
        lines.append(f"  {self._ended} of {self._total} ended")
        shown = [_cut(line, self._out.width - 1) for line in lines]
        print_safely(sys.stderr, "".join(f"{line}\n" for line in shown))
        sys.stderr.flush()
        self._drawn = len(shown)

    def clear(self) -> None:
        """Take the drawn lines away."""
        if self._drawn:
            sys.stderr.write(f"\x1b[{self._drawn}A\x1b[J")
            sys.stderr.flush()
            self._drawn = 0


def _cut(line: str, width: int) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in line)
    return clean if len(clean) <= width else clean[: max(width - 1, 1)] + "…"
