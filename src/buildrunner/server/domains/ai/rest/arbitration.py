"""Two models side by side: ask them, read what came of it, decide in person."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest import arbitration_schemas as schemas
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["models"])
MeantQuery = Annotated[
    UUID | None, Query(description="The project; a key that is bound to one may leave it out")
]


@router.post(
    "/models/arbitrate",
    response={201: schemas.ArbitratedOut},
    operation_id="arbitrateModels",
    summary="Have two models do a task and a third judge",
    openapi_extra={
        "responses": {
            402: {"description": "`budget_exceeded`, `quota_exceeded`: nothing was spent"},
            409: {"description": "`dual_run_off`: the project does not compare two models here"},
            502: {"description": "`provider_failed`: neither model answered"},
            504: {"description": "`provider_timeout`: neither model answered in time"},
        }
    },
)
def arbitrate(request: HttpRequest, payload: schemas.ArbitrateIn) -> Status[schemas.ArbitratedOut]:
    """Both answer side by side; a judge sees them twice, without names and in both orders. Where it
    does not say the same both times, a person decides. 422 `cost_multiplier_exceeded` before
    anything is spent, with both figures. Needs `model.use` and the project's `dual_run_enabled`."""
    rubric = [ai.Criterion(one.name, one.meaning) for one in payload.rubric or ()]
    made = ai.arbitrate(
        actor_of(request),
        payload.project_id,
        payload.task_type,
        [ai.Message(one.role, one.content) for one in payload.messages],
        microstep=payload.microstep_id,
        max_tokens=payload.max_tokens,
        models=(payload.models[0], payload.models[1]) if payload.models else None,
        rubric=rubric or None,
    )
    return Status(201, schemas.ArbitratedOut.of(made))


@router.get(
    "/models/arbitrations",
    response=Page[schemas.ArbitrationSummaryOut],
    operation_id="listArbitrations",
    summary="List comparisons of two models",
)
def list_arbitrations(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    project_id: MeantQuery = None,
    status: Annotated[schemas.Status | None, Query(description="Only those")] = None,
) -> dict[str, Any]:
    """Newest first. Models are named once it is decided."""
    actor = actor_of(request)
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        found = ai.list_arbitrations(
            access, status=status, before=after_id(paging), limit=paging.limit + 1
        )
    rows = [schemas.ArbitrationSummaryOut.of(one) for one in found]
    return page(request, response, paging, rows, lambda row: [row.id])


@router.get(
    "/models/arbitrations/{uuid:arbitration_id}",
    response=schemas.ArbitrationOut,
    operation_id="getArbitration",
    summary="Read a comparison of two models",
)
def get_arbitration(
    request: HttpRequest, arbitration_id: UUID, project_id: MeantQuery = None
) -> schemas.ArbitrationOut:
    """Both answers, the judge's passes, costs and who decided."""
    actor = actor_of(request)
    with project_scope(actor, ai.project_meant(actor, project_id), "plan.read") as access:
        return schemas.ArbitrationOut.of(ai.get_arbitration(access, arbitration_id))


@router.post(
    "/models/arbitrations/{uuid:arbitration_id}/decide",
    response=schemas.ArbitrationOut,
    operation_id="decideArbitration",
    summary="Decide between two answers in person",
    openapi_extra={
        "responses": {
            403: {
                "description": "`in_person_only`: keys, agents and service accounts cannot do "
                "this, whatever their rights"
            },
            409: {"description": "`arbitration_decided`: it was decided before"},
        }
    },
)
def decide_arbitration(
    request: HttpRequest, arbitration_id: UUID, payload: schemas.DecideArbitrationIn
) -> schemas.ArbitrationOut:
    """Once, where the judge did not decide. The reason stays on the record. Needs `model.use`."""
    actor = actor_of(request)
    made = ai.decide_arbitration(
        actor,
        ai.project_meant(actor, payload.project_id),
        arbitration_id,
        winner=payload.winner,
        reason=payload.reason,
    )
    return schemas.ArbitrationOut.of(made)
