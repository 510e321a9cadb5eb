"""What drifted in a project: computed here from plan, proof and claims, and reported by clones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.queries.reports import (
    list_choices,
    list_reports,
    standing_choices,
)
from buildrunner.server.domains.workbench.rules import reconcile as rules
from buildrunner.server.domains.workbench.types.reconcile import (
    SERVER,
    Contested,
    Drifted,
    Filters,
    Finding,
    Meeting,
    ReportView,
    Seen,
)
from buildrunner.spec.document import Entity, index
from buildrunner.spec.drift import KINDS, Drift, milestones_of
from buildrunner.spec.ids import resolve

_MARKS = {"failed": "check_failing", "stale": "evidence_stale", "unproven": "done_unproven"}
_SAID = {
    "check_failing": "is done, and fails",
    "evidence_stale": "is done, and was proven for something else",
    "done_unproven": "is done without proof",
}
_DECIDED = 20
# A branch that nobody compared for so long is merged or given up.
OPEN = timedelta(days=14)
#: What the inbox and the meetings are called among the kinds.
CONFLICT, MEETING = "conflict", "branches_meet"


class Ground:
    """The plan that findings are about."""

    def __init__(self, access: ProjectAccess) -> None:
        self.revision = 0
        self.plan: dict[str, Any] = {}
        try:
            stored = plans.read_plan(access)
        except plans.PlanAbsent:
            pass
        else:
            self.revision, self.plan = stored.revision, stored.plan()
        self.entities: dict[str, Entity] = index(self.plan)
        self._tops = milestones_of(self.plan)

    def milestone(self, identifier: str) -> str:
        """The id of the milestone that an entity stands in; "" where it is not in the plan."""
        return self._tops.get(identifier, "")

    def titles(self) -> dict[str, str]:
        """Id → title of the milestones."""
        return {
            each.id: str(each.value.get("title") or each.id)
            for each in self.entities.values()
            if each.kind == "milestone"
        }


def drifted(access: ProjectAccess, filters: Filters | None = None) -> Drifted:
    """Everything that `filters` let through."""
    access.require("plan.read")
    wanted, ground = filters or Filters(), Ground(access)
    reports = list_reports(access)
    findings = [
        *(_seen(ground, each.as_dict(), None) for each in server_drift(access, ground)),
        *(_seen(ground, each, report) for report in reports for each in report.findings),
    ]
    conflicts = _conflicts(access, ground, reports)
    lately = timezone.now() - OPEN
    meetings = [
        _meeting(ground, report, each)
        for report in reports
        if report.reported_at > lately
        for each in report.overlaps
    ]
    inside = _Sieve(wanted)
    kinds = _kinds(inside, findings, conflicts, meetings)
    return Drifted(
        revision=ground.revision,
        findings=[each for each in findings if inside.lets(each, each.finding["code"])],
        conflicts=[each for each in conflicts if inside.lets(each, CONFLICT)],
        meetings=[each for each in meetings if each.items and inside.lets(each, MEETING)],
        reports=reports,
        decided=list_choices(access, limit=_DECIDED),
        kinds=kinds,
        milestones=ground.titles(),
    )


class _Sieve:
    """The filters, asked one by one."""

    def __init__(self, wanted: Filters) -> None:
        self._wanted = wanted

    def lets(self, one: Seen | Contested | Meeting, kind: str, *, any_kind: bool = False) -> bool:
        """Whether it passes."""
        wanted = self._wanted
        return (
            (any_kind or wanted.kind in ("", kind))
            and wanted.milestone in ("", one.milestone)
            and wanted.clone in ("", one.clone)
        )


def _kinds(
    inside: _Sieve, findings: list[Seen], conflicts: list[Contested], meetings: list[Meeting]
) -> dict[str, int]:
    """What the filter of kinds would show of each."""
    order = [CONFLICT, MEETING, *KINDS]
    found = dict.fromkeys(order, 0)
    for one in conflicts:
        found[CONFLICT] += inside.lets(one, CONFLICT, any_kind=True)
    for meeting in meetings:
        found[MEETING] += bool(meeting.items) and inside.lets(meeting, MEETING, any_kind=True)
    for each in findings:
        code = each.finding["code"]
        found[code] = found.get(code, 0) + inside.lets(each, code, any_kind=True)
    return {name: count for name, count in found.items() if count}


def server_drift(access: ProjectAccess, ground: Ground) -> list[Drift]:
    """What the server can tell by itself: proof, claims and names beside the plan."""
    if not ground.revision:
        return []
    return [*_unborne(access, ground), *_lapsed(access, ground), *_unknown(access, ground)]


def _unborne(access: ProjectAccess, ground: Ground) -> list[Drift]:
    survey = qa.Survey(access)
    if survey.mode == "off":
        return []
    suspects = [
        line.microstep_id
        for line in survey.lines
        if line.proof in _MARKS and ground.entities[line.microstep_id].value.get("status") == "done"
    ]
    found = []
    for proof in survey.details(suspects):
        code = _MARKS[proof.proof]
        missing = [each for each in proof.criteria if each.next_command]
        one = next((each for each in missing if each.state == proof.proof), None)
        one = one or (missing[0] if missing else None)
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        why = f": {one.text or 'the whole'} ({one.reason})" if one else ""
        found.append(
            Drift(
                code,
                f"“{proof.title}” {_SAID[code]}{why}{more}",
                id=proof.microstep_id,
                field="status",
                command=one.next_command if one else f"br qa run {proof.microstep_id}",
                milestone=proof.milestone_id,
            )
        )
    return found


def _lapsed(access: ProjectAccess, ground: Ground) -> list[Drift]:
    found = []
    for claim in plans.lapsed_claims(access):
        entity = resolve(ground.plan, claim.microstep_id)
        if entity is None or entity.value.get("status") != "doing":
            continue
        ended = claim.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        found.append(
            Drift(
                "claim_expired",
                f"“{entity.value.get('title')}” is in work; {claim.holder} held it until {ended}",
                id=entity.id,
                field="status",
                command=f"br claim {entity.id}",
                milestone=ground.milestone(entity.id),
            )
        )
    return found


def _unknown(access: ProjectAccess, ground: Ground) -> list[Drift]:
    said = {claim.microstep_id: "a claim" for claim in plans.list_claims(access)}
    said |= dict.fromkeys(qa.named_microsteps(access), "evidence")
    return [
        Drift(
            "microstep_unknown",
            f"{what} names {name}, which is not in the plan",
            id=name,
            where=what,
            command=f"br log {name}",
        )
        for name, what in sorted(said.items())
        if resolve(ground.plan, name) is None
    ]


def _seen(ground: Ground, finding: Finding, report: ReportView | None) -> Seen:
    milestone = ground.milestone(finding.get("id", "")) or finding.get("milestone", "")
    if report is None:
        return Seen(finding, SERVER, SERVER, "", None, milestone)
    at: datetime = report.reported_at
    return Seen(finding, str(report.id), report.clone, report.branch, at, milestone)


def _conflicts(access: ProjectAccess, ground: Ground, reports: list[ReportView]) -> list[Contested]:
    """Each question once, from the newest report that asks it; what is open comes first."""
    asked: dict[str, tuple[ReportView, dict[str, Any]]] = {}
    for report in reports:
        for conflict in report.conflicts:
            asked.setdefault(conflict["digest"], (report, conflict))
    choices = standing_choices(access, list(asked))
    found = [
        Contested(
            conflict=_attributed(access, conflict),
            digest=digest,
            report_id=report.id,
            clone=report.clone,
            label=report.label,
            branch=report.branch,
            by=report.by,
            reported_at=report.reported_at,
            milestone=ground.milestone(conflict["id"]),
            choice=choices.get(digest),
            can_both=rules.can_both(conflict),
            can_take=conflict["kind"] == "field",
        )
        for digest, (report, conflict) in asked.items()
    ]
    return sorted(found, key=lambda each: each.choice is not None)


def _attributed(access: ProjectAccess, conflict: dict[str, Any]) -> dict[str, Any]:
    """With who wrote theirs and when, where the report could not tell."""
    if conflict.get("author") or not conflict["id"]:
        return conflict
    for summary, operations in plans.touching(access, [conflict["id"]], limit=20):
        field = conflict["field"].split("/")[0]
        if any(each.get("field", field) == field for each in operations):
            return conflict | {"author": summary.author, "time": summary.created_at.isoformat()}
    return conflict


def _meeting(ground: Ground, report: ReportView, told: dict[str, Any]) -> Meeting:
    items = told["items"]
    milestone = next((found for each in items if (found := ground.milestone(each["id"]))), "")
    return Meeting(told["branches"], items, report.clone, report.id, report.reported_at, milestone)
