"""Gestures on the list of the plan: read one, carry it out, answer what the page shows now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.plans.facade import (
    EditConflict,
    NotProven,
    Operation,
    SavedPlan,
    SetEdit,
    TransitionRefused,
    change_plan,
    undo_revision,
)
from buildrunner.server.domains.plans.web.entries import conflict_words
from buildrunner.server.domains.plans.web.forms import read_number
from buildrunner.server.domains.plans.web.gestures import read_gesture
from buildrunner.server.domains.plans.web.pages import changes_after
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in


@require_http_methods(["GET", "POST"])
def edits(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One gesture: add, set, move, split, merge, remove or undo.

    The answer holds the fragments that changed, and in headers the revision to undo and the id
    of what was added; a refusal holds words, and in a header the field they are about.
    """
    actor = signed_in(request)
    if request.method == "GET":  # the address of a form that was opened by hand
        with project_scope(actor, project_id, "plan.read"):
            return HttpResponseRedirect(f"/projects/{project_id}/plan")
    refused: list[dict[str, Any]] = []
    try:
        saved, ids, refused = _carry_out(actor, project_id, request)
    except (NotProven, TransitionRefused) as error:
        return unproven(request, project_id, error)
    except EditConflict as error:
        words = conflict_words(error, request.POST.get("value", ""))
        return render(request, "plans/parts/conflict.html", {"conflict": words}, status=409)
    except DomainError as error:
        return _refusal(request, error)
    with project_scope(actor, project_id, "plan.read") as access:
        answer = changes_after(request, access, ids, refused=refused, **_places(project_id))
    if saved is not None and saved.created:
        answer["BR-Saved"] = str(saved.revision)
        if made := _made(saved.operations):
            answer["BR-Made"] = made
    return answer


def unproven(
    request: HttpRequest, project_id: UUID, error: NotProven | TransitionRefused
) -> HttpResponse:
    """What is missing, where the one microstep that was meant stands."""
    context = {"unproven": error.refused[0], **_places(project_id)}
    answer = render(request, "plans/parts/unproven.html", context, status=error.status)
    answer["BR-Code"] = error.code
    return answer


def _places(project_id: UUID) -> dict[str, str]:
    """Where more stands about what is refused."""
    return {
        "tests": f"/projects/{project_id}/tests",
        "policy": f"/projects/{project_id}/governance",
    }


def _carry_out(
    actor: Actor, project_id: UUID, request: HttpRequest
) -> tuple[SavedPlan | None, list[str] | None, list[dict[str, Any]]]:
    """What was saved, the ids whose fields alone changed (None: the structure), and which of
    several microsteps may not change so: the rest goes through without them."""
    if request.POST.get("do") == "undo":
        number = read_number(request.POST.get("revision"))
        saved = undo_revision(actor, project_id, number=number)
        return saved, _touched(saved.operations), []
    gesture = read_gesture(request.POST)
    edit, seen, refused = gesture.edit, gesture.seen, list[dict[str, Any]]()
    while True:
        try:
            return change_plan(actor, project_id, edits=[edit], seen=seen), gesture.ids, refused
        except (NotProven, TransitionRefused) as error:
            names = {each["id"] for each in error.refused}
            if not isinstance(edit, SetEdit) or (len(edit.ids) == 1 and not refused):
                raise
            rest = [name for name in edit.ids if name not in names]
            if len(rest) == len(edit.ids):
                raise
            refused += error.refused
        if not rest:
            return None, gesture.ids, refused
        edit, seen = SetEdit(rest, edit.field, edit.value), ()


def _touched(operations: list[Operation]) -> list[str] | None:
    if any(operation["op"] not in ("set", "unset") for operation in operations):
        return None
    return list(dict.fromkeys(operation["id"] for operation in operations))


def _made(operations: list[Operation]) -> str:
    """The id of the one entity that was added, in ASCII as headers are; "" for none or several."""
    added = [operation["value"]["id"] for operation in operations if operation["op"] == "add"]
    return added[0] if len(added) == 1 and added[0].isascii() else ""


def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    context = {"detail": error.detail}
    answer = render(request, "plans/parts/failed.html", context, status=error.status)
    answer["BR-Code"] = error.code
    if field := error.extensions.get("field"):
        answer["BR-Field"] = str(field)
    return answer
