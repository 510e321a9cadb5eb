"""Which model does what: profiles, settings, recommendations, routes and how models compare."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest import routing_schemas as schemas
from buildrunner.server.domains.ai.types.routing import TaskType
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["models"])
_ONE = "/orgs/{uuid:org_id}/models/{path:model}"
MeantQuery = Annotated[
    UUID | None, Query(description="The project; a key that is bound to one may leave it out")
]
PeriodQuery = Annotated[str, Query(pattern=r"^[1-9]\d{0,2}d$", description="Days, such as `30d`")]


@router.get(
    "/orgs/{uuid:org_id}/models",
    response=Page[schemas.ProfileOut],
    operation_id="listModels",
    summary="List the profiles of models",
)
def list_models(request: HttpRequest, org_id: UUID) -> Page[schemas.ProfileOut]:
    """The organization's own and the shipped ones that it did not replace, with their prices."""
    with organization_scope(actor_of(request), org_id):
        found = ai.profiles(org_id)
        prices = ai.prices(org_id, found)
    return Page(items=[schemas.ProfileOut.of(one, prices[one.model]) for one in found])


@router.put(
    _ONE, response=schemas.ProfileOut, operation_id="setModel", summary="Set the profile of a model"
)
def set_model(
    request: HttpRequest, org_id: UUID, model: schemas.ModelName, payload: schemas.ProfileIn
) -> schemas.ProfileOut:
    """For this organization, before the shipped one of that name. Needs `model.manage`."""
    made = ai.set_profile(
        actor_of(request),
        org_id,
        model,
        provider=payload.provider,
        task_types=list(payload.task_types),
        quality=payload.quality,
        speed=payload.speed,
        context=payload.context,
        max_output=payload.max_output,
        enabled=payload.enabled,
    )
    return schemas.ProfileOut.of(made, ai.prices(org_id, [made])[model])


@router.delete(
    _ONE, response={204: None}, operation_id="removeModel", summary="Take a profile back"
)
def remove_model(request: HttpRequest, org_id: UUID, model: schemas.ModelName) -> Status[None]:
    """The shipped one of that name, if there is one, holds again. Needs `model.manage`."""
    ai.remove_profile(actor_of(request), org_id, model)
    return Status(204, None)


@router.get(
    "/models/recommend",
    response=schemas.DecisionOut,
    operation_id="recommendModel",
    summary="Recommend a model for a type of task",
)
def recommend_model(
    request: HttpRequest,
    task_type: TaskType,
    project_id: MeantQuery = None,
    input_tokens: Annotated[int, Query(ge=0, le=100_000_000)] = 4_000,
    max_output_tokens: Annotated[int, Query(ge=0, le=100_000_000)] = 1_000,
) -> schemas.DecisionOut:
    """Every model's score and why it lost, by the project's settings and outcomes. Nothing is
    recorded; `POST /api/models/routes` does that."""
    actor = actor_of(request)
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.recommend(
            access, task_type, input_tokens=input_tokens, output_tokens=max_output_tokens
        )
    return schemas.DecisionOut.of(found)


@router.get(
    "/models/settings",
    response=Page[schemas.SettingsOut],
    operation_id="listModelSettings",
    summary="List the model settings of a project",
)
def list_model_settings(
    request: HttpRequest, project_id: MeantQuery = None
) -> Page[schemas.SettingsOut]:
    """One for each type of task."""
    actor = actor_of(request)
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.list_settings(access)
    return Page(items=[schemas.SettingsOut.from_orm(one) for one in found])


@router.post(
    "/models/settings",
    response=schemas.SettingsOut,
    operation_id="setModelSettings",
    summary="Say how a project wants a type of task done",
)
def set_model_settings(request: HttpRequest, payload: schemas.SettingsIn) -> Any:
    """What is left out stays as it is. Needs `model.manage`."""
    return ai.set_task_settings(
        actor_of(request),
        payload.project_id,
        payload.task_type,
        preferred_model=payload.preferred_model,
        minimum_quality=payload.minimum_quality,
        dual_run_enabled=payload.dual_run_enabled,
        max_cost_multiplier=payload.max_cost_multiplier,
    )


@router.get(
    "/models/compare",
    response=Page[schemas.RecordOut],
    operation_id="compareModels",
    summary="Compare what models did",
)
def compare_models(
    request: HttpRequest,
    project_id: MeantQuery = None,
    task_type: Annotated[TaskType | None, Query(description="Only this type of task")] = None,
    period: PeriodQuery = "30d",
) -> Page[schemas.RecordOut]:
    """Success, latency, quality, cost and tokens by the outcomes reported in the period."""
    actor = actor_of(request)
    days = timedelta(days=int(period.removesuffix("d")))
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.compare(access, task_type, days)
    return Page(items=[schemas.RecordOut.of(one) for one in found])


@router.get(
    "/models/routes",
    response=Page[schemas.RouteOut],
    operation_id="listModelRoutes",
    summary="List routes of a project",
)
def list_model_routes(
    request: HttpRequest, response: HttpResponse, paging: PagingQuery, project_id: MeantQuery = None
) -> dict[str, Any]:
    """Newest first, each with its outcome where one was reported."""
    actor = actor_of(request)
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.list_routes(access, before=after_id(paging), limit=paging.limit + 1)
    rows = [schemas.RouteOut.of(one) for one in found]
    return page(request, response, paging, rows, lambda row: [row.id])


@router.post(
    "/models/routes",
    response={201: schemas.RouteOut},
    operation_id="routeTask",
    summary="Decide which model does a task",
)
def route_task(request: HttpRequest, payload: schemas.RouteIn) -> Status[schemas.RouteOut]:
    """The decision is kept with every candidate's score and why it lost. Needs `model.use`."""
    made, _ = ai.route_task(
        actor_of(request),
        payload.project_id,
        payload.task_type,
        microstep_id=payload.microstep_id,
        input_tokens=payload.input_tokens,
        output_tokens=payload.max_output_tokens,
        must_be_served=payload.must_be_served,
    )
    return Status(201, schemas.RouteOut.of(made))


@router.post(
    "/models/routes/{uuid:route_id}/outcome",
    response=schemas.RouteOut,
    operation_id="reportRouteOutcome",
    summary="Report what came of a route",
)
def report_route_outcome(
    request: HttpRequest, route_id: UUID, payload: schemas.OutcomeIn
) -> schemas.RouteOut:
    """Once; later decisions of the project count it. Needs `model.use`."""
    tokens = None
    if payload.input_tokens is not None or payload.output_tokens is not None:
        tokens = metering.Tokens(input=payload.input_tokens or 0, output=payload.output_tokens or 0)
    made = ai.report_outcome(
        actor_of(request),
        payload.project_id,
        route_id,
        success=payload.success,
        quality=payload.quality,
        latency_ms=payload.latency_ms,
        tokens=tokens,
        note=payload.note,
    )
    return schemas.RouteOut.of(made)
