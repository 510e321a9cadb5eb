"""Which changes of status the project's policy does not allow: the answer to the plans' gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from buildrunner.policy.rules import ALERT, APPROVE
from buildrunner.policy.transitions import Barred, asks
from buildrunner.policy.transitions import barred as barred_by
from buildrunner.server.domains.governance.policies import holds_one, roles_of
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.document import index

_VERBS = {"todo": "br todo", "doing": "br start", "blocked": "br block", "done": "br done"}


def barred(
    access: ProjectAccess,
    actor: Actor,
    plan_after: Callable[[], dict[str, Any]],
    moves: Callable[[], Sequence[plans.Move]],
    through: bool,
) -> list[plans.Barred]:
    """The moves that the policy in force bars, those that it only reports among them.

    Where `violations` says `approve`, somebody who holds the role that it escalates to approves by
    making the move in person, in a browser.
    """
    found = current_policy(access)
    if found is None or not asks(found.policy):
        return []
    changes = moves()
    if not changes:
        return []
    plan = plan_after()
    known = index(plan)
    return [
        _told(one, known[one.id].value)
        for one in barred_by(found.policy, plan, changes, through=through)
        if not _approved(access, actor, one)
    ]


def _approved(access: ProjectAccess, actor: Actor, one: Barred) -> bool:
    if one.severity != APPROVE or actor.kind != "person" or actor.person_id is None:
        return False
    return holds_one(roles_of(access, actor.person_id), one.needs)


def _told(one: Barred, value: dict[str, Any]) -> plans.Barred:
    title = value.get("title")
    following = next((status for status in one.allowed if status in _VERBS), None)
    return plans.Barred(
        id=one.id,
        title=title if isinstance(title, str) else "",
        before=one.before,
        after=one.after,
        allowed=one.allowed,
        clause=one.clause,
        owner=one.owner,
        reason=one.reason,
        next_command=f"{_VERBS[following]} {one.id}"
        if following
        else "br governance explain microstep-transition",
        blocking=one.severity != ALERT,
    )
