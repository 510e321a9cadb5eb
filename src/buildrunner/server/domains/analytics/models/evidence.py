"""Evidence, summed up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow

_LEFT: Any = Left("counted anew from the events")


class EvidenceMark(TenantRow):
    """Up to which event of the stream a project's evidence is summed up: none behind it is."""

    in_archive: ClassVar[Any] = _LEFT

    project_id = models.UUIDField()
    epoch = models.IntegerField()
    transaction = models.BigIntegerField()
    event_id = models.BigIntegerField()

    class Meta:
        db_table = "analytics_evidence_mark"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id"], name="analytics_evidence_mark_once"
            ),
        ]


class EvidenceSum(TenantRow):
    """What came in on one day (UTC) from one actor for the same microsteps: of `total` checks that
    passed or failed, `passed` did. `key` is the digest of actor and microsteps."""

    in_archive: ClassVar[Any] = _LEFT

    project_id = models.UUIDField()
    day = models.DateField()
    key = models.BinaryField(max_length=16)
    actor = models.JSONField()
    microsteps = models.JSONField()
    passed = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        db_table = "analytics_evidence_sum"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "day", "key"], name="analytics_evidence_sum_once"
            ),
        ]
