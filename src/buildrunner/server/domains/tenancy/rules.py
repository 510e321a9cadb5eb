"""Who may do what: the one permission table that pages, API, CLI and agents obey.

Permissions are `noun.verb`. A role gives permissions; an API key's scopes narrow them.
"""

from __future__ import annotations

import re
from typing import Final

PERMISSIONS: Final[dict[str, str]] = {
    "org.read": "see the organization and its members",
    "org.manage": "rename the organization and change its settings",
    "org.own": "transfer or delete the organization",
    "project.create": "create projects",
    "project.read": "see the project",
    "project.manage": "rename, archive and configure the project",
    "plan.read": "read the plan",
    "plan.write": "change the plan",
    "claim.take": "claim microsteps",
    "event.read": "follow what happens",
    "member.manage": "add, change and remove members",
    "key.manage": "create and revoke API keys",
    "webhook.manage": "manage outbound webhooks and read their log",
    "evidence.write": "report what checks found",
    "evidence.sign_off": "sign off criteria in person",
    "policy.manage": "change the policy and grant waivers",
    "approval.request": "ask for approval of a change",
    "approval.give": "approve changes in person",
    "comment.write": "comment, resolve and react",
    "comment.promote": "make microsteps of comments",
    "blueprint.publish": "publish blueprints of the organization",
    "usage.read": "see usage, costs and budgets",
    "usage.write": "report usage",
    "budget.manage": "set budgets, prices and quotas",
    "model.use": "call models",
    "model.manage": "manage model providers, profiles and routing",
    "analytics.read": "see analytics and reports",
    "audit.read": "read, export and verify the ledger",
    "audit.manage": "seal checkpoints, set retention, run access reviews",
}
EVERYTHING: Final = frozenset(PERMISSIONS)

LONGEST_NAME: Final = 120
LONGEST_TITLE: Final = 200

INVITATION_DAYS: Final = 7
MOST_PROJECT_ROLES: Final = 20
MOST_TEAMS: Final = 200
LARGEST_TEAM: Final = 500
_TEAM: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# A rotated key works on for at most a week.
GRACE_HOURS: Final = 24
LONGEST_GRACE_HOURS: Final = 168

OWNER, ADMIN, MEMBER = "owner", "admin", "member"
PM, TECHLEAD, QA, CONTRIBUTOR, VIEWER = "pm", "techlead", "qa", "contributor", "viewer"

_READ = frozenset({"project.read", "plan.read", "event.read"})
_REPORT = frozenset({"evidence.write", "approval.request"})
_JUDGE = frozenset({"evidence.sign_off", "approval.give"})
_PUBLISH = frozenset({"blueprint.publish"})
_TALK = frozenset({"comment.write"})
_PROMOTE = frozenset({"comment.promote"})
_COSTS = frozenset({"usage.read", "analytics.read"})
_SPEND = frozenset({"usage.write", "model.use"})
_WORK = _READ | _REPORT | _TALK | _SPEND | {"plan.write", "claim.take"}

ORG_ROLES: Final[dict[str, frozenset[str]]] = {
    OWNER: EVERYTHING,
    ADMIN: EVERYTHING - {"org.own"},
    MEMBER: frozenset({"org.read", "project.create"}),
}
PROJECT_ROLES: Final[dict[str, frozenset[str]]] = {
    PM: _WORK
    | _JUDGE
    | _PUBLISH
    | _PROMOTE
    | _COSTS
    | {"project.manage", "member.manage", "policy.manage", "budget.manage", "model.manage"},
    TECHLEAD: _WORK | _JUDGE | _PUBLISH | _PROMOTE | _COSTS,
    QA: _READ | _REPORT | _TALK | _JUDGE,
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

# The same in one word or two, for forms and mails.
ROLE_WORDS: Final[dict[str, str]] = {
    OWNER: "Owner",
    ADMIN: "Admin",
    MEMBER: "Member",
    PM: "PM",
    TECHLEAD: "TechLead",
    QA: "QA",
    CONTRIBUTOR: "Contributor",
    VIEWER: "Viewer",
}

# What an archived project refuses to everybody. Its people can still be changed, and usage that
# is reported late still counts.
FROZEN: Final = (
    frozenset({"plan.write", "claim.take", "policy.manage", "model.use"})
    | _REPORT
    | _JUDGE
    | _TALK
    | _PROMOTE
)

# Whoever writes or builds is answered with what others changed, so those scopes read as well.
SCOPES: Final[dict[str, frozenset[str]]] = {
    "planner.read": _READ | {"org.read"},
    "planner.write": _READ | _TALK | _SPEND | {"org.read", "plan.write", "approval.request"},
    "builder.run": _READ | _REPORT | _TALK | _SPEND | {"org.read", "claim.take"},
    "qa.run": _READ | _REPORT | _TALK | _SPEND | {"org.read"},
    "analytics.read": _READ | _COSTS | {"org.read"},
    "*": EVERYTHING,
}

# Only someone who already holds what a role gives may hand that role out.
_ORG_RANK: Final = {OWNER: 3, ADMIN: 2, MEMBER: 1}
# A service account owns nothing.
SERVICE_ROLES: Final = (ADMIN, MEMBER)

# Bounds of an organization's security settings, each included.
SESSION_SECONDS: Final = (300, 30 * 24 * 3600)
LOGIN_ATTEMPTS: Final = (1, 100)


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
    roles = [role for role in (OWNER, ADMIN) if permission in ORG_ROLES[role]]
    if in_project and any(permission in allowed for allowed in PROJECT_ROLES.values()):
        roles.append(PM)
    return roles


def may_hand_out_org_role(own: str | None, role: str) -> bool:
    """Nobody lifts another above himself: only owners make owners, admins make up to admins."""
    return _ORG_RANK.get(own or "", 0) >= max(_ORG_RANK[role], _ORG_RANK[ADMIN])


def may_hand_out_project_role(own: frozenset[str], role: str) -> bool:
    """Nobody hands out more in a project than he may do there himself."""
    return PROJECT_ROLES[role] <= own


def narrower(scopes: frozenset[str], than: frozenset[str]) -> bool:
    """Whether a new key's scopes stay inside those of the key that makes it."""
    return "*" in than or scopes <= than


def is_team_name(name: str) -> bool:
    """Whether a team may be called so. Never as a role is: a policy names both in one place, and
    whoever makes teams would hand out what roles decide."""
    roles = {*ORG_ROLES, *PROJECT_ROLES, "tenantadmin", "globaladmin", "supportagent"}
    return _TEAM.fullmatch(name) is not None and name.replace("-", "") not in roles
