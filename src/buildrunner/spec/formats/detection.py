"""Which format a file is in: by its suffix where that decides, else by what it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Formats of folders, in the order in which they are asked.
FOLDERS = ("beads", "bmad", "backlog-md", "openspec", "spec-kit")
_LOOK = 1024 * 1024
_PLAN = re.compile(rb'(?<!\\)"milestones"\s*:')
_TASKS = re.compile(rb'(?<!\\)"tasks"\s*:\s*\[')
_SPEC_KIT = re.compile(r"^[-*+] \[[ xX]\] T\d{2,6}\b", re.MULTILINE)
_BACKLOG = re.compile(r"\A---\s*\nid:[^\n]*\n(?s:.*?)^status:", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}\s+\S|\s*[-*+]\s+\[[ xX]\]\s)", re.MULTILINE)


def detect_format(name: str, data: bytes) -> str | None:
    """The format's name; None where nothing decides."""
    suffix = name.lower().rpartition(".")[2]
    if suffix in ("md", "markdown", "mdown", "mkd"):
        return _markdown(data[:_LOOK].decode("utf-8-sig", "replace"))
    if suffix == "jsonl":
        return "beads"
    if suffix in ("yaml", "yml"):
        return "bmad" if re.search(rb"^development_status:", data, re.MULTILINE) else None
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


def _markdown(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if _SPEC_KIT.search(text):
        return "spec-kit"
    return "backlog-md" if _BACKLOG.match(text) else "markdown"


def detect_folder(files: Mapping[str, bytes]) -> str | None:
    """The format that a folder's files are in; None where none of them says so."""
    from buildrunner.spec.formats import FORMATS

    known = dict(files)
    return next((name for name in FOLDERS if FORMATS[name].load().matches(known)), None)
