"""Arbitrations on the record, and how often each model won one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count

from buildrunner.server.domains.ai.errors import ArbitrationAbsent
from buildrunner.server.domains.ai.models import Arbitration
from buildrunner.server.domains.ai.types import arbitrations as types
from buildrunner.server.domains.tenancy.facade import ProjectAccess

#: What of a candidate tells or suggests its name.
_NAMING: Final = ("model", "provider", "route_id", "cost", "input_tokens", "output_tokens",
                  "latency_ms")  # fmt: skip


def list_arbitrations(
    access: ProjectAccess,
    *,
    status: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[types.Arbitration]:
    """Newest first."""
    access.require("plan.read")
    rows = Arbitration.objects.filter(project_id=access.project_id)
    if status is not None:
        rows = rows.filter(status=status)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [arbitration_view(row) for row in rows.order_by("-id")[:limit]]


def get_arbitration(access: ProjectAccess, arbitration_id: UUID) -> types.Arbitration:
    """One of the project's. Raises ArbitrationAbsent."""
    access.require("plan.read")
    row = Arbitration.objects.filter(id=arbitration_id, project_id=access.project_id).first()
    if row is None:
        raise ArbitrationAbsent(f"There is no arbitration {arbitration_id} in this project.")
    return arbitration_view(row)


def arbitration_view(row: Arbitration) -> types.Arbitration:
    """A row as it is told: blind while a person has to decide."""
    blind = row.status == "awaiting_decision"
    return types.Arbitration(
        id=row.id,
        project_id=row.project_id,
        task_type=row.task_type,
        microstep_id=row.microstep_id,
        status=row.status,
        question=row.question,
        candidates=[_blinded(one) if blind else one for one in row.candidates],
        rubric=row.rubric,
        passes=row.passes,
        judge=row.judge,
        judge_is_candidate=row.judge_is_candidate,
        winner=row.winner,
        confidence=row.confidence,
        rationale=row.rationale,
        multiplier_estimated=row.multiplier_estimated,
        multiplier_actual=row.multiplier_actual,
        cost=row.cost,
        decided_by=row.decided_by,
        decided_reason=row.decided_reason,
        decided_at=row.decided_at,
        actor=row.actor,
        created_at=row.created_at,
    )


def _blinded(candidate: dict[str, Any]) -> dict[str, Any]:
    return {**candidate, **dict.fromkeys(_NAMING)}


def duels(
    access: ProjectAccess, task_type: str | None, period: timedelta
) -> dict[tuple[str, str], tuple[int, int]]:
    """(model, type of task) → duels that were decided in the period, and how many it won."""
    rows = Arbitration.objects.filter(
        project_id=access.project_id,
        contested=True,
        created_at__gte=datetime.now(UTC) - period,
    ).exclude(winner="")
    if task_type is not None:
        rows = rows.filter(task_type=task_type)
    fought: Counter[tuple[str, str]] = Counter()
    won: Counter[tuple[str, str]] = Counter()
    for row in rows.values("model_a", "model_b", "winner", "task_type").annotate(times=Count("id")):
        for label, model in (("A", row["model_a"]), ("B", row["model_b"])):
            fought[model, row["task_type"]] += row["times"]
            won[model, row["task_type"]] += row["times"] if row["winner"] == label else 0
    return {key: (count, won[key]) for key, count in fought.items()}
