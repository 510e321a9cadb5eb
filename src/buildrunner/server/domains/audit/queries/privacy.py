"""The policy of a ledger, and the erasures that took place in it."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.audit.models import AuditSettings, Erasure
from buildrunner.server.domains.audit.queries.checkpoints import READ
from buildrunner.server.domains.audit.rules import redaction as rules
from buildrunner.server.domains.audit.types import ErasureView, SettingsView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor


def get_settings(actor: Actor, org_id: UUID) -> SettingsView:
    """How long records stay and what is redacted. Needs `audit.read`."""
    with organization_scope(actor, org_id, READ):
        return settings_of(org_id)


def settings_of(org_id: UUID) -> SettingsView:
    """The same in the organization's scope; the defaults where nobody set anything."""
    row = AuditSettings.objects.filter(org_id=org_id).first()
    if row is None:
        return SettingsView(rules.DEFAULT_DAYS, redact_names=False, redact=rules.EVERYTHING)
    return SettingsView(
        row.audit_retention_days,
        redact_names=row.redact_names,
        redact=tuple(row.redact) or rules.EVERYTHING,
    )


def personal(org_id: UUID, *, redact: bool = False) -> tuple[str, ...]:
    """The members that a reader is not shown, in the organization's scope: those that the policy
    names, where it says so or the reader asks for it; `*` means all."""
    policy = settings_of(org_id)
    return tuple(policy.redact) if redact or policy.redact_names else ()


def erasures(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[ErasureView]:
    """Who was erased here, the last first. Needs `audit.read`."""
    with organization_scope(actor, org_id, READ):
        rows = Erasure.objects.filter(org_id=org_id).order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        return [erasure_view(row) for row in rows[:limit]]


def erased_people(org_id: UUID) -> set[str]:
    """Under what names the erased are known to the ledger, in the organization's scope."""
    rows = Erasure.objects.filter(org_id=org_id).values_list("people", flat=True)
    return {name for people in rows for name in people}


def erasure_view(row: Erasure) -> ErasureView:
    """A row."""
    return ErasureView(
        id=row.id, person_id=row.person_id, erased_at=row.created_at, erased_by=row.erased_by
    )
