"""Approve or reject one state of a change, in person, or take that back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.errors import AuthorVotes, HeadMoved, RequestClosed
from buildrunner.server.domains.governance.models import ChangeRequest, Vote
from buildrunner.server.domains.governance.policies import in_person, roles_of
from buildrunner.server.domains.governance.queries.judging import APPROVE, REJECT, why_not
from buildrunner.server.domains.governance.queries.requests import (
    change_of,
    find_request,
    request_view,
    settle,
)
from buildrunner.server.domains.governance.types import RequestView
from buildrunner.server.domains.tenancy.facade import (
    ProjectAccess,
    people_with,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

LONGEST_NOTE = 1000
MOST_PATHS = 100


def approve(
    actor: Actor,
    project_id: UUID,
    *,
    number: int,
    head: str,
    note: str = "",
    paths: Sequence[str] | None = None,
) -> RequestView:
    """Approve the state `head`, as a whole or some paths of it. In person, with `approval.give`.

    Raises InPersonOnly, AuthorVotes, HeadMoved, RequestClosed, RequestAbsent.
    """
    if paths is not None and not 0 < len(paths) <= MOST_PATHS:
        raise Invalid(f"name 1 to {MOST_PATHS} paths, or none for all", field="paths")
    return _vote(actor, project_id, number, head, APPROVE, note, list(paths) if paths else None)


def reject(actor: Actor, project_id: UUID, *, number: int, head: str, note: str) -> RequestView:
    """Stand against the state `head` until it is pushed to or taken back; a note says why."""
    note = one_line(note, "note", LONGEST_NOTE)
    return _vote(actor, project_id, number, head, REJECT, note, None)


def take_back(actor: Actor, project_id: UUID, *, number: int) -> RequestView:
    """Take one's own vote back. Without one nothing happens."""
    with project_scope(actor, project_id, "plan.read") as access:
        person = in_person(actor, access, "Voting", f"/requests/{number}")
        row = _open(access, number)
        vote = _standing(row, person)
        if vote is not None:
            _end(vote)
            settle(access, row)
            row.save(update_fields=["allowed", "denials", "policy_number"])
            told = {"number": row.number, "head": row.head, "verdict": vote.verdict}
            _tell(events.TAKEN_BACK, actor, row, told)
        return request_view(row)


def _vote(
    actor: Actor,
    project_id: UUID,
    number: int,
    head: str,
    verdict: str,
    note: str,
    paths: list[str] | None,
) -> RequestView:
    with project_scope(actor, project_id, "plan.read") as access:
        person = in_person(actor, access, "Approving or rejecting", f"/requests/{number}")
        access.require("approval.give")
        # A push waits for this lock, or this for the push: a vote never lands on another state.
        row = _open(access, number)
        if row.head != head:
            raise HeadMoved(row.number, row.head)
        if verdict == APPROVE and why_not(person, change_of(row), row):
            raise AuthorVotes(row.number, _others(access, row))
        standing = _standing(row, person)
        if standing is not None:
            _end(standing)
        roles = roles_of(access, person)
        Vote.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            request_id=row.id,
            head=row.head,
            content=row.content,
            verdict=verdict,
            roles=roles,
            paths=paths,
            note=note.strip()[:LONGEST_NOTE],
            actor=actor.record(),
            person_id=person,
        )
        settle(access, row)
        row.save(update_fields=["allowed", "denials", "policy_number"])
        told = {"number": row.number, "head": row.head, "roles": roles, "allowed": row.allowed}
        if verdict == REJECT:
            told["note"] = note
        _tell(events.GIVEN if verdict == APPROVE else events.REJECTED, actor, row, told)
        return request_view(row)


def _open(access: ProjectAccess, number: int) -> ChangeRequest:
    row = find_request(access, number, lock=True)
    if row.state != "open":
        raise RequestClosed(row.number, row.state)
    return row


def _standing(row: ChangeRequest, person: UUID) -> Vote | None:
    return (
        Vote.objects.select_for_update()
        .filter(
            org_id=row.org_id,
            request_id=row.id,
            person_id=person,
            head=row.head,
            ended_at__isnull=True,
        )
        .first()
    )


def _end(vote: Vote) -> None:
    vote.ended_at = timezone.now()
    vote.save(update_fields=["ended_at"])


def _others(access: ProjectAccess, row: ChangeRequest) -> list[str]:
    change = change_of(row)
    return [
        one.name
        for one in people_with(access, "approval.give")[:10]
        if not why_not(one.person_id, change, row)
    ][:5]


def _tell(kind: str, actor: Actor, row: ChangeRequest, told: dict[str, object]) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.number),
        data=told,
    )
