"""Runs of agents: begin, give signs of life, end; and close those that fell silent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.runs import RunAbsent, RunClosed
from buildrunner.server.domains.workbench.events import runs as events
from buildrunner.server.domains.workbench.models.runs import AgentRun
from buildrunner.server.domains.workbench.queries.runs import last_sign, run_view
from buildrunner.server.domains.workbench.rules import runs as rules
from buildrunner.server.domains.workbench.types.runs import (
    ENDED,
    LOST,
    MAX_TTL,
    MIN_TTL,
    RunIn,
    RunView,
)
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

BATCH = 200


def start_run(actor: Actor, project_id: UUID, wanted: RunIn) -> tuple[RunView, bool]:
    """Open a run of the actor, and whether it is new: under a name that one of the same key's open
    runs bears, that one is answered and counts as alive. Needs `claim.take`.

    A run that is `silent` will never be told to have ended. Raises Invalid.
    """
    _check(wanted)
    with project_scope(actor, project_id, "claim.take") as access:
        moment = timezone.now()
        row = AgentRun(
            org_id=access.org_id,
            project_id=access.project_id,
            name=wanted.name,
            program=wanted.program,
            silent=wanted.silent,
            actor=actor.record(),
            person_id=actor.person_id,
            key_id=actor.key_id,
            branch=wanted.branch,
            commit_start=wanted.commit,
            ttl_seconds=wanted.ttl_seconds,
            seen_at=moment,
            expires_at=rules.next_word(moment, wanted.ttl_seconds),
        )
        row.actor.pop("run", None)  # an outer run is not this one
        AgentRun.objects.bulk_create([row], ignore_conflicts=True)
        kept = AgentRun.objects.select_for_update().filter(id=row.id).first()
        if kept is None:
            kept = _same(access, actor, wanted.name)
            _alive(kept, moment)
            return run_view(kept), False
        emit(
            events.STARTED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(kept.id),
            data={
                "name": kept.name,
                "program": kept.program,
                "commit": kept.commit_start,
                "branch": kept.branch,
            },
        )
        return run_view(kept), True


def beat_run(actor: Actor, project_id: UUID, run_id: UUID, *, commit: str = "") -> RunView:
    """A sign of life of one's own run. Raises RunAbsent, and RunClosed naming what it lost."""
    _commit(commit)
    with project_scope(actor, project_id, "claim.take") as access:
        row = _own(access, actor, run_id)
        row.commit_end = commit or row.commit_end
        _alive(row, timezone.now())
        return run_view(row)


def end_run(
    actor: Actor, project_id: UUID, run_id: UUID, *, commit: str = "", summary: str = ""
) -> RunView:
    """End one's own run and give back what it holds; managers of the project end anybody's.

    Ending it twice is ending it once. Raises RunAbsent, RunClosed where it was lost before.
    """
    _commit(commit)
    if len(summary) > rules.MAX_SUMMARY or "\0" in summary:
        raise Invalid(f"summary has at most {rules.MAX_SUMMARY:,} characters", field="summary")
    with project_scope(actor, project_id, "claim.take") as access:
        row = _found(access, run_id)
        if row.person_id != actor.person_id:
            access.require("project.manage")
        if row.state == ENDED:
            return run_view(row)
        if row.state == LOST:
            raise RunClosed(row.state, row.freed)
        row.commit_end = commit or row.commit_end
        row.summary = summary.strip()
        _close(row, actor, ENDED, timezone.now())
        return run_view(row)


def close_silent_runs() -> int:
    """Close the runs of every organization whose signs of life stopped; how many were closed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT workbench_orgs_with_silent_runs()")
        organizations = [row[0] for row in cursor.fetchall()]
    closed = 0
    for org_id in organizations:
        with tenant_scope(org_id):
            closed += _close_silent(org_id)
    return closed


def _close_silent(org_id: UUID) -> int:
    moment = timezone.now()
    rows = AgentRun.objects.select_for_update(skip_locked=True).filter(
        org_id=org_id, ended_at__isnull=True, expires_at__lte=moment
    )
    closed = 0
    for row in rows[:BATCH]:
        seen = last_sign(row)
        if seen is not None and rules.next_word(seen, row.ttl_seconds) > moment:
            _alive(row, seen)  # whatever it does says that it lives
            continue
        _close(row, SYSTEM, None, max(seen or row.seen_at, row.seen_at))
        closed += 1
    return closed


def _close(row: AgentRun, actor: Actor, state: str | None, at: datetime) -> None:
    """One is over: its claims end with it, so that others can take over at once. Without a `state`
    it fell silent."""
    row.freed = plans.release_claims_of_run(
        actor,
        org_id=row.org_id,
        project_id=row.project_id,
        person_id=row.person_id,
        run=str(row.id),
    )
    row.state = state or rules.after_silence(silent=row.silent, held=bool(row.freed))
    row.ended_at = at
    row.seen_at = max(row.seen_at, at)
    row.save(update_fields=["state", "ended_at", "seen_at", "freed", "commit_end", "summary"])
    told = (
        {"seen_at": row.seen_at.isoformat(), "freed": row.freed}
        if row.state == LOST
        else {
            "commit": row.commit_end,
            "summary": row.summary[:200],
            "freed": row.freed,
            "silent": actor is SYSTEM,
        }
    )
    emit(
        events.LOST if row.state == LOST else events.ENDED,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data=told,
    )


def _alive(row: AgentRun, seen: datetime) -> None:
    row.seen_at = max(row.seen_at, seen)
    row.expires_at = rules.next_word(row.seen_at, row.ttl_seconds)
    row.save(update_fields=["seen_at", "expires_at", "commit_end"])


def _found(access: ProjectAccess, run_id: UUID) -> AgentRun:
    row = (
        AgentRun.objects.select_for_update()
        .filter(org_id=access.org_id, project_id=access.project_id, id=run_id)
        .first()
    )
    if row is None:
        raise RunAbsent(f"this project has no run {run_id}")
    return row


def _own(access: ProjectAccess, actor: Actor, run_id: UUID) -> AgentRun:
    row = _found(access, run_id)
    if row.person_id != actor.person_id:
        raise RunAbsent(f"{run_id} is no run of yours")
    if row.ended_at is not None:
        raise RunClosed(row.state, row.freed)
    return row


def _same(access: ProjectAccess, actor: Actor, name: str) -> AgentRun:
    row = (
        AgentRun.objects.select_for_update()
        .filter(
            org_id=access.org_id,
            project_id=access.project_id,
            person_id=actor.person_id,
            key_id=actor.key_id,
            name=name,
            ended_at__isnull=True,
        )
        .first()
    )
    if row is None:  # it ended between the insert and the look
        raise RunClosed(ENDED, [])
    return row


def _check(wanted: RunIn) -> None:
    if not MIN_TTL <= wanted.ttl_seconds <= MAX_TTL:
        raise Invalid(f"ttl_seconds must lie between {MIN_TTL} and {MAX_TTL}", field="ttl_seconds")
    for field in ("name", "program", "branch"):
        if value := getattr(wanted, field):
            one_line(value, field, rules.MAX_NAME)
    _commit(wanted.commit)


def _commit(text: str) -> None:
    if text and not rules.is_commit(text):
        raise Invalid("commit is 7 to 64 hexadecimal digits", field="commit")
