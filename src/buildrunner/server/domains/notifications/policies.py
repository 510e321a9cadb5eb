"""Who may set up which channel, and what a project's policy says of telling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from buildrunner.policy.roles import plain
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    organization_scope,
    project_scope,
    teams_in_scope,
    who_holds,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.gates import Gate

OF_ORGANIZATION = "webhook.manage"
OF_PROJECT = "project.manage"
COLLABORATION = "collaboration"
# The lists of the policy's section, by the first part of the kinds they are about.
_ALERTS: Mapping[str, str] = {
    "budget": "cost_alerts",
    "usage": "cost_alerts",
    "check": "quality_alerts",
    "anomaly": "anomaly_alerts",
    "approval": "governance_alerts",
    "emergency": "governance_alerts",
    "waiver": "governance_alerts",
    "policy": "governance_alerts",
}


@Gate
def project_policy(org_id: UUID, project_id: UUID) -> Mapping[str, Any]:  # noqa: ARG001
    """The section `notifications` of a project's policy in force; empty where nobody keeps one."""
    return {}


def silenced(org_id: UUID, project_id: UUID | None, service: str) -> bool:
    """Whether a project's policy says that nothing of it goes through a service."""
    if project_id is None:
        return False
    said = project_policy(org_id, project_id).get(service)
    return isinstance(said, Mapping) and said.get("enabled") is False


@Gate
def require_feature(org_id: UUID, feature: str) -> None:
    """Raise unless the organization in scope may use a feature; where nobody answers it may."""


class Demands(NamedTuple):
    """Whom a policy wants told of a kind, and whom of them by mail as well."""

    told: frozenset[UUID] = frozenset()
    mailed: frozenset[UUID] = frozenset()


def demanded(org_id: UUID, project_id: UUID | None, kind: str) -> Demands:
    """Whom the policy of a project wants told of a kind; in the organization's scope.

    Of `governance_alerts` and its like the entry counts that is named after the kind
    (`approval_requested`), after its last part (`requested`), or `all`. `email.recipients` are
    mailed of every kind that such a section is about.
    """
    section = _ALERTS.get(kind.partition(".")[0])
    if project_id is None or section is None:
        return Demands()
    policy = project_policy(org_id, project_id)
    lists, email = policy.get(section), policy.get("email")
    names: list[str] = []
    if isinstance(lists, Mapping):
        wanted = {kind.replace(".", "_"), kind.rpartition(".")[2], "all"}
        names = [role for name in wanted for role in lists.get(name) or ()]
    mailed: frozenset[UUID] = frozenset()
    if isinstance(email, Mapping) and email.get("enabled") is not False:
        mailed = _meant(email.get("recipients") or (), project_id)
    return Demands(_meant(names, project_id) | mailed, mailed)


def _meant(names: Iterable[str], project_id: UUID) -> frozenset[UUID]:
    """The people behind roles, teams and mail addresses."""
    roles, found = [], set()
    for name in names:
        if "@" in name:
            person = identity.find_person(name)
            found |= {person.id} if person else set()
        else:
            roles.append(name)
    if roles:
        wanted = {plain(role) for role in roles}
        found |= who_holds(roles, project_id)
        for team, people in teams_in_scope().items():
            found |= set(people) if plain(team) in wanted else set()
    return frozenset(found)


@contextmanager
def channel_scope(
    actor: Actor, org_id: UUID, *, project_id: UUID | None = None, personal: bool = False
) -> Iterator[UUID | None]:
    """The scope in which channels of the organization, of a project, or of the actor alone are
    kept; yields the person of a personal one. Raises as the scopes do.
    """
    if personal:
        with organization_scope(actor, org_id) as access:
            yield access.person_id
    elif project_id is not None:
        with project_scope(actor, project_id, OF_PROJECT) as inside:
            if inside.org_id != org_id:
                raise NotFound(f"No project {project_id} here.", code="project_not_found")
            yield None
    else:
        with organization_scope(actor, org_id, OF_ORGANIZATION):
            yield None


def judge_channel(actor: Actor, access: OrgAccess, row: Endpoint | None) -> Endpoint:
    """A channel for whoever may keep it; to others' people a personal one is absent."""
    if row is None or row.service == "webhook" or row.person_id not in (None, access.person_id):
        raise NotFound("No such channel here.", code="channel_not_found")
    if row.person_id is None and OF_ORGANIZATION not in access.permissions:
        if row.project_id is None:
            access.require(OF_ORGANIZATION)
        else:
            with project_scope(actor, row.project_id, OF_PROJECT):
                pass
    return row
