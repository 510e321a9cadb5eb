"""Settings → API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.tenancy.facade import (
    Belonging,
    KeyView,
    ProjectView,
    ServiceAccountView,
    create_api_key,
    list_projects,
    organization_keys,
    organizations_of,
    own_personal_keys,
    revoke_api_key,
    rotate_api_key,
    service_accounts,
)
from buildrunner.server.domains.tenancy.rules import ADMIN, OWNER, SCOPES
from buildrunner.server.domains.tenancy.web.asking import ask, back_to
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Forbidden, Invalid, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

SCOPE_WORDS: Final = {
    "planner.read": "Read projects, plans and events",
    "planner.write": "Change plans; reads too",
    "builder.run": "Claim microsteps; reads too",
    "qa.run": "Report checks; reads too",
    "analytics.read": "Read figures and plans",
    "*": "Everything you may do yourself",
}
# Days until a key ends; 0 is never.
LIVES: Final = (30, 90, 365, 0)
# Hours for which a rotated key still works.
GRACES: Final = {0: "Ends at once", 1: "1 hour", 24: "1 day", 72: "3 days", 168: "7 days"}
MAX_NAME = 100
MOST = 200


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of the list, whom it acts as, and where."""

    key: KeyView
    owner: str
    project: str
    ended: bool
    rotates: bool


@dataclass(frozen=True, slots=True)
class Managed:
    """An organization whose keys the visitor manages."""

    organization: Belonging
    services: list[ServiceAccountView]
    projects: list[ProjectView]
    keys: list[KeyView]


@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The visitor's keys, and those of organizations they manage; POST makes one."""
    actor = signed_in(request)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            context["made"], context["secret"] = _create(request, actor)
        except (Forbidden, NotFound, Invalid) as error:
            status = error.status
            context |= {
                "error": error.detail,
                "error_field": error.extensions.get("field", ""),
                "typed": request.POST,
                "chosen": request.POST.getlist("scopes"),
            }
    return _show(request, actor, context, status)


@never_cache
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End a key at once; GET asks first."""
    actor = signed_in(request)
    if request.method == "GET":
        line = _line(actor, key_id)
        return ask(
            request,
            title=f"Revoke {line.key.name}",
            body=f"Programs that use {line.key.prefix}… are refused at once. This cannot be "
            "undone; a new key has a new secret.",
            button="Revoke key",
            back="/settings/keys",
            hidden={"org_id": line.key.org_id or ""},
        )
    revoke_api_key(actor, key_id, org_id=_org(request))
    messages.success(request, "The key is revoked. Programs that used it are refused from now on.")
    return back_to("/settings/keys")


@never_cache
@require_http_methods(["GET", "POST"])
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """A new secret in place of an old one; GET asks for how long the old one still works."""
    actor = signed_in(request)
    if request.method == "GET":
        line = _line(actor, key_id)
        return render(request, "tenancy/rotate.html", {"key": line.key, "graces": GRACES.items()})
    hours = request.POST.get("grace_hours", "24")
    try:
        made, secret = rotate_api_key(
            actor,
            key_id,
            org_id=_org(request),
            grace_hours=int(hours) if hours in map(str, GRACES) else 24,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        messages.error(request, error.detail)
        return back_to("/settings/keys")
    return _show(request, actor, {"made": made, "secret": secret, "rotated": True}, 200)


def _show(request: HttpRequest, actor: Actor, context: dict[str, Any], status: int) -> HttpResponse:
    managed = _managed(actor)
    context = {
        "page": "keys",
        "lines": _lines(actor, managed),
        "managed": managed,
        "scopes": [(name, SCOPE_WORDS.get(name, name)) for name in SCOPES],
        "lives": [(days, _life(days)) for days in LIVES],
        "graces": GRACES.items(),
        "chosen": ["*"],
        **context,
    }
    return render(request, "tenancy/keys.html", context, status=status)


def _create(request: HttpRequest, actor: Actor) -> tuple[KeyView, str]:
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > MAX_NAME:
        raise Invalid(
            f"Give the key a name of 1 to {MAX_NAME} characters.", code="name", field="name"
        )
    org_id, service_id = _owner(actor, request.POST.get("owner", ""))
    project_id = _id(request.POST.get("project_id", ""), "project_id")
    if project_id and not org_id:
        raise Invalid(
            "A key of one project acts in its organization: choose that above.",
            code="project",
            field="project_id",
        )
    days = request.POST.get("days", "0")
    life = timedelta(days=int(days)) if days in map(str, LIVES) and days != "0" else None
    return create_api_key(
        actor,
        name=name,
        scopes=request.POST.getlist("scopes"),
        org_id=org_id,
        project_id=project_id,
        service_id=service_id,
        expires_at=timezone.now() + life if life else None,
    )


def _owner(actor: Actor, text: str) -> tuple[UUID | None, UUID | None]:
    """`""`: the visitor everywhere; an organization's id: there; `org/service`: as that account."""
    org, _, service = text.partition("/")
    org_id, service_id = _id(org, "owner"), _id(service, "owner")
    mine = organizations_of(actor.person_id) if actor.person_id else []
    if org_id and not any(one.id == org_id and one.role in (OWNER, ADMIN) for one in mine):
        raise Invalid("Choose yourself or an organization you manage.", code="owner", field="owner")
    return org_id, service_id


def _id(text: str, field: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("Choose one of the list.", code="unknown", field=field) from None


def _org(request: HttpRequest) -> UUID | None:
    return _id(request.POST.get("org_id", ""), "org_id")


def _managed(actor: Actor) -> list[Managed]:
    found = []
    for one in organizations_of(actor.person_id) if actor.person_id else []:
        if one.role not in (OWNER, ADMIN):
            continue
        try:
            found.append(
                Managed(
                    one,
                    service_accounts(actor, one.id, limit=MOST),
                    list_projects(actor, org_id=one.id, limit=MOST),
                    organization_keys(actor, one.id, limit=MOST),
                )
            )
        except Forbidden:  # it demands more of a session than this one has
            continue
    return found


def _lines(actor: Actor, managed: list[Managed]) -> list[KeyLine]:
    now = timezone.now()

    def line(key: KeyView, owner: str, project: str = "", *, own: bool) -> KeyLine:
        ended = key.expires_at is not None and key.expires_at <= now
        return KeyLine(key, owner, project, ended, own and key.replaced_by is None and not ended)

    lines = [line(key, "You", own=True) for key in own_personal_keys(actor)]
    for one in managed:
        robots = {robot.id: robot.name for robot in one.services}
        titles = {project.id: project.title for project in one.projects}
        for key in one.keys:
            name = one.organization.name
            own = key.service_id is not None or key.person_id == actor.person_id
            who = robots.get(key.service_id) if key.service_id else "You" if own else "A colleague"
            project = titles.get(key.project_id, "one project") if key.project_id else ""
            lines.append(line(key, f"{who or 'A service account'}, in {name}", project, own=own))
    return lines


def _line(actor: Actor, key_id: UUID) -> KeyLine:
    for line in _lines(actor, _managed(actor)):
        if line.key.id == key_id:
            return line
    raise NotFound("There is no such key, or it was revoked already.", code="key_not_found")


def _life(days: int) -> str:
    return {0: "Never", 365: "In a year"}.get(days, f"In {days} days")
