"""Past the policy in an emergency, on the record, and the review it owes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.rules import FIRM, RULES
from buildrunner.policy.sections import section
from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.errors import (
    AuthorVotes,
    BypassRefused,
    HeadMoved,
    RequestClosed,
    ReviewAbsent,
)
from buildrunner.server.domains.governance.models import PostReview
from buildrunner.server.domains.governance.policies import holds_one, in_person, roles_of
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.governance.queries.requests import (
    find_request,
    find_review,
    request_view,
    requests_of,
    review_view,
    settle,
)
from buildrunner.server.domains.governance.rules.changes import by_rule, fails
from buildrunner.server.domains.governance.types import PostReviewView, RequestView
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

SHORTEST, LONGEST = 10, 2000
DEFAULT_HOURS = 72
OUTCOMES = ("accepted", "follow_up")
# What `emergency.overrides` calls the groups of rules.
_OVERRIDES = {"security": "security_checks", "quality": "quality_gates", "cost": "cost_limits"}


def bypass(
    actor: Actor, project_id: UUID, *, number: int, head: str, justification: str
) -> RequestView:
    """Let the state `head` through although the policy denies it, where `emergency` of the policy
    names a role of this person. What guards the policy itself is never passed.

    In person. Raises BypassRefused, HeadMoved, RequestClosed, RequestAbsent.
    """
    justification = one_line(justification, "justification", LONGEST)
    if len(justification) < SHORTEST:
        raise Invalid(f"say in {SHORTEST} characters or more why this cannot wait",
                      field="justification")  # fmt: skip
    with project_scope(actor, project_id, "approval.request") as access:
        person = in_person(actor, access, "An emergency bypass", f"/requests/{number}")
        current = current_policy(access)
        rules = section(current.policy if current else None, "emergency")
        _may(rules, roles_of(access, person))
        row = find_request(access, number, lock=True)
        if row.state != "open":
            raise RequestClosed(row.number, row.state)
        if row.head != head:
            raise HeadMoved(row.number, row.head)
        settle(access, row)
        passed = [one for one in row.denials if fails(one)]
        _passable(passed, section(rules, "overrides"))
        now = timezone.now()
        hours = rules.get("post_review_hours", DEFAULT_HOURS)
        owed = rules.get("bypass_requires_post_review") is not False
        row.state, row.closed_at = "bypassed", now
        row.save(update_fields=["state", "closed_at", "allowed", "denials", "policy_number"])
        review = PostReview.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            request_id=row.id,
            head=row.head,
            justification=justification,
            denials=passed,
            actor=actor.record(),
            person_id=person,
            due_at=now + timedelta(hours=float(hours)) if owed else None,
        )
        emit(
            events.BYPASSED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.number),
            data={
                "number": row.number,
                "head": row.head,
                "justification": justification,
                "rules": by_rule(passed),
                "review_due": review.due_at.isoformat() if review.due_at else None,
            },
        )
        return request_view(row)


def review_bypass(
    actor: Actor, project_id: UUID, *, review_id: UUID, outcome: str, note: str
) -> PostReviewView:
    """Look at an emergency afterwards: `accepted`, or `follow_up` where something is to be mended.

    In person, with `approval.give`; never by who went past the policy or wrote the change. Raises
    ReviewAbsent, AuthorVotes, Invalid.
    """
    note = one_line(note, "note", LONGEST)
    if outcome not in OUTCOMES:
        raise Invalid(f"outcome: one of {', '.join(OUTCOMES)} is wanted", field="outcome")
    with project_scope(actor, project_id, "plan.read") as access:
        person = in_person(actor, access, "A post-review")
        access.require("approval.give")
        row = find_review(access, review_id)
        if row.reviewed_at is not None:
            raise ReviewAbsent("this post-review is done already")
        request = requests_of(access).get(id=row.request_id)
        if person == row.person_id or str(person) in request.authors:
            raise AuthorVotes(request.number, [])
        row.outcome, row.note = outcome, note
        row.reviewed_at, row.reviewed_by = timezone.now(), actor.record()
        row.save(update_fields=["outcome", "note", "reviewed_at", "reviewed_by"])
        late = row.due_at is not None and row.reviewed_at > row.due_at
        emit(
            events.REVIEWED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(request.number),
            data={"number": request.number, "outcome": outcome, "note": note, "late": late},
        )
        return review_view(row, request)


def _may(rules: dict[str, Any], roles: list[str]) -> None:
    if rules.get("bypass_enabled") is not True:
        raise BypassRefused(
            "The policy allows no emergency bypass: `emergency.bypass_enabled` is not true.",
            clause="emergency.bypass_enabled",
        )
    named = rules.get("bypass_roles")
    named = [str(role) for role in named] if isinstance(named, list) else []
    if not holds_one(roles, named):
        who = ", ".join(named) if named else "nobody"
        raise BypassRefused(
            f"The policy lets {who} past in an emergency (`emergency.bypass_roles`); you are "
            f"{', '.join(roles) or 'without a role'} here.",
            clause="emergency.bypass_roles",
        )


def _passable(denials: list[dict[str, Any]], overrides: dict[str, Any]) -> None:
    for one in denials:
        rule = RULES.get(str(one["rule"]))
        if rule is None:
            continue
        if rule.id in FIRM:
            raise BypassRefused(
                f"{rule.id} guards the policy itself, which no emergency sets aside: take "
                f"{one['path']} out of the change.",
                clause=rule.clause,
            )
        name = _OVERRIDES.get(rule.group, "")
        if overrides.get(name) is False:
            raise BypassRefused(
                f"{rule.id} stands: `emergency.overrides.{name}` is false.",
                clause=f"emergency.overrides.{name}",
            )
