"""Who may follow which events: credentials and memberships to an audience."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import close_old_connections

from buildrunner.server.config.authentication import credential_from_headers
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, NotFound, NotSignedIn
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.http.acting import HOW
from buildrunner.server.platform.realtime.audience import Audience

PERMISSION = "event.read"
PAGE = 100
MOST_PROJECTS = 500


def judge(headers: Mapping[str, str], project_id: UUID | None) -> Audience:
    """What the sender of these headers may see, of one project or of everything.

    Raises `NotSignedIn`, and for a single project `NotFound` or `Forbidden`. Runs in a thread.
    """
    close_old_connections()
    try:
        credential = credential_from_headers(headers)
        if credential is None:
            raise NotSignedIn(f"Nobody is signed in. {HOW}")
        actor = credential.actor
        ids = (actor.person_id, actor.key_id, credential.session)
        principals = frozenset(str(one) for one in ids if one)
        if project_id is not None:
            with tenancy.project_scope(actor, project_id, PERMISSION) as access:
                return Audience(
                    projects=frozenset({project_id}),
                    project_homes=frozenset({access.org_id}),
                    only=project_id,
                    principals=principals,
                )
        return _everything(actor, principals)
    finally:
        close_old_connections()


def _everything(actor: Actor, principals: frozenset[str]) -> Audience:
    """Whole organizations where the role or key allows it, single projects elsewhere."""
    whole: set[UUID] = {PLATFORM} if _is_staff(actor) else set()
    projects: set[UUID] = set()
    homes: set[UUID] = set()
    belongings = tenancy.organizations_of(actor.person_id) if actor.person_id else []
    for organization in belongings:
        try:
            with tenancy.organization_scope(actor, organization.id) as access:
                # What concerns the person alone is heard by every member.
                heard = whole if PERMISSION in access.permissions else homes
                heard.add(organization.id)
        except (Forbidden, NotFound):
            continue
    before: UUID | None = None
    while len(whole - {PLATFORM}) < len(belongings) and len(projects) < MOST_PROJECTS:
        page = tenancy.list_projects(actor, before=before, limit=PAGE)
        for project in page:
            if project.org_id not in whole and _may_follow(actor, project.id):
                projects.add(project.id)
                homes.add(project.org_id)
        if len(page) < PAGE:
            break
        before = page[-1].id
    return Audience(frozenset(whole), frozenset(projects), frozenset(homes), None, principals)


def _is_staff(actor: Actor) -> bool:
    """Platform staff at a browser: a key never reads what happens to other people's accounts."""
    if actor.kind != "person" or actor.person_id is None:
        return False
    person = identity.get_person(actor.person_id)
    return person is not None and person.is_staff


def _may_follow(actor: Actor, project_id: UUID) -> bool:
    try:
        with tenancy.project_scope(actor, project_id, PERMISSION):
            return True
    except (Forbidden, NotFound):
        return False
