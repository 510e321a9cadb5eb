"""Which format a file is in: by its suffix where that decides, else by what it holds."""

from __future__ import annotations

import re

_LOOK = 1024 * 1024
_PLAN = re.compile(rb'(?<!\\)"milestones"\s*:')
_TASKS = re.compile(rb'(?<!\\)"tasks"\s*:\s*\[')
_HEADING = re.compile(r"^(#{1,6}\s+\S|\s*[-*+]\s+\[[ xX]\]\s)", re.MULTILINE)


def detect_format(name: str, data: bytes) -> str | None:
    """The format's name; None where nothing decides."""
    suffix = name.lower().rpartition(".")[2]
    if suffix in ("md", "markdown", "mdown", "mkd"):
        return "markdown"
    if suffix in ("csv", "tsv", "tab"):
        return "csv"
    head = data[:_LOOK]
    text = head.decode("utf-8-sig", "replace").lstrip()
    if suffix == "json" or text.startswith("{"):
        return _json(head)
    if _HEADING.search(text):
        return "markdown"
    from buildrunner.spec.formats.csv_table import looks_like_table

    return "csv" if looks_like_table(head) else None


def _json(head: bytes) -> str | None:
    plan, tasks = _PLAN.search(head), _TASKS.search(head)
    if plan and (not tasks or plan.start() < tasks.start()):
        return "json"
    return "taskmaster" if tasks else None
