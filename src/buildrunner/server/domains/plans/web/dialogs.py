"""What the dialogs of the plan ask: where to move, how to split and merge, what goes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans.facade import EntityAbsent
from buildrunner.server.domains.plans.web.outline import Entry, Milestone, Outline, Row, Step
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

MAX_PLACES = 60
MAX_SHOWN = 12
MAX_ASKED = 500
# Removing more microsteps than this asks for the id (or the number) to be typed.
MANY = 25


@require_GET
def places(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The steps (`kind=microstep`) or milestones (`kind=step`) that words lead to, as options."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = _outline(outline_of(access))
        wanted: list[Any] = list(outline.milestones)
        if request.GET.get("kind") == "microstep":
            wanted = [step for milestone in wanted for step in milestone.steps]
        words = request.GET.get("q", "").casefold().split()[:10]
        found = [entry for entry in wanted if all(word in _hay(entry) for word in words)]
        context = {"places": found[:MAX_PLACES], "more": max(0, len(found) - MAX_PLACES)}
        return render(request, "plans/parts/places.html", context)


def _hay(entry: Step | Milestone) -> str:
    above = entry.milestone.title if isinstance(entry, Step) else ""
    return f"{entry.id} {entry.title} {above}".casefold()


@require_GET
def split(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """How to split one microstep by its criteria, or a step by its microsteps."""
    with project_scope(signed_in(request), project_id, "plan.write") as access:
        entry = _entries(_outline(outline_of(access)), request)[0]
        if isinstance(entry, Milestone):
            raise Invalid("A milestone is not split; split its steps.", code="wrong_kind")
        members = (
            [(row.id, row.title) for row in entry.rows]
            if isinstance(entry, Step)
            else [("", text) for text in entry.criteria]
        )
        return render(request, "plans/parts/split.html", {"entry": entry, "members": members})


@require_GET
def merge(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """How to merge microsteps, or steps, into one."""
    with project_scope(signed_in(request), project_id, "plan.write") as access:
        entries = _entries(_outline(outline_of(access)), request)
        if (
            len(entries) < 2
            or len({entry.kind for entry in entries}) > 1
            or entries[0].kind == ("milestone")
        ):
            raise Invalid("Choose two or more microsteps, or steps.", code="wrong_kind")
        criteria = {text for entry in entries if isinstance(entry, Row) for text in entry.criteria}
        context = {"entries": entries, "first": entries[0], "criteria": len(criteria)}
        return render(request, "plans/parts/merge.html", context)


@require_GET
def remove(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What would go, and who depends on it."""
    with project_scope(signed_in(request), project_id, "plan.write") as access:
        outline = _outline(outline_of(access))
        entries = _entries(outline, request)
        gone = {row.id: row for entry in entries for row in _rows(entry)}
        names = {entry.id for entry in entries} | set(gone)
        needing = [
            row
            for row in outline.rows
            if row.id not in gone and any(_meant(outline, need) in names for need in row.depends_on)
        ]
        context = {
            "entries": entries,
            "shown": entries[:MAX_SHOWN],
            "more": max(0, len(entries) - MAX_SHOWN),
            "rows": len(gone),
            "needing": needing[:MAX_SHOWN],
            "needing_more": max(0, len(needing) - MAX_SHOWN),
            "needing_count": len(needing),
            "typed": _typed(entries) if len(gone) > MANY else "",
        }
        return render(request, "plans/parts/remove.html", context)


def _typed(entries: list[Entry]) -> str:
    return entries[0].id if len(entries) == 1 else str(len(entries))


def _rows(entry: Entry) -> list[Row]:
    return [entry] if isinstance(entry, Row) else list(entry.rows)


def _meant(outline: Outline, entity_id: str) -> str:
    found = outline.find(entity_id)
    return found.id if found else entity_id


def _outline(outline: Outline | None) -> Outline:
    if outline is None:
        raise EntityAbsent("", "plan")
    return outline


def _entries(outline: Outline, request: HttpRequest) -> list[Entry]:
    """The entries that a request names, in the order of the plan."""
    ids = request.GET.getlist("id")[:MAX_ASKED]
    found = {}
    for entity_id in ids:
        entry = outline.find(entity_id)
        if entry is None:
            raise EntityAbsent(entity_id)
        found[entry.id] = entry
    if not found:
        raise DomainError("The address names no entry; add `?id=` and its id.")
    if len(found) == 1:
        return list(found.values())
    return [entry for entry in outline.entries.values() if entry.id in found]
