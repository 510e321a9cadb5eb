"""Trying blueprints on a plan, choosing where both cannot stand, and applying them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.blueprints.web import forms
from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in

MOST_CHANGES = 300


@never_cache
@require_http_methods(["GET", "POST"])
def use(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """`?pick=ID…` shows what they would do; POST with other values and choices shows it again,
    or applies it."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read"):
        pass
    if request.method == "GET":
        chosen = forms.picked(request.GET)
        if not chosen:
            return HttpResponseRedirect(f"/projects/{project_id}/templates")
        return show(request, actor, project_id, chosen)
    chosen, answers = forms.wanted(request.POST), forms.answers(request.POST)
    if request.POST.get("act") != "apply":
        chosen = [replace(one, digest="") for one in chosen]  # looked at anew
        return show(request, actor, project_id, chosen, answers)
    revision = request.POST.get("revision", "")
    try:
        done = blueprints.apply_blueprints(
            actor,
            project_id,
            wanted=chosen,
            resolutions=answers,
            expected_revision=int(revision) if revision.isdecimal() else None,
        )
    except DomainError as refusal:
        if refusal.status == 404 or (
            refusal.status == 403 and not isinstance(refusal, blueprints.BlueprintRefused)
        ):
            raise
        chosen = [replace(one, digest="") for one in chosen]
        return show(request, actor, project_id, chosen, answers, trouble=refusal)
    names = ", ".join(f"{one['name']} {one['version']}" for one in done.packs)
    if done.created:
        messages.success(request, f"Applied {names}. History takes it back in one step.")
        return HttpResponseRedirect(f"/projects/{project_id}/plan", status=303)
    messages.success(request, f"The plan has all of {names} already.")
    return HttpResponseRedirect(f"/projects/{project_id}/templates", status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A file, an address or a text; POST reads it and shows what it would do."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        context: dict[str, Any] = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/templates",
            "typed": request.POST if request.method == "POST" else request.GET,
        }
    if request.method == "GET":
        return render(request, "blueprints/import.html", context)
    try:
        text, url = forms.document_of(request)
        document = blueprints.read(blueprints.fetch(url) if url else text, url)
    except DomainError as refusal:
        context["trouble"] = refusal
        context["findings"] = refusal.extensions.get("findings", [])
        return render(request, "blueprints/import.html", context, status=refusal.status)
    wanted = [blueprints.Wanted(url=url, document="" if url else text)]
    return show(request, actor, project_id, wanted, documents=[document])


def show(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    chosen: list[blueprints.Wanted],
    answers: dict[tuple[str, str], str] | None = None,
    *,
    trouble: DomainError | None = None,
    documents: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    """The form with what it would do, or with what is wrong."""
    with project_scope(actor, project_id, "plan.read") as access:
        context: dict[str, Any] = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/templates",
            "writes": "plan.write" in access.permissions,
            "answers": answers or {},
        }
    status = trouble.status if trouble else 200
    try:
        documents = documents or blueprints.documents_of(actor, project_id, chosen)
        context["packs"] = forms.packs(chosen, documents)
        seen = blueprints.preview(actor, project_id, wanted=chosen, resolutions=answers)
        whole = blueprints.preview(actor, project_id, wanted=chosen) if answers else seen
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        trouble, status = trouble or refusal, refusal.status
    else:
        context["seen"] = seen
        context["changes"] = seen.changes[:MOST_CHANGES]
        context["more"] = len(seen.changes) - len(context["changes"])
        context["conflicts"] = [
            {**one, "chosen": (answers or {}).get((one["id"], one["field"]), "")}
            for one in whole.conflicts
        ]
    context["trouble"] = trouble
    context["wrong"] = (
        {row["name"]: row["message"] for row in trouble.extensions.get("problems", [])}
        if trouble
        else {}
    )
    return render(request, "blueprints/use.html", context, status=status)
