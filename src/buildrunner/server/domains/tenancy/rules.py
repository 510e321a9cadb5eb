"""Who may do what: the one permission table that pages, API, CLI and agents obey.

Permissions are `noun.verb`. A role gives permissions; an API key's scopes narrow them.
"""

from __future__ import annotations

from typing import Final

PERMISSIONS: Final[dict[str, str]] = {
    "org.read": "see the organization and its members",
    "org.manage": "rename the organization and change its settings",
    "project.create": "create projects",
    "project.read": "see the project",
    "project.manage": "rename, archive and configure the project",
    "plan.read": "read the plan",
    "plan.write": "change the plan",
    "claim.take": "claim microsteps",
    "event.read": "follow what happens",
    "member.manage": "add, change and remove members",
    "key.manage": "create and revoke API keys",
}
EVERYTHING: Final = frozenset(PERMISSIONS)

LONGEST_NAME: Final = 120
LONGEST_TITLE: Final = 200

OWNER, ADMIN, MEMBER = "owner", "admin", "member"
PM, TECHLEAD, QA, CONTRIBUTOR, VIEWER = "pm", "techlead", "qa", "contributor", "viewer"

_READ = frozenset({"project.read", "plan.read", "event.read"})
_WORK = _READ | {"plan.write", "claim.take"}

ORG_ROLES: Final[dict[str, frozenset[str]]] = {
    OWNER: EVERYTHING,
    ADMIN: EVERYTHING,
    MEMBER: frozenset({"org.read", "project.create"}),
}
PROJECT_ROLES: Final[dict[str, frozenset[str]]] = {
    PM: _WORK | {"project.manage", "member.manage"},
    TECHLEAD: _WORK,
    QA: _READ,
    CONTRIBUTOR: _WORK,
    VIEWER: _READ,
}
ROLE_TITLES: Final[dict[str, str]] = {
    OWNER: "an owner of the organization",
    ADMIN: "an admin of the organization",
    MEMBER: "a member of the organization",
    PM: "the project's PM",
    TECHLEAD: "the project's TechLead",
    QA: "QA",
    CONTRIBUTOR: "a contributor",
    VIEWER: "a viewer",
}

# Whoever writes or builds is answered with what others changed, so those scopes read as well.
SCOPES: Final[dict[str, frozenset[str]]] = {
    "planner.read": _READ | {"org.read"},
    "planner.write": _READ | {"org.read", "plan.write"},
    "builder.run": _READ | {"org.read", "claim.take"},
    "qa.run": _READ | {"org.read"},
    "analytics.read": _READ | {"org.read"},
    "*": EVERYTHING,
}

# Only someone who already holds what a role gives may hand that role out.
_ORG_RANK: Final = {OWNER: 3, ADMIN: 2, MEMBER: 1}


def of_roles(org_role: str | None, project_role: str | None = None) -> frozenset[str]:
    """What the two roles of a person allow together; unknown roles allow nothing."""
    return ORG_ROLES.get(org_role or "", frozenset()) | PROJECT_ROLES.get(
        project_role or "", frozenset()
    )


def of_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """What an API key's scopes let through at most."""
    if "*" in scopes:
        return EVERYTHING
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))


def scopes_for(permission: str) -> list[str]:
    """The scopes that let a permission through, narrowest first."""
    fitting = [name for name, allowed in SCOPES.items() if permission in allowed]
    return sorted(fitting, key=lambda name: (len(SCOPES[name]), name))


def who_can_grant(permission: str, *, in_project: bool) -> list[str]:
    """The roles whose holders can give somebody the permission: those that manage members.

    Within a project its PM can hand out project roles; organization-wide permissions come from
    owners and admins.
    """
    roles = [OWNER, ADMIN]
    if in_project and any(permission in allowed for allowed in PROJECT_ROLES.values()):
        roles.append(PM)
    return roles


def may_hand_out_org_role(own: str | None, role: str) -> bool:
    """Nobody lifts another above himself: only owners make owners, admins make up to admins."""
    return _ORG_RANK.get(own or "", 0) >= max(_ORG_RANK[role], _ORG_RANK[ADMIN])


def narrower(scopes: frozenset[str], than: frozenset[str]) -> bool:
    """Whether a new key's scopes stay inside those of the key that makes it."""
    return "*" in than or scopes <= than
