"""Reads of agents' runs. What a run did is told by the events that name it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.errors.runs import RunAbsent
from buildrunner.server.domains.workbench.events import runs as kinds
from buildrunner.server.domains.workbench.models.runs import AgentRun
from buildrunner.server.domains.workbench.types.runs import OPEN, RunCost, RunStory, RunView

MOST_EVENTS = 5_000
# What names the run and comes from its own actor; and what names none, from a key that belongs to
# an agent alone, while the run went on.
_MINE = """
    e.org_id = %(org_id)s AND e.project_id = %(project_id)s
    AND e.created_at >= %(since)s AND e.created_at <= %(until)s
    AND e.actor->>'id' = %(actor)s
    AND (e.actor->>'run' = %(run)s
         OR (%(key)s <> '' AND e.actor->>'run' IS NULL AND e.actor->>'key' = %(key)s))
"""
_OWN = (kinds.STARTED, kinds.ENDED, kinds.LOST)


def list_runs(
    access: ProjectAccess,
    *,
    agent: UUID | None = None,
    state: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[RunView]:
    """Runs of a project, newest first; `agent` is an agent's or person's id. Needs `event.read`."""
    access.require("event.read")
    rows = AgentRun.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if agent is not None:
        rows = rows.filter(person_id=agent)
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [run_view(row) for row in rows.order_by("-id")[:limit]]


def read_run(access: ProjectAccess, run_id: UUID) -> RunStory:
    """One run with what it did. Needs `event.read`; its costs are for who has `usage.read`. Raises
    RunAbsent."""
    access.require("event.read")
    row = AgentRun.objects.filter(
        org_id=access.org_id, project_id=access.project_id, id=run_id
    ).first()
    if row is None:
        raise RunAbsent(f"this project has no run {run_id}")
    story = _story(access, row)
    if "usage.read" not in access.permissions:
        return story
    spent = metering.spent_in_run(
        access.org_id,
        access.project_id,
        str(row.id),
        key_id=row.key_id if _alone(row) else None,
        since=row.created_at,
        until=row.ended_at or timezone.now(),
    )
    story.costs = [
        RunCost(one.cost, one.known, one.currency, one.calls, one.tokens) for one in spent
    ]
    return story


def last_sign(row: AgentRun) -> datetime | None:
    """When the run last did something; in scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(e.created_at) FROM events_event e WHERE {_MINE}",  # noqa: S608  bound
            _values(row),
        )
        seen: datetime | None = cursor.fetchone()[0]
    return seen


def run_view(row: AgentRun) -> RunView:
    """A row as others see it."""
    shown = {name: row.actor.get(name) for name in ("kind", "id", "name", "label")}
    return RunView(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        program=row.program,
        state=row.state,
        actor={name: value for name, value in shown.items() if value is not None},
        agent=row.actor.get("kind") == "service",
        branch=row.branch,
        commit_start=row.commit_start,
        commit_end=row.commit_end,
        summary=row.summary,
        started_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at if row.state == OPEN else None,
        ended_at=row.ended_at,
        freed=row.freed,
    )


def _story(access: ProjectAccess, row: AgentRun) -> RunStory:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.kind, e.subject, e.data::text FROM events_event e"  # noqa: S608  bound
            f" WHERE {_MINE} ORDER BY e.id LIMIT %(most)s",
            _values(row) | {"most": MOST_EVENTS + 1},
        )
        rows = [each for each in cursor.fetchall() if each[0] not in _OWN]
    claimed: dict[str, None] = {}
    changed: dict[str, None] = {}
    evidence: dict[str, None] = {}
    commented: dict[str, None] = {}
    revisions: list[int] = []
    for kind, subject, text in rows[:MOST_EVENTS]:
        data = json.loads(text)
        if kind == "claim.taken":
            claimed[subject] = None
        elif kind == "plan.revised":
            revisions.append(data["revision"])
            changed |= dict.fromkeys(one for one in data.get("changed", ()) if one)
        elif kind == "evidence.received":
            evidence |= dict.fromkeys(data.get("microsteps") or [subject])
        elif kind == "comment.written":
            commented[subject] = None
    held: list[str] = []
    if row.state == OPEN:
        in_force = {
            claim.microstep_id
            for claim in plans.list_claims(access)
            if claim.person_id == row.person_id
        }
        held = [one for one in claimed if one in in_force]
    return RunStory(
        run=run_view(row),
        claimed=list(claimed),
        holds=held,
        revisions=revisions,
        changed=list(changed),
        evidence=[one for one in evidence if one],
        commented=list(commented),
        events=min(len(rows), MOST_EVENTS),
        more=len(rows) > MOST_EVENTS,
    )


def _values(row: AgentRun) -> dict[str, Any]:
    return {
        "org_id": row.org_id,
        "project_id": row.project_id,
        "since": row.created_at,
        "until": row.ended_at or datetime.now(UTC),
        "actor": str(row.person_id or ""),
        "run": str(row.id),
        "key": str(row.key_id) if _alone(row) and row.key_id else "",
    }


def _alone(row: AgentRun) -> bool:
    """Whether nobody but the agent acts by the run's key; a person's key serves its person too."""
    return bool(row.actor.get("kind") == "service")
