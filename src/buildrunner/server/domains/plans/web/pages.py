"""The Plan page and its fragments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from buildrunner.server.domains.plans.facade import (
    EditConflict,
    EntityAbsent,
    Seen,
    edit_plan,
    list_claims,
    operations_between,
    set_status,
)
from buildrunner.server.domains.plans.web import windows
from buildrunner.server.domains.plans.web.changes import Changes, gather, read_changes
from buildrunner.server.domains.plans.web.entries import conflict_words, describe
from buildrunner.server.domains.plans.web.forms import FieldEdit, read_number, read_opened
from buildrunner.server.domains.plans.web.outline import STATUSES, Milestone, Outline
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in, wants_fragment

# A page this far behind gets the whole tree.
MAX_BEHIND = 500

Context = dict[str, Any]


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def plan(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The page, or for the filter form only its tree."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _context(request, access, outline_of(access))
        if wants_fragment(request, "tree"):
            return render(request, "plans/parts/tree.html", context)
        return render(request, "plans/plan.html", {**context, "project": get_project(access)})


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
        context = _context(request, access, outline, showing=milestone)
        context |= {"entry": found, "claim": context["claims"].get(found.id)}
        context |= describe(outline, found) | extra
        if wants_fragment(request):
            return render(request, "plans/parts/drawer.html", context, status=status)
        context["project"] = get_project(access)
        return render(request, "plans/plan.html", context, status=status)


def _save(request: HttpRequest, actor: Actor, project_id: UUID, entity_id: str) -> HttpResponse:
    """Save one field; a script gets the changed fragments, a plain form is sent back to the page."""
    scripted = wants_fragment(request)
    value = request.POST.get("value", "")
    try:
        edit = FieldEdit.read(request.POST)
        _apply(actor, project_id, entity_id, edit)
    except EditConflict as error:
        words = conflict_words(error, value)
        if scripted:
            return render(request, "plans/parts/conflict.html", {"conflict": words}, status=409)
        return _drawer(request, actor, project_id, entity_id, status=409, conflict=words)
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
        if outline is None:
            raise EntityAbsent(entity_id)
        context = _context(request, access, outline)
        return _changes(request, context, gather(outline, [entity_id]))


def _apply(actor: Actor, project_id: UUID, entity_id: str, edit: FieldEdit) -> None:
    if edit.field == "status":
        set_status(actor, project_id, entity_id=entity_id, status=edit.value, seen=edit.base)
        return
    operation = {"op": "set", "id": entity_id, "field": edit.field, "value": edit.value}
    edit_plan(actor, project_id, change=[operation], seen=[Seen(entity_id, edit.field, edit.base)])


@require_GET
def milestone(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """The steps of a milestone that was unfolded, or its next rows (`start`)."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        found = outline.find(entity_id) if outline else None
        if not isinstance(found, Milestone):
            raise EntityAbsent(entity_id, "milestone")
        context = _context(request, access, outline)
        start = read_number(request.GET.get("start"))
        context["window"] = windows.cut(found, windows.Filter(), context["claims"], start=start)
        return render(request, "plans/parts/steps.html", context)


@require_GET
def rows(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What is new since revision `since`, or the rows `ids` as they stand; 204 for nothing.

    Milestones that the page has open come as `open=<rows>:<id>`, its filter as on the page.
    """
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        if outline is None:
            return HttpResponse(status=204)
        opened = read_opened(request.GET.getlist("open"))
        context = _context(request, access, outline, opened=opened)
        ids = request.GET.getlist("ids")
        if ids:
            return _changes(request, context, gather(outline, ids[:500]))
        since = read_number(request.GET.get("since"))
        if since == outline.revision:
            return HttpResponse(status=204)
        if not 0 < since < outline.revision or outline.revision - since > MAX_BEHIND:
            return _changes(request, context, Changes(structure=True))
        if context["wanted"]:  # rows may start or cease to fit the filter
            return _changes(request, context, Changes(structure=True))
        operations = operations_between(access, since, outline.revision)
        return _changes(request, context, read_changes(outline, operations))


def _changes(request: HttpRequest, context: Context, changes: Changes) -> HttpResponse:
    claims = context["claims"]
    context |= {
        "changes": changes,
        "structure": changes.structure,
        "rows": [(row, claims.get(row.id)) for row in changes.rows.values()],
    }
    return render(request, "plans/parts/changes.html", context)


def _context(
    request: HttpRequest,
    access: ProjectAccess,
    outline: Outline | None,
    *,
    opened: dict[str, int] | None = None,
    showing: Milestone | None = None,
) -> Context:
    """What every template of the plan needs, in the open scope."""
    wanted = windows.Filter.read(request.GET, request.GET.getlist("status"))
    context: Context = {
        "base": f"/projects/{access.project_id}/plan",
        "claims": {claim.microstep_id: claim for claim in list_claims(access)},
        "may_write": "plan.write" in access.permissions,
        "outline": outline,
        "page": "plan",
        "public_url": settings.BR_PUBLIC_URL,
        "statuses": STATUSES,
        "wanted": wanted,
    }
    if outline:
        context["large"] = outline.counts["total"] > windows.FIRST_PAGE
        context["status_counts"] = [(status, outline.counts[status]) for status in STATUSES]
        claims = context["claims"]
        # Only some fragments draw the tree.
        context["tree"] = SimpleLazyObject(
            lambda: windows.lay_out(outline, wanted, claims, opened=opened, showing=showing)
        )
    return context
