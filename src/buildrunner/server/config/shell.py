"""What the frame around every page shows: who is signed in, where they are, and where they may go.

The two tables are the whole navigation. A page that does not exist is not shown, nor one that the
visitor's permissions do not open; the page itself decides again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject, cached_property

from buildrunner.server.domains.identity.facade import Person
from buildrunner.server.domains.notifications.facade import Unread
from buildrunner.server.domains.notifications.facade import unread as unread_of
from buildrunner.server.domains.tenancy.facade import (
    Belonging,
    ProjectView,
    list_projects,
    look_at_project,
    organizations_of,
    permissions_of_roles,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError

PROJECTS = 100
SHOWN = 12
ORGANIZATION_COOKIE = "buildrunner_organization"


@dataclass(frozen=True, slots=True)
class Page:
    """A place to go: `path` may hold `{project}` or `{org}`; `permission` says who sees it."""

    title: str
    icon: str
    path: str
    permission: str = ""


PROJECT_PAGES = (
    Page("Create", "sparkles", "/projects/{project}/create", "plan.write"),
    Page("Plan", "list-tree", "/projects/{project}/plan", "plan.read"),
    Page("Flow", "workflow", "/projects/{project}/flow", "plan.read"),
    Page("Timeline", "chart-gantt", "/projects/{project}/timeline", "plan.read"),
    Page("Workbench", "wrench", "/projects/{project}/workbench", "plan.read"),
    Page("Discussion", "messages-square", "/projects/{project}/discussion", "plan.read"),
    Page("Reconcile", "git-merge", "/projects/{project}/reconcile", "plan.write"),
    Page("Tests", "flask-conical", "/projects/{project}/tests", "plan.read"),
    Page("Templates", "layout-template", "/projects/{project}/templates", "plan.read"),
    Page("Analytics", "chart-column", "/projects/{project}/analytics", "analytics.read"),
    Page("Governance", "scale", "/projects/{project}/governance", "plan.read"),
    Page("Usage", "coins", "/projects/{project}/usage", "usage.read"),
    Page("Models", "brain", "/projects/{project}/models", "plan.read"),
    Page("Explain", "message-circle-question-mark", "/projects/{project}/explain", "plan.read"),
    Page("History", "history", "/projects/{project}/history", "plan.read"),
)
SETTINGS_PAGES: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "account",
        (
            Page("Profile", "user", "/account/profile"),
            Page("Security", "shield", "/account/security"),
            Page("Notifications", "bell", "/account/notifications"),
            Page("Sessions", "monitor-smartphone", "/account/sessions"),
            Page("API keys", "key-round", "/settings/keys"),
            Page("Invitations", "ticket", "/invitations"),
            Page("Outbox", "mail", "/outbox", "staff"),
        ),
    ),
    (
        "organization",
        (
            Page("General", "building-2", "/orgs/{org}/settings", "org.read"),
            Page("Members", "users", "/orgs/{org}/members", "org.read"),
            Page("Plan and limits", "gauge", "/orgs/{org}/tier", "org.read"),
            Page("Usage and budgets", "coins", "/orgs/{org}/usage", "usage.read"),
            Page(
                "Anomalies", "trending-up-down", "/orgs/{org}/analytics/anomalies", "analytics.read"
            ),
            Page("Sources of usage", "import", "/orgs/{org}/analytics/sources", "analytics.read"),
            Page("Models", "brain", "/orgs/{org}/models", "model.manage"),
            Page("Teams", "users-round", "/orgs/{org}/teams", "org.read"),
            Page("Agents", "bot", "/orgs/{org}/agents", "org.read"),
            Page("Ledger", "scroll-text", "/orgs/{org}/ledger", "audit.read"),
            Page("Access reviews", "user-check", "/orgs/{org}/access-reviews", "audit.read"),
            Page("Blueprints", "layout-template", "/orgs/{org}/blueprints", "org.read"),
            Page("Channels", "message-square-share", "/orgs/{org}/channels", "webhook.manage"),
            Page("Webhooks", "webhook", "/orgs/{org}/webhooks", "webhook.manage"),
        ),
    ),
    (
        "project",
        (
            Page("General", "box", "/projects/{project}/settings", "project.read"),
            Page("Governance", "scale", "/projects/{project}/settings/governance", "plan.read"),
            Page(
                "Channels", "message-square-share", "/projects/{project}/channels", "project.manage"
            ),
        ),
    ),
)
_ANY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A page as the frame links it; `current` is true for the page being looked at and those below."""

    title: str
    icon: str
    href: str
    current: bool


