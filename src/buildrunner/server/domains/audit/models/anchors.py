"""What a state of the ledger is held to: signed checkpoints, and the headers of removed segments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Checkpoint(TenantRow):
    """A signed statement: the ledger had `size` records, with this `root` and `last_hash`.

    `note` is the signed text as it is handed out. `requested_by` is null for the hourly ones.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("it is a statement about one organization's ledger")

    size = models.BigIntegerField()
    root = models.BinaryField()
    last_hash = models.BinaryField()
    key_id = models.CharField(max_length=16)
    note = models.TextField()
    requested_by = models.JSONField(null=True)

    class Meta:
        db_table = "audit_checkpoint"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "size", "key_id"], name="audit_checkpoint_size"
            ),
        ]


class Segment(TenantRow):
    """Records that retention took away: `header` is the signed line (`ledger/segment.py`) that
    stands in exports in their place. A trigger lets go of rows of the ledger only while a segment
    covers them. Events up to `events_before` that the ledger does not hold were in it once.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("it is a statement about one organization's ledger")

    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    header = models.TextField()
    events_before = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_segment"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "first_seq"], name="audit_segment_first"),
            models.CheckConstraint(
                condition=models.Q(first_seq__gte=1, last_seq__gte=models.F("first_seq")),
                name="audit_segment_range",
            ),
        ]
