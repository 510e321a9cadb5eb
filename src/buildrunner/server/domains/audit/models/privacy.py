"""What an organization's policy says of its ledger, and of whom nothing personal may be kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class AuditSettings(TenantRow):
    """How long records stay, and which disclosures are personal; without a row the defaults hold.

    `redact` names members of records (`name`, `email`, …), `*` means all. They are left out of
    redacted exports, and with `redact_names` wherever people read the ledger.
    """

    in_archive = Left("it belongs to an organization")

    audit_retention_days = models.PositiveSmallIntegerField(default=365)
    redact_names = models.BooleanField(default=False)
    redact = models.JSONField(default=list)

    class Meta:
        db_table = "audit_settings"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id"], name="audit_settings_org"),
            models.CheckConstraint(
                condition=models.Q(audit_retention_days__range=(30, 2555)),
                name="audit_settings_retention",
            ),
        ]


class Erasure(TenantRow):
    """That nothing personal of somebody may be kept here, or come back with a backup.

    `people` are the names under which the ledger knows them (`PersonKey.person`): the id, and
    digests of addresses. `erased_by` has no name of its own.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("it is about an organization's members")

    person_id = models.UUIDField()
    people = models.JSONField()
    erased_by = models.JSONField()

    class Meta:
        db_table = "audit_erasure"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "person_id"], name="audit_erasure_person"),
        ]
