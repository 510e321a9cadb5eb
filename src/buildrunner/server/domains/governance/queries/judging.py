"""A change before the policy of its project, with the votes and waivers that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.approvals import Approval, counting, for_path, identities
from buildrunner.policy.case import Denial
from buildrunner.policy.change import Change, ChangeError
from buildrunner.policy.judge import failing, judge, unjudged
from buildrunner.policy.roles import plain
from buildrunner.policy.waivers import Waiver as EngineWaiver
from buildrunner.server.domains.governance.errors import ChangeInvalid, PolicyInvalid
from buildrunner.server.domains.governance.models import ChangeRequest, Vote, Waiver
from buildrunner.server.domains.governance.policies import open_anomalies
from buildrunner.server.domains.governance.queries.policy import (
    current_policy,
    findings_of,
    read_text,
)
from buildrunner.server.domains.governance.queries.waivers import engine_waiver
from buildrunner.server.domains.governance.rules.changes import MOST_KEPT, content_of, fails
from buildrunner.server.domains.governance.types import Judgement, Needed
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.facade import (
    ProjectAccess,
    names_of_members,
    people_with,
)

APPROVE, REJECT = "approve", "reject"


def read_change(value: Any) -> Change:
    """A change of its JSON form. Raises ChangeInvalid with the pointer of what is wrong."""
    try:
        return Change.from_dict(value)
    except ChangeError as error:
        raise ChangeInvalid(str(error), pointer=error.pointer) from None


def check_change(
    access: ProjectAccess, change: Change, *, policy_text: str | None = None
) -> Judgement:
    """What the stored policy, or a text, says of a change; votes count where they were given for
    this head, these files and this branch to go into. An emergency lets through what it saw, and
    nothing that the request did not show. Raises PolicyInvalid for a text with errors."""
    request = (
        ChangeRequest.objects.filter(
            org_id=access.org_id,
            project_id=access.project_id,
            head=change.head,
            content=content_of(change),
            target=change.target or "",
        )
        .order_by("-id")
        .first()
        if change.head
        else None
    )
    votes = standing_votes(access, request) if request else []
    judged = judgement(access, change, votes, request, policy_text=policy_text)
    if request is not None and request.state == "bypassed":
        seen = {one.get("fingerprint") for one in request.denials}
        for one in judged.denials:
            if one["fingerprint"] in seen:
                one.setdefault("waived_by", f"emergency bypass of request {request.number}")
        whole = len(judged.denials) < MOST_KEPT  # of more than are kept nobody knows the rest
        allowed = whole and not any(fails(one) for one in judged.denials)
        return replace(judged, allowed=allowed, passed=sorted(map(str, seen)))
    return judged


def judgement(
    access: ProjectAccess,
    change: Change,
    votes: Sequence[Vote],
    request: ChangeRequest | None,
    *,
    policy_text: str | None = None,
) -> Judgement:
    """The engine's judgement, and who has still to approve."""
    policy, number, digest = _policy(access, policy_text)
    change = _measured(access, policy, change)
    approvals = counted(change, votes, request)
    waivers = engine_waivers(access, change, request)
    denials = judge(policy, change, approvals=approvals, waivers=waivers, now=timezone.now())
    listed = [one.as_dict() for one in denials[:MOST_KEPT]]
    rejections = [_rejection(vote) for vote in votes if vote.verdict == REJECT]
    return Judgement(
        allowed=not failing(denials) and not rejections,
        denials=[*rejections, *listed],
        policy_number=number,
        policy_digest=digest,
        unjudged=[{"clause": where, "member": what} for where, what in unjudged(policy, change)],
        needed=_needed(policy, change, approvals),
        given=[
            {"id": one.id, "name": one.name, "roles": one.roles, "paths": one.paths}
            for one in approvals
        ],
        waivers=[one.as_dict() | _known_here(one) for one in waivers],
        request=request.number if request else None,
        state=request.state if request else None,
    )


def _measured(access: ProjectAccess, policy: Mapping[str, Any], change: Change) -> Change:
    """The change with the anomalies that are open here, where the policy asks for their review."""
    section = policy.get("analytics")
    if not isinstance(section, Mapping) or section.get("require_anomaly_review") is not True:
        return change
    count = open_anomalies(access.org_id, access.project_id)
    return replace(change, measures={**(change.measures or {}), "open_anomalies": count})


