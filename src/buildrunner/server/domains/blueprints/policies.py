"""Who stands for an approval that the policy asks for."""

from __future__ import annotations

from buildrunner.policy.roles import plain
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor

# Owners and admins do in a project what its PM does.
_STANDING_IN = ("owner", "admin")


def approving_roles(actor: Actor, access: ProjectAccess) -> frozenset[str]:
    """The roles by which an actor approves by acting: none unless a person does it in a browser."""
    if actor.kind != "person" or actor.person_id is None:
        return frozenset()
    held = {plain(role) for role in (access.project_role, access.org_role) if role}
    return frozenset(held | ({"pm"} if access.org_role in _STANDING_IN else set()))
