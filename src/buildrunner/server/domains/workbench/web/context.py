"""The context pack of a microstep: looked at, copied, downloaded."""

from __future__ import annotations

import json
from dataclasses import asdict
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.briefing import DEFAULT_BUDGET, LEAST_BUDGET

_FORMS = {"md": "text/markdown; charset=utf-8", "json": "application/json"}
_SLIDER = 8_000


@never_cache
@require_GET
def context(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """The pack within `budget` tokens; `form=md` or `form=json` is the file alone."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        pack = workbench.context_pack(access, microstep_id, budget=_budget(request))
        form = request.GET.get("form", "")
        whole = json.dumps(asdict(pack), indent=2, ensure_ascii=False)
        if form in _FORMS:
            answer = HttpResponse(whole if form == "json" else pack.text, _FORMS[form])
            answer["Content-Disposition"] = (
                f"attachment; filename*=UTF-8''{quote(f'{pack.microstep_id}-context.{form}')}"
            )
            return answer
        place = f"/projects/{project_id}/workbench"
        return render(
            request,
            "workbench/context.html",
            {
                "project": get_project(access),
                "base": place,
                "pack": pack,
                "whole": whole,
                "least": LEAST_BUDGET,
                "most": max(_SLIDER, pack.budget),
                "left": sum(pack.left_out.values()),
                "percent": round(100 * pack.tokens / pack.budget),
                "path": quote(pack.microstep_id, safe=""),
            },
        )


def _budget(request: HttpRequest) -> int:
    text = request.GET.get("budget", "")
    given = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else DEFAULT_BUDGET
    return min(max(given, LEAST_BUDGET), workbench.MOST_BUDGET)
