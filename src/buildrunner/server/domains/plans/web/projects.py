"""The list of projects with their progress, and the page that makes one.

They stand here and not in tenancy, since progress is read from plans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.plans.facade import HeadSummary
from buildrunner.server.domains.plans.web.outline import Counts
from buildrunner.server.domains.plans.web.pages import proof_of
from buildrunner.server.domains.plans.web.reading import known_counts, outline_of
from buildrunner.server.domains.tenancy.facade import (
    ProjectView,
    create_project,
    list_projects,
    organizations_of,
    project_scope,
)
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

MAX_TITLE = 200
PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One project of the list; `counts` is None until its plan was read."""

    project: ProjectView
    organization: str
    counts: Counts | None


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where a visit begins."""
    signed_in(request)
    return HttpResponseRedirect("/projects")


@require_GET
def projects(request: HttpRequest) -> HttpResponse:
    """Every project the visitor sees, newest first; with `org` only those of one organization."""
    actor = signed_in(request)
    names = (
        {found.id: found.name for found in organizations_of(actor.person_id)}
        if actor.person_id
        else {}
    )
    before = _uuid(request.GET.get("before"))
    chosen = _uuid(request.GET.get("org"))
    found = list_projects(actor, org_id=chosen, before=before, limit=PAGE + 1)
    lines = [
        Line(
            project,
            names.get(project.org_id, ""),
            known_counts(project.id, HeadSummary(project.revision, project.document_hash)),
        )
        for project in found[:PAGE]
    ]
    context: dict[str, Any] = {
        "page": "projects",
        "lines": lines,
        "several": len(names) > 1 and chosen is None,
        "chosen": chosen if chosen in names else None,
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "later": before is not None,
    }
    return render(request, "plans/projects.html", context)


@require_GET
def progress(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The progress of one project, fetched by the list where no process had read it yet."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        context = {
            "counts": outline.counts if outline else None,
            "proof": proof_of(access, outline) if outline else None,
        }
        return render(request, "plans/parts/progress.html", context)


@require_GET
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A project's address leads to its plan."""
    with project_scope(signed_in(request), project_id):
        return HttpResponseRedirect(f"/projects/{project_id}/plan")


@require_http_methods(["GET", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    """The form for a project, and its making."""
    actor = signed_in(request)
    organizations = organizations_of(actor.person_id) if actor.person_id else []
    context: dict[str, Any] = {"page": "projects", "organizations": organizations}
    if request.method == "GET":
        return render(request, "plans/new_project.html", context)
    title = " ".join(request.POST.get("title", "").split())
    org_id = _uuid(request.POST.get("org_id"))
    try:
        if not title:
            raise Invalid("Give the project a title.")
        if len(title) > MAX_TITLE:
            raise Invalid(f"A title has at most {MAX_TITLE} characters.")
        made = create_project(actor, title=title, org_id=org_id)
    except DomainError as error:
        context |= {"title": title, "chosen": org_id, "error": error.detail}
        return render(request, "plans/new_project.html", context, status=error.status)
    return HttpResponseRedirect(f"/projects/{made.id}/plan", status=303)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
