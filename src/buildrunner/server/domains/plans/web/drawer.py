"""The drawer: one milestone, step or microstep under an address of its own, and its fields."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from buildrunner.server.domains.plans.facade import (
    EditConflict,
    EntityAbsent,
    NotProven,
    Seen,
    TransitionRefused,
    edit_field,
    edit_plan,
    proof_details,
    set_status,
    spoken_of,
)
from buildrunner.server.domains.plans.web import fields
from buildrunner.server.domains.plans.web.changes import gather
from buildrunner.server.domains.plans.web.edits import unproven
from buildrunner.server.domains.plans.web.entries import conflict_words, describe
from buildrunner.server.domains.plans.web.fields import exact
from buildrunner.server.domains.plans.web.forms import FieldEdit
from buildrunner.server.domains.plans.web.outline import Entry, Milestone, Outline, Row
from buildrunner.server.domains.plans.web.pages import Context, page_context, render_changes
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in, wants_fragment


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def entry(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """One milestone, step or microstep in the drawer; POST changes a field of it."""
    actor = signed_in(request)
    if request.method == "POST":
        return _save(request, actor, project_id, entity_id)
    return _drawer(request, actor, project_id, entity_id)


def _drawer(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    entity_id: str,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        outline = outline_of(access)
        found = outline.find(entity_id) if outline else None
        if outline is None or found is None:
            raise EntityAbsent(entity_id)
        milestone = found if isinstance(found, Milestone) else found.milestone
        context = page_context(request, access, outline, showing=milestone)
        context |= _told(access, outline, found, context) | extra
        if wants_fragment(request):
            return render(request, "plans/parts/drawer.html", context, status=status)
        context["project"] = get_project(access)
        return render(request, "plans/plan.html", context, status=status)


def _told(access: ProjectAccess, outline: Outline, entry: Entry, context: Context) -> Context:
    """What the drawer's templates need beyond those of the page."""
    project_id = access.project_id
    placed = (entry.value, entry.step.value) if isinstance(entry, Row) else None
    return {
        "entry": entry,
        "claim": context["claims"].get(entry.id),
        "history": f"/projects/{project_id}/history",
        "tests": f"/projects/{project_id}/tests",
        "talk": f"/projects/{project_id}/discussion",
        "spoken": spoken_of(access, entry.kind, entry.id),
        "proof_details": proof_details(access, outline.project, placed) if placed else None,
        **describe(project_id, outline, entry),
    }


def _save(request: HttpRequest, actor: Actor, project_id: UUID, entity_id: str) -> HttpResponse:
    """Save one field; a script gets the changed fragments, a plain form is sent back to the page."""
    scripted = wants_fragment(request)
    try:
        edit = _apply(actor, project_id, entity_id, request.POST)
    except EditConflict as error:
        words = conflict_words(error, _typed(request.POST))
        if scripted:
            return render(request, "plans/parts/conflict.html", {"conflict": words}, status=409)
        return _drawer(request, actor, project_id, entity_id, status=409, conflict=words)
    except (NotProven, TransitionRefused) as error:
        if scripted:
            return unproven(request, project_id, error)
        return _drawer(request, actor, project_id, entity_id, status=409, problem=error.detail)
    except DomainError as error:
        if scripted:
            context = {"detail": error.detail}
            return render(request, "plans/parts/failed.html", context, status=error.status)
        if error.status in (400, 422):
            return _drawer(
                request, actor, project_id, entity_id, status=error.status, problem=error.detail
            )
        raise
    if not scripted:
        return HttpResponseRedirect(request.get_full_path(), status=303)
    with project_scope(actor, project_id, "plan.read") as access:
        outline = outline_of(access)
        found = outline.find(entity_id) if outline else None
        if outline is None or found is None:
            raise EntityAbsent(entity_id)
        context = page_context(request, access, outline)
        if "drawer" in request.POST:
            context |= _told(access, outline, found, context) | {"sent": exact(edit.value)}
        return render_changes(request, context, gather(outline, [found.id]))


def _apply(
    actor: Actor, project_id: UUID, entity_id: str, values: QueryDict
) -> FieldEdit | fields.FieldEdit:
    if values.get("field") not in ("title", "status"):
        typed = fields.read(values)
        edit_field(
            actor,
            project_id,
            entity_id=entity_id,
            field=typed.field,
            value=typed.value,
            seen=typed.base,
        )
        return typed
    edit = FieldEdit.read(values)
    if edit.field == "status":
        set_status(actor, project_id, entity_id=entity_id, status=edit.value, seen=edit.base)
    else:
        operation = {"op": "set", "id": entity_id, "field": edit.field, "value": edit.value}
        seen = Seen(entity_id, edit.field, edit.base)
        edit_plan(actor, project_id, change=[operation], seen=[seen])
    return edit


def _typed(values: QueryDict) -> str:
    """What the person typed, as they typed it."""
    return "\n".join(values.getlist("item")) or values.get("value", "")
