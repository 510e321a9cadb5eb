"""The page Explain: the plan in prose, the overview to hand on, and the guided tour."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.explanations import Audience
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.document import Entity, walk

_AUDIENCES: tuple[tuple[Audience, str], ...] = (
    ("general", "Everybody"),
    ("business", "The business"),
    ("technical", "Engineers"),
)
_LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français"))
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_CHOICES = 2_000


@never_cache
@require_GET
def explain(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One narrative; `about` names what it is of, the plan where it is empty."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _frame(request, access, "explain")
        if context["revision"]:
            context["told"] = ai.explain(
                access,
                context["about"],
                audience=context["audience"],
                language=context["language"],
            )
            context["choices"] = _choices(access)
    return render(request, "ai/explain.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def worded(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The same in a model's words, shown once; to look leads back to the plan's own."""
    actor = signed_in(request)
    if request.method == "GET":
        with project_scope(actor, project_id, "plan.read"):
            return redirect(f"/projects/{project_id}/explain?{request.GET.urlencode()}")
    with project_scope(actor, project_id, "plan.read") as access:
        context = _frame(request, access, "explain")
        context["choices"] = _choices(access) if context["revision"] else []
    status = 200
    try:
        context["told"] = ai.word_explanation(
            actor,
            project_id,
            context["about"],
            audience=context["audience"],
            language=context["language"],
        )
    except DomainError as refused:
        if refused.status not in (402, 422):
            raise
        context["refused"], status = refused.detail, refused.status
        with project_scope(actor, project_id, "plan.read") as access:
            context["told"] = ai.explain(
                access,
                context["about"],
                audience=context["audience"],
                language=context["language"],
            )
    return render(request, "ai/explain.html", context, status=status)


@never_cache
@require_GET
def overview(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The plan and each milestone, below each other."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _frame(request, access, "overview")
        if context["revision"]:
            context["all_told"] = ai.overview(
                access, audience=context["audience"], language=context["language"]
            )
    return render(request, "ai/explain.html", context)


@never_cache
@require_GET
def tour(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Stop by stop; the answers are folded."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _frame(request, access, "tour")
        if context["revision"]:
            context["tour"] = ai.tour(
                access, audience=context["audience"], language=context["language"]
            )
    return render(request, "ai/explain.html", context)


def _frame(request: HttpRequest, access: ProjectAccess, view: str) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    audience = _audience(given.get("audience", "technical" if view == "tour" else ""))
    language = given.get("language", "")
    if not _TAG.fullmatch(language):
        language = "en"
    base = f"/projects/{access.project_id}/explain"
    query = urlencode({"audience": audience, "language": language})
    return {
        "project": get_project(access),
        "revision": plans.read_head(access).revision,
        "view": view,
        "about": given.get("about", "")[:512] if view == "explain" else "",
        "may_ask": "model.use" in access.permissions,
        "audience": audience,
        "audiences": _AUDIENCES,
        "language": language,
        "languages": _LANGUAGES,
        "base": base,
        "query": query,
        "views": (
            ("explain", "Explanation", f"{base}?{query}"),
            ("overview", "Overview", f"{base}/overview?{query}"),
            ("tour", "Tour", f"{base}/tour?{query}"),
        ),
        "plan_base": f"/projects/{access.project_id}/plan",
        "file": f"/api/projects/{access.project_id}/overview?{query}",
    }


def _audience(value: str) -> Audience:
    return next((name for name, _ in _AUDIENCES if name == value), "general")


def _choices(access: ProjectAccess) -> list[tuple[str, str]]:
    """Milestones and steps by id, indented; microsteps are reached from what is told of them."""
    found = []
    for entity in walk(plans.read_plan(access).plan()):
        if entity.kind in ("milestone", "step") and entity.id:
            found.append((entity.id, _label(entity)))
            if len(found) == _CHOICES:
                break
    return found


def _label(entity: Entity) -> str:
    title = str(entity.value.get("title") or entity.id)[:90]
    return f"\u2003{title}" if entity.kind == "step" else title
