"""The processes below a running product: found by what they are, and harmed."""

import contextlib
import os
import signal
from pathlib import Path

WEB = "buildrunner.server web"
WORKER = "buildrunner.server worker"
POSTMASTER = "/postgres -D"


def children(pid: int) -> list[int]:
    """The processes below `pid`, deepest last."""
    below: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = task.read_text().split()
        except OSError:
            continue
        for child in found:
            below += [int(child), *children(int(child))]
    return below


def command(pid: int) -> str:
    """What a process was started as; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def find(pid: int, needle: str) -> list[int]:
    """The processes below `pid` whose command holds `needle`."""
    return [one for one in children(pid) if needle in command(one)]


def kill(pid: int, needle: str, number: int = signal.SIGKILL) -> int:
    """Signal every process below `pid` whose command holds `needle`; how many there were."""
    killed = 0
    for one in find(pid, needle):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, number)
            killed += 1
    return killed
