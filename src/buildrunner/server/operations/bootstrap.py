"""The first rows: an owner, an organization, a project that holds a real plan, a key."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.spec import document

PLAN = Path(__file__).with_name("demo") / "plan.json"
LINK_HOLDS = timedelta(hours=1)


class Welcome(NamedTuple):
    """What the person who starts the server needs: a one-time link, on the first start a key, and
    the project to begin with (the owner's oldest; empty when there is none).
    """

    person: str
    link: str
    api_key: str | None
    project_id: str


def welcome(public_url: str) -> Welcome:
    """Make the first rows if there is nobody yet, and a sign-in link for the owner."""
    with transaction.atomic():
        staff = identity.Person.objects.filter(is_staff=True, is_active=True)
        person = staff.order_by("created_at").first()
        api_key = None
        if person is None:
            person, api_key = _first_rows()
        token = identity.issue_sign_in_link(person, actor=SYSTEM, ttl=LINK_HOLDS)
        project_id = _oldest_project(person)
    return Welcome(
        person=person.email,
        link=f"{public_url}/sign-in/link/{token}",
        api_key=api_key,
        project_id=str(project_id or ""),
    )


def link_for(email: str | None, public_url: str) -> str:
    """A one-time sign-in link for a person, by default the first of the staff.

    Raises `OperatorProblem` for an address that nobody has.
    """
    staff = identity.Person.objects.filter(is_staff=True, is_active=True).order_by("created_at")
    person = identity.find_person(email) if email else staff.first()
    if person is None:
        raise OperatorProblem(
            f"Nobody has the address {email}." if email else "There is nobody yet.",
            hint="br up   (makes the first person)" if not email else "br server link",
        )
    token = identity.issue_sign_in_link(person, actor=SYSTEM, ttl=LINK_HOLDS)
    return f"{public_url}/sign-in/link/{token}"


def _first_rows() -> tuple[identity.Person, str]:
    # Every later start is quicker without it.
    from buildrunner.server.domains.plans import facade as plans

    person = identity.create_person(
        email=os.environ.get("BR_OWNER_EMAIL") or "owner@localhost",
        name=os.environ.get("BR_OWNER_NAME") or "Owner",
        is_staff=True,
    )
    actor = tenancy.actor_for_person(person)
    organization = tenancy.create_organization(actor, name="Demo")
    data = PLAN.read_bytes()
    project = tenancy.create_project(
        actor, title=document.loads(data)["title"], org_id=organization.id
    )
    plans.save_plan(actor, project.id, data=data, message="The demo plan")
    _, secret = tenancy.create_api_key(actor, name="First start", scopes=["*"])
    return person, secret


def _oldest_project(person: identity.Person) -> UUID | None:
    actor = tenancy.actor_for_person(person)
    oldest: UUID | None = None
    while page := tenancy.list_projects(actor, before=oldest, limit=100):
        oldest = page[-1].id
        if len(page) < 100:
            break
    return oldest
