"""Who acts in person, and in which roles."""

from __future__ import annotations

from uuid import UUID

from buildrunner.policy.roles import plain, shown
from buildrunner.server.domains.governance.errors import InPersonOnly
from buildrunner.server.domains.tenancy.facade import ProjectAccess, team_names_of
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.gates import Gate

# Owners and admins do in a project what its PM does.
_STANDING_IN = ("owner", "admin")


@Gate
def open_anomalies(org_id: UUID, project_id: UUID) -> int:  # noqa: ARG001
    """How many anomalies of a project nobody has settled, in the organization's scope."""
    return 0


def in_person(actor: Actor, access: ProjectAccess, what: str, page: str = "") -> UUID:
    """The person; raises InPersonOnly unless one acts in a browser."""
    if actor.kind != "person" or actor.person_id is None:
        raise InPersonOnly(what, f"/projects/{access.project_id}/governance{page}")
    return actor.person_id


def roles_of(access: ProjectAccess, person_id: UUID) -> list[str]:
    """The roles held here, as a policy names them, then the person's teams; an owner or admin
    counts as PM too. No team is called as a role is."""
    return [*roles_from(access.org_role, access.project_role), *team_names_of(person_id)]


def roles_from(org_role: str | None, project_role: str | None) -> list[str]:
    """The same from the two roles."""
    held = [shown(role) for role in (project_role, org_role) if role]
    if org_role in _STANDING_IN:
        held.append("PM")
    return list(dict.fromkeys(held))


def holds_one(roles: list[str], wanted: list[str]) -> bool:
    """Whether one of the roles is among those wanted, however they are written."""
    named = {plain(role) for role in wanted}
    return any(plain(role) in named for role in roles)
