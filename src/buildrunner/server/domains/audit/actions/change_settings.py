"""Change how long a ledger keeps its records, and what of them is personal."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.actions.signing_keys import PERMISSION
from buildrunner.server.domains.audit.models import AuditSettings
from buildrunner.server.domains.audit.queries.privacy import settings_of
from buildrunner.server.domains.audit.rules import redaction as rules
from buildrunner.server.domains.audit.types import SettingsView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def change_settings(
    actor: Actor,
    org_id: UUID,
    *,
    audit_retention_days: int | None = None,
    redact_names: bool | None = None,
    redact: Sequence[str] | None = None,
) -> SettingsView:
    """What is `None` stays. Needs `audit.manage`; raises `Invalid` naming the field.

    Records that a shorter time lets go are removed in the following night.
    """
    with organization_scope(actor, org_id, PERMISSION):
        before = settings_of(org_id)
        days, names, members = audit_retention_days, redact_names, redact
        after = SettingsView(
            before.audit_retention_days if days is None else rules.checked_days(days),
            redact_names=before.redact_names if names is None else names,
            redact=before.redact if members is None else tuple(rules.checked_members(members)),
        )
        if after == before:
            return before
        told = {
            "audit_retention_days": after.audit_retention_days,
            "redact_names": after.redact_names,
            "redact": list(after.redact),
        }
        AuditSettings.objects.update_or_create(org_id=org_id, defaults=told)
        emit(events.SETTINGS_CHANGED, actor=actor, org_id=org_id, subject=str(org_id), data=told)
        return after
