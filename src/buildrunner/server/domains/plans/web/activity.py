"""What happened to one entry, newest first, for the drawer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans.facade import (
    EntityAbsent,
    Operation,
    RevisionSummary,
    touching,
)
from buildrunner.server.domains.plans.web.comparing import FieldChange, compare_values
from buildrunner.server.domains.plans.web.fields import KNOWN
from buildrunner.server.domains.plans.web.forms import read_number
from buildrunner.server.domains.plans.web.history import names_of
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.ui.visitor import signed_in, wants_fragment
from buildrunner.spec.values import ABSENT

PAGE = 20
# How far back to look for the value that a field had before.
_LOOK_BACK = 40


class Happened(NamedTuple):
    """What one revision did to the entry."""

    summary: RevisionSummary
    words: list[str]
    changes: list[FieldChange]


@require_GET
def activity(request: HttpRequest, project_id: UUID, entity_id: str) -> HttpResponse:
    """The revisions that touched an entry; without a script its history page."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        outline = outline_of(access)
        if outline is None or outline.find(entity_id) is None:
            raise EntityAbsent(entity_id)
        history = f"/projects/{project_id}/history"
        if not wants_fragment(request):
            return HttpResponseRedirect(f"{history}?of={entity_id}")
        ids = names_of(outline, entity_id)
        before = read_number(request.GET.get("before")) or None
        found = touching(access, ids, before=before, limit=PAGE + _LOOK_BACK)
        context = {
            "address": request.path,
            "found": tell(found, ids)[:PAGE],
            "history": history,
            "older": found[PAGE - 1][0].revision if len(found) > PAGE else None,
            "pushed": len(found) <= PAGE and not _added(found),
        }
        return render(request, "plans/parts/drawer/activity.html", context)


def tell(
    found: Sequence[tuple[RevisionSummary, list[Operation]]], ids: Sequence[str]
) -> list[Happened]:
    """Each revision with its changes; the value before is that of the last older edit, if known."""
    told = []
    for place, (summary, operations) in enumerate(found):
        words: list[str] = []
        changes: list[FieldChange] = []
        for operation in operations:
            verb = operation["op"]
            if verb in ("set", "unset"):
                name, after = operation["field"], operation.get("value", ABSENT)
                before = _before(found[place + 1 :], name, ids)
                if before is None:
                    words.append(_set(name, after))
                else:
                    changes.append(compare_values(name, before[0], after))
            elif verb == "move":
                words.append(f"Moved to {operation['parent'] or 'the plan'}")
            else:
                words.append({"add": "Added", "remove": "Removed"}[verb])
        told.append(Happened(summary, words, changes))
    return told


def _before(
    older: Sequence[tuple[RevisionSummary, list[Operation]]], name: str, ids: Sequence[str]
) -> tuple[Any] | None:
    for _, operations in older:
        for operation in reversed(operations):
            if operation.get("field") == name:
                return (operation.get("value", ABSENT),)
            if operation["op"] == "add" and operation["value"].get("id") in ids:
                return (operation["value"].get(name, ABSENT),)
    return None


def _set(name: str, value: Any) -> str:
    known = KNOWN.get(name)
    label = known.label if known else {"title": "Title", "status": "Status"}.get(name, name)
    if value is ABSENT:
        return f"{label} removed"
    shown = compare_values(name, ABSENT, value)
    return f"{label} set to {shown.after}" if shown.form == "value" else f"{label} changed"


def _added(found: Sequence[tuple[RevisionSummary, list[Operation]]]) -> bool:
    return any(operation["op"] == "add" for _, operations in found for operation in operations)
