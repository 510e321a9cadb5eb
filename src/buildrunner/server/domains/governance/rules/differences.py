"""Two texts side by side, as lines that came, went and stayed."""

from __future__ import annotations

import difflib

NEAR = 3


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """(kind, line) with kind `added`, `removed`, `same` or `gap`; three lines around a change."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=NEAR)
    kinds = {"+": "added", "-": "removed", " ": "same"}
    found: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(("---", "+++")) and not found:
            continue
        if line.startswith("@@"):
            found.append(("gap", line.split("@@")[1].strip()))
        else:
            found.append((kinds.get(line[:1], "same"), line[1:]))
    return found
