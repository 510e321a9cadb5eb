"""Profiles, settings, what models did, and where a task would go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, Q, Sum

from buildrunner.server.domains.ai.errors import ModelUnserved
from buildrunner.server.domains.ai.models import ModelProfile, Route, TaskSetting
from buildrunner.server.domains.ai.queries.arbitrating import duels
from buildrunner.server.domains.ai.queries.providers import choose, upstreams
from buildrunner.server.domains.ai.rules import routing
from buildrunner.server.domains.ai.rules.catalogue import shipped
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.domains.ai.types.routing import (
    TASK_TYPES,
    Candidate,
    Decision,
    Profile,
    Record,
    RouteView,
    TaskSettings,
)
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.errors import Invalid

#: What a task is taken to be where nobody says: a prompt of some pages and a page of answer.
INPUT_TOKENS, OUTPUT_TOKENS = 4_000, 1_000
REMEMBERED = timedelta(days=90)


def profiles(org_id: UUID) -> list[Profile]:
    """The organization's own, then the shipped ones it did not replace, by name; in scope."""
    found = dict(shipped())
    for row in ModelProfile.objects.filter(org_id=org_id):
        found[row.model] = profile_of(row)
    return sorted(found.values(), key=lambda one: one.model)


def profile_of(row: ModelProfile) -> Profile:
    """A row as the rules read it."""
    return Profile(
        model=row.model,
        provider=row.provider,
        task_types=tuple(row.task_types),
        quality=row.quality,
        speed=row.speed,
        context=row.context,
        max_output=row.max_output,
        enabled=row.enabled,
        own=True,
    )


def require_fit(org_id: UUID, model: str, task_type: str) -> None:
    """Raise Invalid unless a model has a profile that is meant for the task."""
    found = {one.model: one for one in profiles(org_id)}
    if model not in found:
        raise Invalid(
            f"{model!r} has no profile here; there are {', '.join(found)}. Add one with "
            f"PUT /api/orgs/{org_id}/models/{{model}}.",
            field="preferred_model",
        )
    if task_type not in found[model].task_types:
        raise Invalid(
            f"{model} is not meant for {task_type}; its profile says "
            f"{', '.join(found[model].task_types)}.",
            field="preferred_model",
        )


def prices(org_id: UUID, found: Sequence[Profile]) -> dict[str, metering.Price | None]:
    """What each costs now; None where nobody knows."""
    now = datetime.now(UTC)
    return {
        each.model: metering.quote(org_id, each.provider or None, each.model, now) for each in found
    }


def settings_of(access: ProjectAccess, task_type: str) -> TaskSettings:
    """Those of the project, or the defaults."""
    row = TaskSetting.objects.filter(project_id=access.project_id, task_type=task_type).first()
    return TaskSettings(task_type) if row is None else settings_view(row)


def list_settings(access: ProjectAccess) -> list[TaskSettings]:
    """One for each type of task."""
    access.require("plan.read")
    rows = {row.task_type: row for row in TaskSetting.objects.filter(project_id=access.project_id)}
    return [
        settings_view(rows[task]) if task in rows else TaskSettings(task) for task in TASK_TYPES
    ]


def settings_view(row: TaskSetting) -> TaskSettings:
    """A row as the rules read it."""
    return TaskSettings(
        task_type=row.task_type,
        preferred_model=row.preferred_model,
        minimum_quality=row.minimum_quality,
        dual_run_enabled=row.dual_run_enabled,
        max_cost_multiplier=row.max_cost_multiplier,
    )


def recommend(
    access: ProjectAccess,
    task_type: str,
    *,
    input_tokens: int = INPUT_TOKENS,
    output_tokens: int = OUTPUT_TOKENS,
    must_be_served: bool = False,
) -> Decision:
    """Where a task would go, and why; nothing is recorded."""
    access.require("plan.read")
    found = profiles(access.org_id)
    costs = {
        model: None if price is None else price.upper_bound(input_tokens, output_tokens)
        for model, price in prices(access.org_id, found).items()
    }
    return routing.decide(
        settings_of(access, task_type),
        found,
        costs=costs,
        served=served(access.org_id, found),
        records={one.model: one for one in compare(access, task_type, REMEMBERED)},
        tokens=input_tokens + output_tokens,
        must_be_served=must_be_served,
    )


def served(org_id: UUID, found: Sequence[Profile]) -> dict[str, bool]:
    """Whether a provider of the organization serves each."""
    known = upstreams(org_id)
    return {each.model: _answers(known, each.model) for each in found}


def _answers(known: Sequence[Upstream], model: str) -> bool:
    try:
        return bool(choose(known, model, "chat"))
    except ModelUnserved:
        return False


def compare(access: ProjectAccess, task_type: str | None, period: timedelta) -> list[Record]:
    """What models did in the project by reported outcomes, most calls first."""
    rows = Route.objects.filter(
        project_id=access.project_id,
        reported_at__isnull=False,
        reported_at__gte=datetime.now(UTC) - period,
    )
    if task_type is not None:
        rows = rows.filter(task_type=task_type)
    grouped = rows.values("model", "task_type").annotate(
        calls=Count("id"),
        succeeded=Count("id", filter=Q(success=True)),
        mean_quality=Avg("quality"),
        mean_latency=Avg(F("latency_ms") * 1.0),
        all_tokens=Sum("tokens"),
        all_cost=Sum("cost"),
        unpriced=Count("id", filter=Q(cost__isnull=True)),
    )
    fought = duels(access, task_type, period)
    found = [
        Record(
            model=row["model"],
            task_type=row["task_type"],
            calls=row["calls"],
            succeeded=row["succeeded"],
            quality=_rounded(row["mean_quality"]),
            latency_ms=_rounded(row["mean_latency"]),
            tokens=row["all_tokens"] or 0,
            cost=row["all_cost"],
            unpriced=row["unpriced"],
            duels=fought.get((row["model"], row["task_type"]), (0, 0))[0],
            won=fought.get((row["model"], row["task_type"]), (0, 0))[1],
        )
        for row in grouped
    ]
    return sorted(found, key=lambda one: (-one.calls, one.model, one.task_type))


def _rounded(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def list_routes(
    access: ProjectAccess, *, before: UUID | None = None, limit: int = 50
) -> list[RouteView]:
    """Newest first."""
    access.require("plan.read")
    rows = Route.objects.filter(project_id=access.project_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [route_view(row) for row in rows.order_by("-id")[:limit]]


def route_view(row: Route) -> RouteView:
    """A row as it is told."""
    outcome = None
    if row.reported_at is not None:
        outcome = {
            "success": row.success,
            "quality": None if row.quality is None else str(row.quality),
            "latency_ms": row.latency_ms,
            "tokens": row.tokens,
            "cost": None if row.cost is None else metering.money(row.cost),
            "note": row.note,
            "reported_at": row.reported_at.isoformat(),
        }
    return RouteView(
        id=row.id,
        project_id=row.project_id,
        task_type=row.task_type,
        microstep_id=row.microstep_id,
        model=row.model,
        reason=row.reason,
        candidates=row.candidates,
        created_at=row.created_at,
        outcome=outcome,
    )


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """As it is stored and answered; decimals are text."""
    return {
        "model": candidate.model,
        "provider": candidate.provider,
        "score": None if candidate.score is None else str(candidate.score),
        "parts": {name: str(value) for name, value in candidate.parts.items()},
        "cost": None if candidate.cost is None else metering.money(candidate.cost),
        "lost": candidate.lost,
        "served": candidate.served,
    }
