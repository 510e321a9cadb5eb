"""The Plan page and its fragments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from buildrunner.server.domains.plans.facade import (
    EntityAbsent,
    ProofMarks,
    list_claims,
    operations_between,
    proof_marks,
)
from buildrunner.server.domains.plans.web import windows
from buildrunner.server.domains.plans.web.changes import Changes, gather, read_changes
from buildrunner.server.domains.plans.web.choices import ROW_ACTS, choices_of
from buildrunner.server.domains.plans.web.filters import Filter, View, query_of
from buildrunner.server.domains.plans.web.forms import read_number, read_opened
from buildrunner.server.domains.plans.web.groups import find_group, lay_out_groups
from buildrunner.server.domains.plans.web.outline import STATUSES, Milestone, Outline
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
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
        context = page_context(request, access, outline_of(access))
        if wants_fragment(request, "tree"):
            return render(request, "plans/parts/tree.html", context)
        return render(request, "plans/plan.html", {**context, "project": get_project(access)})


@require_GET
def milestone(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """The steps of a milestone that was unfolded, or its next rows (`start`)."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        found = outline.find(entity_id) if outline else None
        if not isinstance(found, Milestone):
            raise EntityAbsent(entity_id, "milestone")
        context = page_context(request, access, outline)
        start = read_number(request.GET.get("start"))
        context["window"] = windows.cut(found, Filter(), context["claims"], start=start)
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
        opened = read_opened(request.GET.getlist("open"), request.GET.getlist("shut"))
        context = page_context(request, access, outline, opened=opened)
        ids = request.GET.getlist("ids")
        if ids:
            return render_changes(request, context, gather(outline, ids[:500]))
        since = read_number(request.GET.get("since"))
        if since == outline.revision:
            return HttpResponse(status=204)
        if not 0 < since < outline.revision or outline.revision - since > MAX_BEHIND:
            return render_changes(request, context, Changes(structure=True))
        if _shaped(context):
            return render_changes(request, context, Changes(structure=True))
        operations = operations_between(access, since, outline.revision)
        return render_changes(request, context, read_changes(outline, operations))


@require_GET
def group(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The rows of a group (`key`) that was unfolded, or its next ones (`start`)."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        key = request.GET.get("key", "")
        if not key:
            raise DomainError("The address names no group; add `?key=` and its name.")
        context = page_context(request, access, outline)
        start = read_number(request.GET.get("start"))
        found = outline and find_group(
            outline, context["wanted"], context["view"], context["claims"], key, start
        )
        if not found:
            raise EntityAbsent(key, "group")
        return render(request, "plans/parts/group_rows.html", context | {"window": found})


def _shaped(context: Context) -> bool:
    """Whether a change of a field may make rows come, go or move on this page."""
    return bool(context["wanted"] or context["view"].flat)


def changes_after(
    request: HttpRequest, access: ProjectAccess, ids: list[str] | None, **more: Any
) -> HttpResponse:
    """What a page shows after an edit of these entries; None: entries came, went or moved."""
    outline = outline_of(access)
    if outline is None:
        return HttpResponse(status=204)
    opened = read_opened(request.GET.getlist("open"), request.GET.getlist("shut"))
    context = page_context(request, access, outline, opened=opened) | more
    if ids is None or _shaped(context):
        return render_changes(request, context, Changes(structure=True))
    return render_changes(request, context, gather(outline, ids))


def render_changes(request: HttpRequest, context: Context, changes: Changes) -> HttpResponse:
    claims = context["claims"]
    context |= {
        "changes": changes,
        "structure": changes.structure,
        "rows": [(row, claims.get(row.id)) for row in changes.rows.values()],
    }
    return render(request, "plans/parts/changes.html", context)


def proof_of(access: ProjectAccess, outline: Outline) -> ProofMarks:
    """What is known of the microsteps that are done."""
    done = [(row.value, row.step.value) for row in outline.rows if row.status == "done"]
    found = proof_marks(access, outline.project, done) if done else None
    return found or ProofMarks(len(done), 0, {})


def page_context(
    request: HttpRequest,
    access: ProjectAccess,
    outline: Outline | None,
    *,
    opened: dict[str, int] | None = None,
    showing: Milestone | None = None,
) -> Context:
    """What every template of the plan needs, in the open scope."""
    wanted, view = Filter.read(request.GET), View.read(request.GET)
    context: Context = {
        "base": f"/projects/{access.project_id}/plan",
        "claims": {claim.microstep_id: claim for claim in list_claims(access)},
        "history": f"/projects/{access.project_id}/history",
        "may_write": "plan.write" in access.permissions,
        "outline": outline,
        "page": "plan",
        "project_id": access.project_id,
        "public_url": settings.BR_PUBLIC_URL,
        "row_acts": ROW_ACTS,
        "query": query_of(wanted, view),
        "statuses": STATUSES,
        "view": view,
        "wanted": wanted,
    }
    if outline:
        context["large"] = outline.counts["total"] > windows.FIRST_PAGE
        context["status_counts"] = [(status, outline.counts[status]) for status in STATUSES]
        claims = context["claims"]
        context["proof"] = SimpleLazyObject(lambda: proof_of(access, outline))
        context["choices"] = choices_of(outline, wanted, view)
        # Only some fragments draw the tree.
        context["tree"] = SimpleLazyObject(
            lambda: (
                lay_out_groups(outline, wanted, view, claims, opened=opened)
                if view.flat
                else windows.lay_out(outline, wanted, claims, opened=opened, showing=showing)
            )
        )
    return context
