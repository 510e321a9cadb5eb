"""The history of a plan: its revisions, what each changed, and going back to one."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.plans.facade import (
    PlanAbsent,
    PlanMoved,
    RevisionAbsent,
    RevisionSummary,
    UndoConflict,
    compare_revisions,
    document_at,
    list_revisions,
    read_head,
    read_revision,
    restore_revision,
    small_operations,
    summaries_between,
    touching,
    undo_revision,
)
from buildrunner.server.domains.plans.web.comparing import brief, differences
from buildrunner.server.domains.plans.web.forms import read_number
from buildrunner.server.domains.plans.web.outline import Outline
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.ui.visitor import signed_in, wants_fragment
from buildrunner.spec.layout import dumps

PAGE = 50
# Revisions of at most this many operations say what they did in the list.
TOLD = 3
# Of a restore: how many of the revisions that it takes back are listed.
LISTED = 100

Context = dict[str, Any]


@require_GET
def history(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The revisions, newest first; `before` goes on, `of` keeps to those that touched an entity,
    `since` answers with what is newer than a page."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _context(access)
        before = read_number(request.GET.get("before")) or None
        since = read_number(request.GET.get("since"))
        of = request.GET.get("of", "")[:200]
        if since and wants_fragment(request):
            found = summaries_between(access, max(since, context["head"] - PAGE), context["head"])
            return render(
                request, "plans/parts/history/rows.html", context | {"lines": _lines(access, found)}
            )
        if of:
            outline = outline_of(access)
            touched = touching(access, names_of(outline, of), before=before, limit=PAGE + 1)
            found = [summary for summary, _ in touched]
        else:
            found = list_revisions(access, before=before, limit=PAGE + 1)
        context |= {"lines": _lines(access, found[:PAGE]), "of": of, "before": before}
        context["older"] = found[PAGE - 1].revision if len(found) > PAGE else None
        return render(request, "plans/history.html", context)


@require_GET
def revision(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """What a revision changed; `from` compares it with another one than the one before."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        return _revision(request, access, number)


def _revision(
    request: HttpRequest, access: ProjectAccess, number: int, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = _context(access)
    if context["head"] == 0:
        raise PlanAbsent
    summary = read_revision(access, number).summary
    base = read_number(request.GET.get("from")) or number - 1
    context |= {
        "number": number,
        "summary": summary,
        "line": _lines(access, [summary])[0],
        "base_number": base,
        "previous": number - 1,
        "done": request.GET.get("done", ""),
    }
    if base:
        context["differences"] = differences(compare_revisions(access, base, number))
    else:
        context["whole"] = Outline(document_at(access, number), number)
    return render(request, "plans/revision.html", context | extra, status=status)


@require_GET
def document(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """The plan at a revision, as a file."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        text = dumps(document_at(access, number))
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="plan-r{number}.json"'
    return answer


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """What going back would undo, and going back.

    The form names the newest revision it told of: where another one came meanwhile, nothing is
    written and the page tells of that one, too.
    """
    actor = signed_in(request)
    moved = False
    if request.method == "POST":
        expected = read_number(request.POST.get("expected"))
        try:
            saved = restore_revision(
                actor, project_id, number=number, expected_revision=expected or -1
            )
        except PlanMoved:
            moved = True
        else:
            done = "restored" if saved.created else "same"
            address = f"/projects/{project_id}/history/{saved.revision}?done={done}"
            return HttpResponseRedirect(address, status=303)
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("plan.write")
        context = _context(access)
        head = context["head"]
        if not 0 < number <= head:
            raise RevisionAbsent(number, head)
        later = summaries_between(access, max(number, head - LISTED), head)
        context |= {
            "number": number,
            "moved": moved,
            "later": head - number,
            "lines": _lines(access, later),
            "authors": _authors(later, actor.person_id),
            "differences": differences(compare_revisions(access, head, number)),
        }
        return render(request, "plans/restore.html", context, status=412 if moved else 200)


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """Take one revision back and keep what came later; GET leads to its page."""
    actor = signed_in(request)
    if request.method == "GET":
        with project_scope(actor, project_id, "plan.read"):
            return HttpResponseRedirect(f"/projects/{project_id}/history/{number}")
    try:
        saved = undo_revision(actor, project_id, number=number)
    except UndoConflict as error:
        with project_scope(actor, project_id, "plan.read") as access:
            return _revision(request, access, number, status=409, problem=error.detail)
    done = "undone" if saved.created else "same"
    return HttpResponseRedirect(
        f"/projects/{project_id}/history/{saved.revision}?done={done}", status=303
    )


def _context(access: ProjectAccess) -> Context:
    return {
        "base": f"/projects/{access.project_id}/plan",
        "history": f"/projects/{access.project_id}/history",
        "head": read_head(access).revision,
        "may_write": "plan.write" in access.permissions,
        "page": "history",
        "project": get_project(access),
    }


def _lines(
    access: ProjectAccess, found: list[RevisionSummary]
) -> list[tuple[RevisionSummary, str]]:
    """Revisions with their words: the message, or what they did."""
    silent = [line.revision for line in found if not line.message]
    told = small_operations(access, silent, most=TOLD)
    return [(line, line.message or _words(line, told)) for line in found]


def _words(line: RevisionSummary, told: dict[int, Any]) -> str:
    if line.revision == 1:
        return "First push"
    words = brief(told.get(line.revision, []))
    count = line.operations_count
    return words or f"{count:,} change{'' if count == 1 else 's'}"


def names_of(outline: Outline | None, entity_id: str) -> list[str]:
    """An id with the former ids of the same entity."""
    found = outline.find(entity_id) if outline else None
    if found is None:
        return [entity_id]
    aliases = [
        alias for alias, name in (outline.aliases if outline else {}).items() if name == found.id
    ]
    return [found.id, *aliases]


def _authors(later: list[RevisionSummary], person_id: UUID | None) -> list[tuple[str, int]]:
    """Whose revisions would be taken back, the visitor's own left out."""
    counted = Counter(
        str(line.author.get("name") or "somebody")
        for line in later
        if str(line.author.get("id")) != str(person_id)
    )
    return counted.most_common()
