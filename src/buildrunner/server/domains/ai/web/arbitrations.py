"""Comparisons of two models: all of them, and one with both answers and the form to decide."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.routing import TASK_TITLES
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_STATUSES: Final = (
    ("", "All"),
    ("awaiting_decision", "Waiting for a person"),
    ("decided", "Decided without a person"),
    ("decided_by_person", "Decided by a person"),
)
_SHOWN: Final = 100


@never_cache
@require_GET
def arbitrations(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Newest first; `status` in the address narrows it."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        status = request.GET.get("status", "")
        status = status if status in dict(_STATUSES) else ""
        found = ai.list_arbitrations(access, status=status or None, limit=_SHOWN + 1)
        context = {
            "project": get_project(access),
            "base": _base(project_id),
            "tab": "arbitrations",
            "statuses": _STATUSES,
            "status": status,
            "found": [_told(one) for one in found[:_SHOWN]],
            "more": len(found) > _SHOWN,
        }
    return render(request, "ai/models/arbitrations.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def arbitration(request: HttpRequest, project_id: UUID, arbitration_id: UUID) -> HttpResponse:
    """One; POST takes an answer."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        one = ai.get_arbitration(access, arbitration_id)
        context: dict[str, Any] = {
            "project": get_project(access),
            "base": _base(project_id),
            "one": _told(one),
            "may_decide": one.status == "awaiting_decision" and "model.use" in access.permissions,
        }
    status = 200
    if request.method == "POST":
        winner, reason = request.POST.get("winner", ""), request.POST.get("reason", "")
        try:
            ai.decide_arbitration(actor, project_id, arbitration_id, winner=winner, reason=reason)
        except Conflict as late:
            messages.error(request, late.detail)
        except Invalid as wrong:
            status = wrong.status
            context |= {"error": wrong.detail, "winner": winner, "reason": reason}
            return render(request, "ai/models/arbitration.html", context, status=status)
        else:
            messages.success(request, f"Answer {winner} is taken. Your reason is on the record.")
        return HttpResponseRedirect(
            f"{_base(project_id)}/arbitrations/{arbitration_id}", status=303
        )
    return render(request, "ai/models/arbitration.html", context, status=status)


def _base(project_id: UUID) -> str:
    return f"/projects/{project_id}/models"


def _status(one: ai.Arbitration) -> str:
    if one.status == "decided":
        return "Without a judge" if one.confidence is None else "Decided by the judge"
    return dict(_STATUSES)[one.status]


def _told(one: ai.Arbitration) -> dict[str, Any]:
    """In the words of the page."""
    names = {each["label"]: each["model"] for each in one.candidates}
    return {
        "id": one.id,
        "task": TASK_TITLES[one.task_type],
        "microstep": one.microstep_id,
        "waiting": one.status == "awaiting_decision",
        "status": _status(one),
        "winner": one.winner,
        "winner_model": names.get(one.winner),
        "confidence": one.confidence,
        "rationale": one.rationale,
        "judge": one.judge,
        "judge_is_candidate": one.judge_is_candidate,
        "question": one.question,
        "candidates": one.candidates,
        "rubric": [
            {
                **criterion,
                "marks": [each["scores"].get(criterion["name"]) for each in one.candidates],
            }
            for criterion in one.rubric
        ],
        "scored": any(each["scores"] for each in one.candidates),
        "passes": one.passes,
        "cost": metering.money(one.cost),
        "estimated": f"{one.multiplier_estimated:.2f}",
        "actual": None if one.multiplier_actual is None else f"{one.multiplier_actual:.2f}",
        "decided_by": (one.decided_by or {}).get("name"),
        "decided_reason": one.decided_reason,
        "decided_at": one.decided_at,
        "actor": one.actor.get("name"),
        "created_at": one.created_at,
    }
