"""What the frame around every page shows: who is signed in, their organization and projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from buildrunner.server.domains.identity.facade import Person
from buildrunner.server.domains.tenancy.facade import (
    Belonging,
    ProjectView,
    list_projects,
    organizations_of,
)
from buildrunner.server.platform.actor import Actor

PROJECTS = 13


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame's words; empty where nobody is signed in."""

    person: Person | None = None
    organizations: tuple[Belonging, ...] = ()
    projects: tuple[ProjectView, ...] = ()

    @property
    def organization(self) -> Belonging | None:
        """The organization joined first."""
        return self.organizations[0] if self.organizations else None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, read only where a template draws the frame."""
    return {"shell": SimpleLazyObject(lambda: _read(request))}


def _read(request: HttpRequest) -> Shell:
    actor: Actor | None = getattr(request, "actor", None)
    person = getattr(request, "user", None)
    if actor is None or actor.person_id is None or not isinstance(person, Person):
        return Shell()
    return Shell(
        person,
        tuple(organizations_of(actor.person_id)),
        tuple(list_projects(actor, limit=PROJECTS)),
    )
