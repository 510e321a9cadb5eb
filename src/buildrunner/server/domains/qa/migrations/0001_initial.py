"""Evidence, sign-offs, the key that signs them, and quarantines."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

# The project, the organization and their rows go together.
TABLES = ("qa_evidencerecord", "qa_signoff", "qa_quarantine")


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


EVIDENCE = migrations.CreateModel(
    name="EvidenceRecord",
    fields=row(
        project_id=models.UUIDField(),
        address=models.CharField(max_length=64),
        plan_project=models.TextField(null=True),
        microstep_id=models.TextField(),
        criterion_index=models.IntegerField(null=True),
        criterion_digest=models.CharField(max_length=71),
        check_id=models.TextField(),
        check_digest=models.CharField(max_length=71),
        paths=models.TextField(),
        subject_digest=models.CharField(max_length=71),
        commit=models.CharField(max_length=64, null=True),
        tree=models.CharField(max_length=64, null=True),
        outcome=models.CharField(max_length=8),
        reason=models.TextField(),
        exit_code=models.BigIntegerField(null=True),
        runner_class=models.CharField(max_length=8),
        believed=models.BooleanField(),
        key_id=models.CharField(max_length=16),
        moment=models.CharField(max_length=32),
        run_group=models.CharField(blank=True, max_length=200),
        record=models.TextField(),
        uploaded_by=models.JSONField(),
        person_id=models.UUIDField(null=True),
    ),
    options={
        "indexes": [
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
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "project_id", "address"), name="qa_evidence_address"
            )
        ],
    },
)

SIGN_OFF = migrations.CreateModel(
    name="SignOff",
    fields=row(
        project_id=models.UUIDField(),
        address=models.CharField(max_length=64),
        microstep_id=models.TextField(),
        criterion_index=models.IntegerField(null=True),
        criterion_digest=models.CharField(max_length=71),
        self_attested=models.BooleanField(default=False),
        record=models.TextField(),
        actor=models.JSONField(),
        person_id=models.UUIDField(null=True),
        revoked_at=models.DateTimeField(null=True),
        revoked_by=models.JSONField(null=True),
    ),
    options={
        "indexes": [
            models.Index(fields=["project_id", "microstep_id"], name="qa_signoff_microstep")
        ],
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "project_id", "address"), name="qa_signoff_address"
            ),
            models.UniqueConstraint(
                condition=models.Q(("person_id__isnull", False), ("revoked_at__isnull", True)),
                fields=("org_id", "project_id", "microstep_id", "criterion_digest", "person_id"),
                name="qa_signoff_standing",
            ),
        ],
    },
)

SIGN_OFF_KEY = migrations.CreateModel(
    name="SignOffKey",
    fields=row(
        key_id=models.CharField(max_length=16),
        public_key=models.CharField(max_length=64),
        secret=models.TextField(),
    ),
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id",), name="qa_signoffkey_organization")
        ],
    },
)

QUARANTINE = migrations.CreateModel(
    name="Quarantine",
    fields=row(
        project_id=models.UUIDField(),
        check_digest=models.CharField(max_length=71),
        check_id=models.TextField(),
        reason=models.TextField(),
        until=models.DateTimeField(),
        actor=models.JSONField(),
        person_id=models.UUIDField(),
        lifted_at=models.DateTimeField(null=True),
        lifted_by=models.JSONField(null=True),
    ),
    options={
        "indexes": [
            models.Index(fields=["project_id", "check_digest", "until"], name="qa_quarantine_check")
        ],
    },
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        EVIDENCE,
        SIGN_OFF,
        SIGN_OFF_KEY,
        QUARANTINE,
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES),
        foreign_key("qa_signoffkey", "org_id", "tenancy_organization"),
    ]
