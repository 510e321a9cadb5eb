"""What Reconcile hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

Finding = dict[str, Any]
Conflict = dict[str, Any]

CHOICES = ("ours", "theirs", "value", "both")
#: Where a finding was seen when no clone reported it.
SERVER = "server"


@dataclass(frozen=True, slots=True)
class ReportIn:
    """What a clone or CI tells. A part that is None is not told this time: the one told before
    stays."""

    clone: str
    label: str = ""
    branch: str = ""
    commit: str = ""
    since: str = ""
    base_revision: int = 0
    findings: list[Finding] | None = None
    conflicts: list[Conflict] | None = None
    overlaps: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class ReportView:
    """The newest report of one person or service, from one clone and branch."""

    id: UUID
    clone: str
    label: str
    branch: str
    commit: str
    since: str
    base_revision: int
    by: dict[str, Any]
    reported_at: datetime
    findings: list[Finding]
    conflicts: list[Conflict]
    overlaps: list[dict[str, Any]]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """What somebody decided about one conflict.

    `answers` are the digests it answers: that of the conflict as it was shown, and as it is once
    the value is in the plan. `revision` is the one it wrote, None where it wrote none.
    """

    id: UUID
    digest: str
    answers: list[str]
    entity_id: str
    field: str
    title: str
    choice: str
    resolution: dict[str, Any]
    conflict: Conflict
    revision: int | None
    clone: str
    branch: str
    by: dict[str, Any]
    at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contested:
    """A conflict in the inbox: who reported it from where, and what was decided."""

    conflict: Conflict
    digest: str
    report_id: UUID
    clone: str
    label: str
    branch: str
    by: dict[str, Any]
    reported_at: datetime
    milestone: str
    choice: ChoiceView | None
    can_both: bool
    can_take: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding with where it was seen: `source` is `server` or the id of a report."""

    finding: Finding
    source: str
    clone: str
    branch: str
    at: datetime | None
    milestone: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two branches that meet, as a clone reported it."""

    branches: list[str]
    items: list[dict[str, Any]]
    clone: str
    report_id: UUID
    at: datetime
    milestone: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty is everything."""

    kind: str = ""
    milestone: str = ""
    clone: str = ""


@dataclass(frozen=True, slots=True)
class Drifted:
    """Everything that drifted in a project, as far as the filters let it through.

    `kinds`, `clones` and `milestones` count what each other filter would show.
    """

    revision: int
    findings: list[Seen]
    conflicts: list[Contested]
    meetings: list[Meeting]
    reports: list[ReportView]
    decided: list[ChoiceView]
    kinds: dict[str, int] = field(default_factory=dict)
    milestones: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend."""
        return not (self.findings or self.conflicts or self.meetings)
