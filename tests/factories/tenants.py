"""People, organizations, projects and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor

NOBODY = UUID(int=1)


@dataclass(frozen=True)
class Tenant:
    """One organization with its owner, a project and the owner's personal key."""

    person: identity.Person
    actor: Actor
    org_id: UUID
    project_id: UUID
    key_id: UUID
    key: str
    service_id: UUID = NOBODY
    invitation_id: UUID = NOBODY


def make_person(
    *, email: str | None = None, name: str = "Ada", password: str | None = None
) -> identity.Person:
    """An account; without a password it is made without the cost of hashing one."""
    return identity.create_person(
        email=email or f"{uuid4().hex[:12]}@example.test", name=name, password=password
    )


def make_org(owner: identity.Person, *, name: str = "Analytical Engines") -> tenancy.Belonging:
    """An organization owned by a person."""
    return tenancy.create_organization(tenancy.actor_for_person(owner), name=name)


def make_project(
    owner: identity.Person,
    *,
    org_id: UUID | None = None,
    title: str = "Engine",
    plan: dict[str, Any] | None = None,
) -> tenancy.ProjectView:
    """A project; with `plan`, that is its first revision."""
    actor = tenancy.actor_for_person(owner)
    project = tenancy.create_project(actor, title=title, org_id=org_id)
    if plan is not None:
        import json

        from buildrunner.server.domains.plans import facade as plans

        plans.save_plan(actor, project.id, data=json.dumps(plan).encode())
        with tenancy.project_scope(actor, project.id) as access:
            return tenancy.get_project(access)
    return project


def make_key(
    person: identity.Person,
    *,
    scopes: Sequence[str] = ("*",),
    org_id: UUID | None = None,
    project_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[tenancy.KeyView, str]:
    """A key of a person and its secret."""
    return tenancy.create_api_key(
        tenancy.actor_for_person(person),
        name="test",
        scopes=scopes,
        org_id=org_id,
        project_id=project_id,
        expires_at=expires_at,
    )


def add_person(
    tenant: Tenant,
    *,
    org_role: str = "member",
    project_role: str | None = None,
    name: str | None = None,
) -> identity.Person:
    """Somebody else in a tenant's organization and, with a role, in its project."""
    person = make_person(name=name or f"A {project_role or org_role}")
    tenancy.set_org_member(tenant.actor, tenant.org_id, email=person.email, role=org_role)
    if project_role:
        tenancy.set_project_member(
            tenant.actor, tenant.project_id, email=person.email, role=project_role
        )
    return person


def small_plan() -> dict[str, Any]:
    """The smallest plan with one microstep, `m1.s1.ms1`."""
    return {
        "projectId": "p",
        "title": "P",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "M",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "S",
                        "microsteps": [
                            {
                                "id": "m1.s1.ms1",
                                "title": "T",
                                "status": "todo",
                                "criteria": ["c"],
                            }
                        ],
                    }
                ],
            }
        ],
    }


def make_tenant(*, name: str = "Ada", plan: dict[str, Any] | None = None) -> Tenant:
    """A whole tenant."""
    person = make_person(name=name)
    org = make_org(person, name=f"{name}'s organization")
    project = make_project(person, org_id=org.id, plan=plan)
    key, secret = make_key(person)
    return Tenant(
        person=person,
        actor=tenancy.actor_for_person(person),
        org_id=org.id,
        project_id=project.id,
        key_id=key.id,
        key=secret,
    )
