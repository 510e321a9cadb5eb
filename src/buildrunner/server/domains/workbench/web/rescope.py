"""The Rescope assistant: ask for a change, look at what it does, apply or discard it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.document import index, root
from buildrunner.spec.rescope_words import EXAMPLES

_LISTED = 30
_DRAWN = 12
_ROWS = 60
# Name of the form → the words it makes; each has an instruction of its own, which is shown.
_KINDS = {
    "split": "split {what} into {more}",
    "defer": "defer {what}",
    "defer_to": "defer {what} to {more}",
    "drop": "drop {what}",
    "priority": "set priority of {what} to {more}",
    "due": "move the deadline of {what} to {more}",
    "cut": "cut to {more} points",
    "merge": "merge {what} and {more}",
    "unblock": "unblock {what}",
    "criteria": "add missing criteria",
    "duplicates": "merge duplicates",
    "nice": "drop everything nice-to-have",
}


@dataclass(slots=True)
class Side:
    """A milestone on both sides: rows are `(id, title, tag)`; tag is same, gone, new or changed."""

    id: str
    title: str
    before: list[tuple[str, str, str]] = field(default_factory=list)
    after: list[tuple[str, str, str]] = field(default_factory=list)
    more: int = 0


@never_cache
@require_http_methods(["GET", "POST"])
def rescope(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The question and the proposals so far; POST proposes."""
    actor = signed_in(request)
    if request.method == "GET":
        return _ask(request, actor, project_id)
    with project_scope(actor, project_id, "plan.read"):
        pass
    words = _words(request)
    try:
        if request.POST.get("by") == "model":
            made = workbench.rescope_by_model(actor, project_id, instruction=words)
        else:
            made = workbench.propose_rescope(actor, project_id, instruction=words)
    except workbench.InstructionUnclear as question:
        return _ask(
            request,
            actor,
            project_id,
            status=422,
            typed=words,
            question=question.detail,
            choices=question.extensions["choices"],
        )
    except DomainError as refusal:
        if refusal.status not in (402, 403, 422, 502, 504):
            raise
        return _ask(
            request,
            actor,
            project_id,
            status=refusal.status,
            typed=words,
            problem=refusal.detail,
        )
    return HttpResponseRedirect(f"/projects/{project_id}/workbench/rescope/{made.id}", status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, project_id: UUID, rescope_id: UUID) -> HttpResponse:
    """One proposal; POST with `act` applies or discards it."""
    actor = signed_in(request)
    if request.method == "GET":
        return _show(request, actor, project_id, rescope_id)
    with project_scope(actor, project_id, "plan.read") as access:
        workbench.read_rescope(access, rescope_id)
    try:
        if request.POST.get("act") == "apply":
            made = workbench.apply_rescope(actor, project_id, rescope_id=rescope_id)
            messages.success(request, f"Applied as revision {made.revision}. It can be undone.")
        else:
            note = request.POST.get("note", "")
            workbench.discard_rescope(actor, project_id, rescope_id=rescope_id, note=note)
            messages.success(request, "Discarded. Its record stays.")
    except DomainError as refusal:
        if refusal.status not in (409, 422):
            raise
        return _show(
            request, actor, project_id, rescope_id, status=refusal.status, problem=refusal.detail
        )
    return HttpResponseRedirect(request.path, status=303)


def _words(request: HttpRequest) -> str:
    typed = request.POST.get("instruction", "").strip()
    form = _KINDS.get(request.POST.get("kind", ""), "")
    if typed or not form:
        return typed
    what, more = (request.POST.get(name, "").strip() for name in ("what", "more"))
    return form.format(what=what, more=more)


def _ask(
    request: HttpRequest, actor: Actor, project_id: UUID, *, status: int = 200, **extra: Any
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        context = _context(access) | {
            "typed": request.GET.get("instruction", "")[:2000],
            "examples": EXAMPLES,
            "proposals": workbench.list_rescopes(access, limit=_LISTED),
            "head": plans.read_head(access).revision,
            **extra,
        }
        return render(request, "workbench/rescope.html", context, status=status)


def _show(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    rescope_id: UUID,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        view = workbench.read_rescope(access, rescope_id)
        comparison = workbench.compared(access, view)
        sides = _sides(comparison)
        context = _context(access) | {
            "view": view,
            "comparison": comparison,
            "sides": sides[:_DRAWN],
            "more_sides": max(0, len(sides) - _DRAWN),
            "impact": view.impact,
            "again": quote(view.instruction),
            **extra,
        }
        return render(request, "workbench/rescope_proposal.html", context, status=status)


def _context(access: ProjectAccess) -> dict[str, Any]:
    base = f"/projects/{access.project_id}"
    return {
        "project": get_project(access),
        "base": f"{base}/workbench",
        "plan_base": f"{base}/plan",
        "history": f"{base}/history",
        "may_write": "plan.write" in access.permissions,
        "may_ask": "model.use" in access.permissions,
    }


def _sides(comparison: plans.Comparison) -> list[Side]:
    """The milestones that differ, as they stand and as they would stand."""
    old, new = index(comparison.before), index(comparison.after)
    changed = {str(o.get("id")) for o in comparison.operations if o["op"] in ("set", "unset")}
    names = dict.fromkeys(
        entity.id
        for plan in (comparison.before, comparison.after)
        for entity in root(plan).children()
    )
    sides = _order(comparison, old, new)
    for name in names:
        left, right = _rows(old, name), _rows(new, name)
        side = Side(name, _title(new if name in new else old, name))
        side.before = [(n, _title(old, n), "same" if n in right else "gone") for n in left]
        side.after = [
            (n, _title(new, n), "new" if n not in left else "changed" if n in changed else "same")
            for n in right
        ]
        if name in changed or any(row[2] != "same" for row in (*side.before, *side.after)):
            side.more = max(0, max(len(left), len(right)) - _ROWS)
            side.before, side.after = side.before[:_ROWS], side.after[:_ROWS]
            sides.append(side)
    return sides


def _order(comparison: plans.Comparison, old: dict[str, Any], new: dict[str, Any]) -> list[Side]:
    """The order of the milestones, where it differs."""
    left = [entity.id for entity in root(comparison.before).children()]
    right = [entity.id for entity in root(comparison.after).children()]
    kept = [name for name in right if name in left]
    if kept == [name for name in left if name in right]:
        return []
    moved = {o["id"] for o in comparison.operations if o["op"] == "move"}
    side = Side("", "Milestones in order")
    side.before = [(n, _title(old, n), "same" if n in right else "gone") for n in left]
    side.after = [
        (n, _title(new, n), "new" if n not in left else "changed" if n in moved else "same")
        for n in right
    ]
    return [side]


def _rows(known: dict[str, Any], name: str) -> list[str]:
    entity = known.get(name)
    steps = entity.children() if entity is not None else []
    return [each.id for step in steps for each in step.children()]


def _title(known: dict[str, Any], name: str) -> str:
    entity = known.get(name)
    return str(entity.value.get("title") or "") if entity is not None else ""
