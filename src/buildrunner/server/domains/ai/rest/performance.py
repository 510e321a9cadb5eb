"""How models did, by API and as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest.performance_schemas import EXAMPLE, PerformanceOut
from buildrunner.server.domains.ai.rest.routing import MeantQuery, PeriodQuery
from buildrunner.server.domains.ai.types.routing import TaskType
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of

router = Router(tags=["models"])
_FILES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The figures, as JSON or CSV",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/PerformanceOut"},
                    "example": EXAMPLE,
                },
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "task_type,model,grade,calls\n",
                },
            },
        }
    }
}


@router.get(
    "/models/performance",
    response=PerformanceOut,
    operation_id="getModelPerformance",
    summary="Read how models did, what changed and what to do",
    openapi_extra=_FILES,
)
def get_model_performance(
    request: HttpRequest,
    project_id: MeantQuery = None,
    task_type: Annotated[TaskType | None, Query(description="Only this type of task")] = None,
    period: PeriodQuery = "30d",
    form: Annotated[
        Literal["json", "csv"], Query(alias="format", description="What to answer with")
    ] = "json",
) -> HttpResponse | PerformanceOut:
    """By the outcomes reported in the period, beside as long before. Needs `plan.read`."""
    actor = actor_of(request)
    days = timedelta(days=int(period.removesuffix("d")))
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.performance(access, days, task_type=task_type)
    if form == "json":
        return PerformanceOut.of(found, period)
    answer = HttpResponse(ai.performance_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="models-{found.until:%Y-%m-%d}.csv"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
