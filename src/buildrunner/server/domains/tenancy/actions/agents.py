"""Agents: service accounts that a person answers for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.actions.create_api_key import checked_scopes, issue
from buildrunner.server.domains.tenancy.actions.set_project_member import grant
from buildrunner.server.domains.tenancy.models import (
    OrganizationMembership,
    Project,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.agents import agent_views
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import AgentView, OrgAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

#: What an agent's key may: build, and talk.
SCOPES = ("builder.run", "planner.write")
#: An agent works; it signs nothing off and hands nothing out.
ROLES = (rules.CONTRIBUTOR, rules.VIEWER)


def create_agent(
    actor: Actor,
    org_id: UUID,
    *,
    name: str,
    project_id: UUID | None = None,
    role: str = rules.CONTRIBUTOR,
    scopes: Sequence[str] = SCOPES,
    owner_id: UUID | None = None,
) -> tuple[AgentView, str]:
    """Make an agent with a key, shown once; with `project_id` it is bound to that project.

    The owner is the actor unless said. It takes no seat. Needs `member.manage` and `key.manage`.
    Raises Invalid, Conflict for a taken name, NotFound for an unknown project or owner.
    """
    name = one_line(name, "name", rules.LONGEST_NAME)
    members.known_role(role, ROLES)
    wanted = checked_scopes(actor, scopes)
    if "*" in wanted:
        raise Invalid("An agent's key says what it may; `*` is everything.", field="scopes")
    with organization_scope(actor, org_id, "member.manage") as access:
        access.require("key.manage")
        owner = _owner(access, actor, owner_id)
        members.one_at_a_time(org_id)
        if ServiceAccount.objects.filter(name=name, removed_at__isnull=True).exists():
            raise Conflict(f"{name} is taken already.", code="name_taken", field="name")
        if project_id is not None and not Project.objects.filter(id=project_id).exists():
            raise policies.no_project(project_id)
        account = ServiceAccount.objects.create(
            org_id=org_id, name=name, created_by=access.person_id, agent=True, owner_id=owner
        )
        membership = OrganizationMembership.objects.create(
            org_id=org_id, person_id=account.id, role=rules.MEMBER, kind="service"
        )
        emit(
            "agent.created",
            actor=actor,
            org_id=org_id,
            subject=str(account.id),
            data={"name": name, "owner": str(owner), "scopes": wanted},
        )
        if project_id is not None:
            grant(actor, org_id, project_id, membership, role)
        secret = _key(actor, access, account, project_id, wanted)
        return agent_views([account])[0], secret


def change_agent(
    actor: Actor,
    org_id: UUID,
    agent_id: UUID,
    *,
    name: str | None = None,
    owner_id: UUID | None = None,
) -> AgentView:
    """Another name or owner; what is not given stays. Needs `member.manage`."""
    with organization_scope(actor, org_id, "member.manage") as access:
        members.one_at_a_time(org_id)
        account = _agent(agent_id)
        changed: dict[str, object] = {}
        if name is not None:
            name = one_line(name, "name", rules.LONGEST_NAME)
            others = ServiceAccount.objects.filter(name=name, removed_at__isnull=True)
            if others.exclude(id=agent_id).exists():
                raise Conflict(f"{name} is taken already.", code="name_taken", field="name")
            if name != account.name:
                account.name = name
                changed["name"] = name
        if owner_id is not None and owner_id != account.owner_id:
            changed["owner"] = str(_owner(access, actor, owner_id))
            changed["owner_before"] = str(account.owner_id) if account.owner_id else None
            account.owner_id = owner_id
        if changed:
            account.save()
            emit(
                "agent.changed",
                actor=actor,
                org_id=org_id,
                subject=str(agent_id),
                data={"name": account.name, **changed},
            )
        return agent_views([account])[0]


def new_agent_key(
    actor: Actor,
    org_id: UUID,
    agent_id: UUID,
    *,
    project_id: UUID | None = None,
    scopes: Sequence[str] = SCOPES,
) -> str:
    """One more key, shown once. Needs `key.manage`, and an owner who answers for the agent."""
    wanted = checked_scopes(actor, scopes)
    if "*" in wanted:
        raise Invalid("An agent's key says what it may; `*` is everything.", field="scopes")
    with organization_scope(actor, org_id, "key.manage") as access:
        account = _agent(agent_id)
        if account.owner_id is None:
            raise Conflict(
                f"Nobody answers for {account.name} since its owner left; name another owner first.",
                code="agent_without_owner",
            )
        if project_id is not None and not Project.objects.filter(id=project_id).exists():
            raise policies.no_project(project_id)
        return _key(actor, access, account, project_id, wanted)


def _key(
    actor: Actor,
    access: OrgAccess,
    account: ServiceAccount,
    project_id: UUID | None,
    scopes: list[str],
) -> str:
    key, secret = issue(
        org_id=account.org_id,
        person_id=access.person_id,
        project_id=project_id,
        service_id=account.id,
        name=account.name,
        scopes=scopes,
        expires_at=None,
    )
    emit(
        "key.created",
        actor=actor,
        org_id=account.org_id,
        project_id=project_id,
        subject=str(key.id),
        data={
            "name": key.name,
            "prefix": key.prefix,
            "scopes": scopes,
            "service_account": str(account.id),
        },
    )
    return secret


def _agent(agent_id: UUID) -> ServiceAccount:
    found = (
        ServiceAccount.objects.select_for_update()
        .filter(id=agent_id, agent=True, removed_at__isnull=True)
        .first()
    )
    if found is None:
        raise policies.no_service_account(agent_id)
    return found


def _owner(access: OrgAccess, actor: Actor, owner_id: UUID | None) -> UUID:
    """A person of the organization: agents answer for no agents."""
    if owner_id is None and actor.kind == "service":
        raise Forbidden(
            "An agent makes no other; a person answers for each.", code="service_account_maker"
        )
    wanted = owner_id or access.person_id
    if not OrganizationMembership.objects.filter(person_id=wanted, kind="person").exists():
        raise members.no_member()
    return wanted
