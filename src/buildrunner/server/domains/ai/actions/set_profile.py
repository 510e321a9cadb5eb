"""What an organization says of a model."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.ai import events
from buildrunner.server.domains.ai.models import ModelProfile
from buildrunner.server.domains.ai.queries.routing import profile_of
from buildrunner.server.domains.ai.rules.catalogue import require_sound, shipped
from buildrunner.server.domains.ai.types.routing import Profile
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

MOST = 200


def set_profile(
    actor: Actor,
    org_id: UUID,
    model: str,
    *,
    provider: str,
    task_types: list[str],
    quality: Decimal,
    speed: Decimal,
    context: int,
    max_output: int,
    enabled: bool = True,
) -> Profile:
    """Add or replace one. Needs `model.manage`; raises Invalid with the `field` that is wrong."""
    require_sound(
        Profile(model, provider, tuple(task_types), quality, speed, context, max_output, enabled)
    )
    with organization_scope(actor, org_id) as access:
        access.require("model.manage")
        known = ModelProfile.objects.filter(org_id=org_id, model=model).first()
        if known is None and ModelProfile.objects.filter(org_id=org_id).count() >= MOST:
            raise Invalid(f"an organization has at most {MOST} profiles of its own", field="model")
        before = _told(profile_of(known)) if known else None
        row, _ = ModelProfile.objects.update_or_create(
            org_id=org_id,
            model=model,
            defaults={
                "provider": provider,
                "task_types": sorted(set(task_types)),
                "quality": quality,
                "speed": speed,
                "context": context,
                "max_output": max_output,
                "enabled": enabled,
            },
        )
        made = profile_of(row)
        if _told(made) != before:
            emit(
                events.PROFILE_SET,
                actor=actor,
                org_id=org_id,
                subject=model,
                data={**_told(made), "before": before},
            )
        return made


def remove_profile(actor: Actor, org_id: UUID, model: str) -> None:
    """Take it back; the shipped one of that name, if any, holds again. Needs `model.manage`."""
    with organization_scope(actor, org_id) as access:
        access.require("model.manage")
        row = ModelProfile.objects.filter(org_id=org_id, model=model).first()
        if row is None:
            return
        before = _told(profile_of(row))
        row.delete()
        emit(
            events.PROFILE_REMOVED,
            actor=actor,
            org_id=org_id,
            subject=model,
            data={"before": before, "shipped": model in shipped()},
        )


def _told(profile: Profile) -> dict[str, object]:
    return {
        "provider": profile.provider,
        "task_types": list(profile.task_types),
        "quality": str(profile.quality.normalize()),
        "speed": str(profile.speed.normalize()),
        "context": profile.context,
        "max_output": profile.max_output,
        "enabled": profile.enabled,
    }
