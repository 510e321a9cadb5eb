"""What the columns of other tools' tables mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import vocabulary
from buildrunner.spec.formats.outline import Note

# In order of preference: of two columns with one meaning the earlier word wins, the other is
# kept under its own name.
_MEANINGS = {
    "id": "id|key|issue key|issue id|task id|ticket|ticket id|number|no|ref|issue|story id",
    "title": "title|microstep|task|task name|name|summary|subject|issue title|story|to do|todo"
    "|item|work item|card|card name|action|work package|activity",
    "status": "status|state|column|progress|list|stage|done|completed|section column|list name",
    "milestone": "milestone|epic|epic name|epic link|phase|release|fix version|fix versions"
    "|sprint|iteration|project|board|version|initiative|objective|target version",
    "step": "step|feature|user story|group|section|parent|parent task|component|area|category"
    "|workstream|module|theme|bucket|section name|parent summary",
    "criteria": "criteria|acceptance criteria|acceptance|definition of done|dod|test strategy"
    "|checklist|checklist items|verification|expected result",
    "priority": "priority|prio|importance|severity|urgency|moscow",
    "owner": "owner|assignee|assigned to|assignees|responsible|who|lead|person|assignee name",
    "effort_points": "effort points|story points|points|estimate|effort|size|story point estimate"
    "|storypoints|sp",
    "impact_score": "impact score|impact|value|business value",
    "risk_level": "risk level|risk",
    "risk_notes": "risk notes",
    "depends_on": "depends on|dependencies|dependency|predecessors|blocked by|blockers|requires"
    "|is blocked by|prerequisites",
    "links": "links|link|url|urls",
    "demo_script": "demo script",
    "rollback_plan": "rollback plan|rollback",
    "post_check": "post check",
    "description": "description|details|notes|body|desc|note|comment|issue description",
}
_RANK = {
    word: (meaning, rank)
    for meaning, words in _MEANINGS.items()
    for rank, word in enumerate(words.split("|"))
}
_NOT_WORD = re.compile(r"[\W_]+")
_LIST = re.compile(r"\s*(?:\r?\n|;|\|)\s*")
_REFERENCES = re.compile(r"[\s,;|]+")
_TEXTS = ("owner", "risk_notes", "rollback_plan", "post_check", "description")
OWN = frozenset({"milestone_id", "step_id", "id", "title"})


def is_own(header: list[str]) -> bool:
    """Whether the table is an export of ours."""
    return OWN.issubset(name.strip() for name in header)


def _meaning(name: str) -> tuple[str, int] | None:
    return _RANK.get(_NOT_WORD.sub(" ", name.casefold()).strip())


def recognized(header: list[str]) -> int:
    """How many columns have a known meaning; 0 where none is the title."""
    meanings = {found[0] for found in map(_meaning, header) if found}
    return len(meanings) if "title" in meanings else 0


class Columns:
    """A header understood; `values` and `fields` turn rows into plan fields."""

    def __init__(self, header: list[str]) -> None:
        best: dict[str, tuple[int, int]] = {}
        for number, column in enumerate(header):
            found = _meaning(column)
            if found and (found[0] not in best or found[1] < best[found[0]][0]):
                best[found[0]] = (found[1], number)
        self.meanings = {number: meaning for meaning, (_, number) in best.items()}
        self.header = header
        self.long: list[int] = []
        self.unknown: dict[str, list[int]] = {}
        if "title" not in best:
            shown = ", ".join(header[:12]) + (" …" if len(header) > 12 else "")
            raise SpecError(
                "import_no_title_column",
                f"no column holds the titles; the first row is: {shown}",
                line=1,
                hint="the first row must name the columns: call one of them title",
            )

    def values(self, row: list[str]) -> dict[str, str]:
        """Meaning (or, for other columns, "=" and the header) → cell, without empty ones."""
        if len(row) > len(self.header) and any(map(str.strip, row[len(self.header) :])):
            self.long.append(1)
        found: dict[str, str] = {}
        for number, text in enumerate(row[: len(self.header)]):
            text = text.strip()
            if text:
                meaning = self.meanings.get(number)
                name = meaning or f"={self.header[number] or f'column {number + 1}'}"
                found[name] = text
        return found

    def fields(
        self, values: dict[str, str], line: int
    ) -> tuple[dict[str, Any], str, list[str] | None]:
        """(fields of the microstep, the source's own status word, references it waits for)."""
        fields: dict[str, Any] = {"title": " ".join(values["title"].split())}
        extra = {name[1:]: text for name, text in values.items() if name.startswith("=")}
        word = values.get("status")
        fields["status"], inexact = self._status(word, line)
        if "criteria" in values:
            fields["criteria"] = vocabulary.criteria(
                _LIST.split(values["criteria"])
                if "\n" not in values["criteria"]
                else vocabulary.criteria_of_text(values["criteria"].replace("\n", "\n\n"))
            )
        self._scaled(values, fields, extra)
        for name in _TEXTS:
            if name in values:
                fields[name] = values[name]
        if "demo_script" in values:
            fields["demo_script"] = [part for part in _LIST.split(values["demo_script"]) if part]
        links = [part for part in _REFERENCES.split(values.get("links", "")) if part]
        if links and all(link.startswith(("http://", "https://")) for link in links):
            fields["links"] = links
        elif links:
            extra["links"] = values["links"]
        if extra:
            fields["extra"] = extra
        needs = [part for part in _REFERENCES.split(values.get("depends_on", "")) if part]
        return fields, inexact, needs or None

    def _status(self, word: str | None, line: int) -> tuple[str, str]:
        if word is None:
            return "todo", ""
        if word.casefold() in ("no", "false", "0", "n"):  # a "done" column
            return "todo", ""
        found = vocabulary.status(word)
        if found is None:
            self.unknown.setdefault(word, []).append(line)
            return "todo", word[:80]
        return found

    def _scaled(
        self, values: dict[str, str], fields: dict[str, Any], extra: dict[str, Any]
    ) -> None:
        readers: dict[str, Callable[[str], Any]] = {
            "priority": vocabulary.priority,
            "risk_level": vocabulary.risk,
            "effort_points": lambda text: vocabulary.whole(text, 1, 100),
            "impact_score": lambda text: vocabulary.whole(text, 1, 10),
        }
        for name, reader in readers.items():
            if name in values:
                value = reader(values[name])
                if value is None:
                    extra[name] = values[name]
                else:
                    fields[name] = value

    def notes(self) -> list[Note]:
        """What the rows had that has no place."""
        notes = [
            Note(
                "status_unknown",
                f"status {word!r} is not known, read as todo: lines {_lines(lines)}",
            )
            for word, lines in self.unknown.items()
        ]
        if self.long:
            notes.append(
                Note(
                    "cells_without_column",
                    f"{len(self.long)} rows have more cells than there are columns",
                    dropped=True,
                )
            )
        return notes


def _lines(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:10]))
    return shown + (f" and {len(lines) - 10} more" if len(lines) > 10 else "")
