"""How a project wants its tasks done: one form for each type of task."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.routing import TASK_TITLES, TASK_TYPES
from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_ABOUT: Final = {
    "planner": "Plans and architecture",
    "builder": "Code",
    "qa": "Tests and checks",
    "explain": "Explanations in prose",
    "rescope": "Changes of the plan",
    "arbitrate": "Judging two answers",
}


@never_cache
@require_http_methods(["GET", "POST"])
def task_settings(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """All types of task; POST saves one of them."""
    actor = signed_in(request)
    wrong: dict[str, Any] = {}
    status = 200
    with project_scope(actor, project_id, "plan.read") as access:
        project = get_project(access)
    base = f"/projects/{project_id}/models"
    if request.method == "POST":
        task = request.POST.get("task_type", "")
        try:
            _save(request, actor, project_id, task)
        except Invalid as refusal:
            status = refusal.status
            wrong = {
                "task": task,
                "words": refusal.detail,
                "field": refusal.extensions.get("field", ""),
                "form": request.POST,
            }
        else:
            messages.success(request, f"{task} is done so from now on.")
            return HttpResponseRedirect(f"{base}/settings", status=303)
    with project_scope(actor, project_id, "plan.read") as access:
        profiles = ai.profiles(access.org_id)
        rows = [
            {
                "task": one.task_type,
                "title": TASK_TITLES[one.task_type],
                "about": _ABOUT[one.task_type],
                "preferred": one.preferred_model,
                "minimum": f"{one.minimum_quality.normalize():f}",
                "dual": one.dual_run_enabled,
                "multiplier": f"{one.max_cost_multiplier.normalize():f}",
                "models": [
                    each.model
                    for each in profiles
                    if one.task_type in each.task_types and each.enabled
                ],
                "now": ai.recommend(access, one.task_type).chosen,
                "wrong": wrong if wrong.get("task") == one.task_type else None,
            }
            for one in ai.list_settings(access)
        ]
        for row in rows:
            if row["wrong"]:
                row |= _as_typed(request)
        context = {
            "project": project,
            "base": base,
            "tab": "settings",
            "rows": rows,
            "wrong": wrong if wrong.get("task") not in TASK_TYPES else None,
            "manages": "model.manage" in access.permissions,
        }
    return render(request, "ai/models/settings.html", context, status=status)


def _save(request: HttpRequest, actor: Any, project_id: UUID, task: str) -> None:
    if task not in TASK_TYPES:
        raise Invalid(f"{task!r} is no type of task; there are {', '.join(TASK_TYPES)}.")
    form = request.POST
    ai.set_task_settings(
        actor,
        project_id,
        task,
        preferred_model=form.get("preferred_model", "")[:200],
        minimum_quality=_number(form.get("minimum_quality", ""), "minimum_quality", 0, 10),
        dual_run_enabled=form.get("dual_run_enabled") == "1",
        max_cost_multiplier=_number(form.get("max_cost_multiplier", ""), "max_cost_multiplier",
                                    1, 100),
    )  # fmt: skip


def _number(text: str, field: str, least: int, most: int) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "."))
        if not value.is_finite() or not least <= value <= most:
            raise InvalidOperation
    except InvalidOperation:
        what = "quality" if field == "minimum_quality" else "multiplier"
        raise Invalid(
            f"{text[:20]!r} is no {what} from {least} to {most}; write it as 7 or 7.5.", field=field
        ) from None
    return value.quantize(Decimal("0.01"))


def _as_typed(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    return {
        "preferred": form.get("preferred_model", "")[:200],
        "minimum": form.get("minimum_quality", "")[:20],
        "dual": form.get("dual_run_enabled") == "1",
        "multiplier": form.get("max_cost_multiplier", "")[:20],
    }
