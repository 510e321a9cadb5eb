"""What checks found, as it was signed where they ran."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class EvidenceRecord(TenantRow):
    """One signed record, kept under its address and never changed; `created_at` is its receipt.

    `record` holds its RFC 8785 bytes, the other columns what it says, so that a proof is decided
    without reading them. `believed` is false where it says `ci` and came from a person's machine.
    `moment` sorts as the record's time does, `paths` is JSON.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("it proves what was uploaded here, by people and keys of this organization")

    project_id = models.UUIDField()
    address = models.CharField(max_length=64)
    plan_project = models.TextField(null=True)
    microstep_id = models.TextField()
    criterion_index = models.IntegerField(null=True)
    criterion_digest = models.CharField(max_length=71)
    check_id = models.TextField()
    check_digest = models.CharField(max_length=71)
    paths = models.TextField()
    subject_digest = models.CharField(max_length=71)
    commit = models.CharField(max_length=64, null=True)
    tree = models.CharField(max_length=64, null=True)
    outcome = models.CharField(max_length=8)
    reason = models.TextField()
    exit_code = models.BigIntegerField(null=True)
    runner_class = models.CharField(max_length=8)
    believed = models.BooleanField()
    key_id = models.CharField(max_length=16)
    moment = models.CharField(max_length=32)
    run_group = models.CharField(max_length=200, blank=True)
    record = models.TextField()
    uploaded_by = models.JSONField()
    person_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "address"], name="qa_evidence_address"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=[
                    "project_id",
                    "microstep_id",
                    "criterion_digest",
                    "check_digest",
                    "-moment",
                ],
                name="qa_evidence_newest",
            ),
            models.Index(fields=["project_id", "-id"], name="qa_evidence_log"),
            models.Index(
                fields=["project_id", "check_digest", "tree", "subject_digest"],
                name="qa_evidence_flaky",
            ),
        ]