def _known_here(waiver: EngineWaiver) -> dict[str, Any]:
    return {"roles": waiver.roles, "person": waiver.person, "author": waiver.author}


def standing_votes(access: ProjectAccess, request: ChangeRequest) -> list[Vote]:
    """Those for the request as it is, by people who may still decide."""
    rows = Vote.objects.filter(
        org_id=access.org_id,
        request_id=request.id,
        head=request.head,
        content=request.content,
        ended_at__isnull=True,
    ).order_by("id")
    deciding = {one.person_id for one in people_with(access, "approval.give")}
    return [row for row in rows if row.person_id in deciding]


def counted(change: Change, votes: Iterable[Vote], request: ChangeRequest | None) -> list[Approval]:
    """The approvals that count: never of an author, whichever address a commit names."""
    given = [vote for vote in votes if vote.verdict == APPROVE]
    names = names_of_members([vote.person_id for vote in given])
    found = []
    for vote in given:
        if why_not(vote.person_id, change, request) or vote.person_id not in names:
            continue
        name, email = names[vote.person_id]
        found.append(
            Approval(
                id=str(vote.person_id),
                name=name,
                email=email,
                roles=list(vote.roles),
                kind="person",
                head=vote.head,
                paths=vote.paths,
            )
        )
    return counting(change, found)


def why_not(person_id: UUID, change: Change, request: ChangeRequest | None) -> str:
    """Why somebody's vote does not count for a change, in words; empty where it does."""
    if request is not None and str(person_id) in request.authors:
        return "opened it or pushed to it"
    marks = identities(change)
    if str(person_id) in marks:
        return "is its author"
    if any(address.casefold() in marks for address in identity.verified_addresses(person_id)):
        return "wrote a commit of it"
    person = identity.people([person_id]).get(person_id)
    if person and {person.email.casefold(), person.name.strip().casefold()} & marks:
        return "wrote a commit of it"
    return ""


def engine_waivers(
    access: ProjectAccess, change: Change, request: ChangeRequest | None = None
) -> list[EngineWaiver]:
    """Those not revoked, in the engine's form; an author's is told as such."""
    rows = Waiver.objects.filter(
        org_id=access.org_id, project_id=access.project_id, revoked_at__isnull=True
    ).order_by("id")
    return [
        replace(engine_waiver(row), author=bool(why_not(row.person_id, change, request)))
        for row in rows
    ]


def _policy(access: ProjectAccess, text: str | None) -> tuple[dict[str, Any], int | None, str]:
    if text is not None:
        loaded = read_text(text)
        if not loaded.ok:
            raise PolicyInvalid(findings_of(loaded))
        return loaded.policy, None, ""
    current = current_policy(access)
    return (current.policy, current.number, current.digest) if current else ({}, None, "")


def _needed(policy: dict[str, Any], change: Change, approvals: list[Approval]) -> list[Needed]:
    """Every requirement as if nobody had approved, and how many have."""
    found: dict[tuple[str, str, str], Needed] = {}
    asked: list[Denial] = judge(policy, change)
    for denial in asked:
        for one in denial.needs:
            role = str(one["role"])
            fitting = for_path(approvals, denial.path) if denial.path else approvals
            given = sum(
                1
                for approval in fitting
                if not role or plain(role) in {plain(held) for held in approval.roles}
            )
            key = (denial.clause, denial.path, role)
            found[key] = Needed(
                role, int(one["count"]), min(given, int(one["count"])), denial.path, denial.clause
            )
    return list(found.values())[:MOST_KEPT]


def _rejection(vote: Vote) -> dict[str, Any]:
    name = vote.actor.get("name", "Somebody")
    said = f": {vote.note}" if vote.note else ""
    return {
        "rule": "rejected",
        "severity": "block",
        "path": "",
        "line": None,
        "clause": "",
        "message": f"{name} rejected this state of the change{said}",
        "mend": f"Change what {name} names and push again, or ask for another look.",
        "owner": str(name),
        "fingerprint": str(vote.id),
    }