class Shell:
    """The frame's words; empty where nobody is signed in. Each part is read when it is drawn."""

    def __init__(self, request: HttpRequest, actor: Actor | None, person: Person | None) -> None:
        self._request = request
        self._actor = actor
        self.person = person

    @cached_property
    def organizations(self) -> list[Belonging]:
        """Those of the visitor, in the order in which they were joined."""
        if self._actor is None or self._actor.person_id is None:
            return []
        return organizations_of(self._actor.person_id)

    @cached_property
    def _all_projects(self) -> list[ProjectView]:
        return list_projects(self._actor, limit=PROJECTS) if self._actor else []

    @cached_property
    def project(self) -> ProjectView | None:
        """The project whose page this is."""
        wanted = self._named("project_id")
        if wanted is None or self._actor is None:
            return None
        found = next((one for one in self._all_projects if one.id == wanted), None)
        if found is None:
            with suppress(DomainError):
                found = look_at_project(self._actor, wanted)
        return found

    @cached_property
    def organization(self) -> Belonging | None:
        """The organization of the page; elsewhere the one chosen last, else the one joined first."""
        wanted = self.project.org_id if self.project else self._named("org_id")
        chosen = wanted or _uuid(self._request.GET.get("org"))
        chosen = chosen or _uuid(self._request.COOKIES.get(ORGANIZATION_COOKIE))
        found = next((one for one in self.organizations if one.id == chosen), None)
        return found or (self.organizations[0] if self.organizations else None)

    @cached_property
    def projects(self) -> list[ProjectView]:
        """The newest of the organization that are not archived."""
        home = self.organization
        return [
            one
            for one in self._all_projects
            if one.archived_at is None and (home is None or one.org_id == home.id)
        ][:SHOWN]

    @cached_property
    def project_pages(self) -> list[Place]:
        """The pages of the project."""
        return self._places(PROJECT_PAGES) if self.project else []

    @cached_property
    def unread(self) -> Unread:
        """What the bell says."""
        return unread_of(self._actor) if self._actor else Unread(0, 0)

    @cached_property
    def settings(self) -> list[tuple[str, list[Place]]]:
        """The groups of settings that the visitor can open, each with its heading."""
        groups = []
        for kind, pages in SETTINGS_PAGES:
            if kind == "organization" and self.organization is None:
                continue
            if kind == "project" and self.project is None:
                continue
            places = self._places(pages)
            if places:
                groups.append((self._heading(kind), places))
        return groups

    @cached_property
    def in_settings(self) -> bool:
        """Whether this is a page of the settings."""
        return any(place.current for _, places in self.settings for place in places)

    @cached_property
    def first_setting(self) -> Place | None:
        """Where `Settings` leads: those of the project on its pages, else one's own."""
        groups = self.settings
        if not groups:
            return None
        return groups[-1][1][0] if self.project else groups[0][1][0]

    def _heading(self, kind: str) -> str:
        if kind == "organization" and self.organization:
            return self.organization.name
        if kind == "project" and self.project:
            return self.project.title
        return "Your account"

    def _named(self, parameter: str) -> UUID | None:
        match = self._request.resolver_match
        value = match.kwargs.get(parameter) if match else None
        return value if isinstance(value, UUID) else None

    @cached_property
    def _permissions(self) -> frozenset[str]:
        role = self.organization.role if self.organization else None
        allowed = permissions_of_roles(role, self.project.role if self.project else None)
        return allowed | {"staff"} if self.person and self.person.is_staff else allowed

    def _places(self, pages: tuple[Page, ...]) -> list[Place]:
        names = {
            "project": self.project.id if self.project else "",
            "org": self.organization.id if self.organization else "",
        }
        found = []
        for page in pages:
            if page.permission and page.permission not in self._permissions:
                continue
            if not _exists(page.path):
                continue
            href = page.path.format(**names)
            found.append((page, href))
        # Of pages below one another the lower one is the place one is at.
        path = self._request.path
        above = [href for _, href in found if path == href or path.startswith(f"{href}/")]
        here = max(above, key=len, default="")
        return [Place(page.title, page.icon, href, href == here) for page, href in found]


@lru_cache
def _exists(path: str) -> bool:
    try:
        resolve(path.format(project=_ANY, org=_ANY))
    except Resolver404:
        return False
    return True


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, read only where a template draws the frame."""
    return {"shell": SimpleLazyObject(lambda: _read(request))}


def _read(request: HttpRequest) -> Shell:
    actor: Actor | None = getattr(request, "actor", None)
    person = getattr(request, "user", None)
    if actor is None or actor.person_id is None or not isinstance(person, Person):
        return Shell(request, None, None)
    return Shell(request, actor, person)
