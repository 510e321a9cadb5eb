"""How a project wants a type of task done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.ai import events
from buildrunner.server.domains.ai.models import TaskSetting
from buildrunner.server.domains.ai.queries.routing import require_fit, settings_view
from buildrunner.server.domains.ai.types.routing import TaskSettings
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def set_task_settings(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    *,
    preferred_model: str | None = None,
    minimum_quality: Decimal | None = None,
    dual_run_enabled: bool | None = None,
    max_cost_multiplier: Decimal | None = None,
) -> TaskSettings:
    """Change what is given and keep the rest. Needs `model.manage`. Raises Invalid for a model
    without a profile."""
    given: dict[str, Any] = {
        "preferred_model": preferred_model,
        "minimum_quality": minimum_quality,
        "dual_run_enabled": dual_run_enabled,
        "max_cost_multiplier": max_cost_multiplier,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("model.manage")
        if preferred_model:
            require_fit(access.org_id, preferred_model, task_type)
        row, _ = TaskSetting.objects.select_for_update().get_or_create(
            org_id=access.org_id, project_id=project_id, task_type=task_type
        )
        before = _told(settings_view(row))
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()
        row.refresh_from_db()  # decimals with the places of their columns
        after = settings_view(row)
        if _told(after) != before:
            emit(
                events.SETTINGS_CHANGED,
                actor=actor,
                org_id=access.org_id,
                project_id=project_id,
                subject=task_type,
                data={"before": before, "after": _told(after)},
            )
        return after


def _told(settings: TaskSettings) -> dict[str, object]:
    return {
        "preferred_model": settings.preferred_model,
        "minimum_quality": f"{settings.minimum_quality:.2f}",
        "dual_run_enabled": settings.dual_run_enabled,
        "max_cost_multiplier": f"{settings.max_cost_multiplier:.2f}",
    }
