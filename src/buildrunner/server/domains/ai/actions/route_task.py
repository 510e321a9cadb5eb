"""Decide which model does a task, and take what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.ai import events
from buildrunner.server.domains.ai.errors import NoModelFits, RouteAbsent, RouteReported
from buildrunner.server.domains.ai.models import Route
from buildrunner.server.domains.ai.queries import routing
from buildrunner.server.domains.ai.types.routing import Decision, RouteView
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def route_task(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    *,
    microstep_id: str = "",
    input_tokens: int = routing.INPUT_TOKENS,
    output_tokens: int = routing.OUTPUT_TOKENS,
    must_be_served: bool = False,
) -> tuple[RouteView, Decision]:
    """Decide, and put the decision on the record. Needs `model.use`. Raises NoModelFits."""
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("model.use")
        decision = routing.recommend(
            access,
            task_type,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            must_be_served=must_be_served,
        )
        if not decision.chosen:
            raise NoModelFits(
                f"No model may do {task_type} here: "
                + "; ".join(f"{one.model}: {one.lost}" for one in decision.candidates[:10]),
                missing=[one.lost for one in decision.candidates[:10]],
            )
        row = keep_route(actor, access, decision, decision.chosen, microstep_id=microstep_id)
        return routing.route_view(row), decision


def report_outcome(
    actor: Actor,
    project_id: UUID,
    route_id: UUID,
    *,
    success: bool,
    quality: Decimal | None = None,
    latency_ms: int | None = None,
    tokens: metering.Tokens | None = None,
    note: str = "",
) -> RouteView:
    """What came of a route, once. Needs `model.use`. Raises RouteAbsent, RouteReported."""
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("model.use")
        row = Route.objects.select_for_update().filter(id=route_id, project_id=project_id).first()
        if row is None:
            raise RouteAbsent(f"There is no route {route_id} in this project.")
        if row.reported_at is not None:
            raise RouteReported(f"What came of {route_id} was reported already.")
        keep_outcome(
            actor,
            row,
            success=success,
            quality=quality,
            latency_ms=latency_ms,
            tokens=tokens,
            note=note,
        )
        return routing.route_view(row)


def keep_route(
    actor: Actor,
    access: ProjectAccess,
    decision: Decision,
    model: str,
    *,
    microstep_id: str = "",
    reason: str = "",
) -> Route:
    """Put on the record that a task goes to a model; in scope, who asks was judged."""
    row = Route.objects.create(
        org_id=access.org_id,
        project_id=access.project_id,
        task_type=decision.task_type,
        microstep_id=microstep_id,
        model=model,
        reason=reason or decision.reason,
        candidates=[routing.candidate_json(one) for one in decision.candidates],
        actor=actor.record(),
    )
    emit(
        events.ROUTED,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data={
            "task_type": row.task_type,
            "model": model,
            "microstep": microstep_id,
            "reason": row.reason,
        },
    )
    return row


def keep_outcome(
    actor: Actor,
    row: Route,
    *,
    success: bool,
    quality: Decimal | None = None,
    latency_ms: int | None = None,
    tokens: metering.Tokens | None = None,
    note: str = "",
) -> None:
    """Put on the record what came of a route; in scope, who reports was judged."""
    row.success, row.quality, row.latency_ms, row.note = success, quality, latency_ms, note
    row.reported_at = datetime.now(UTC)
    if tokens is not None:
        row.tokens = tokens.total
        price = metering.quote(row.org_id, _provider(row), row.model, row.reported_at)
        row.cost = None if price is None else price.cost(tokens)
    row.save()
    emit(
        events.REPORTED,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data={
            "task_type": row.task_type,
            "model": row.model,
            "success": success,
            "quality": None if quality is None else str(quality),
        },
    )


def _provider(row: Route) -> str | None:
    return next((one["provider"] for one in row.candidates if one["model"] == row.model), None)
