"""Policies, requests for approval, votes, post-reviews, waivers and runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7

TABLES = (
    "governance_policyversion",
    "governance_changerequest",
    "governance_vote",
    "governance_postreview",
    "governance_waiver",
    "governance_checkrun",
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="ChangeRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("kind", models.CharField(default="change", max_length=32)),
                ("state", models.CharField(default="open", max_length=16)),
                ("title", models.TextField()),
                ("branch", models.TextField()),
                ("target", models.TextField(blank=True, default="")),
                ("base", models.CharField(max_length=64)),
                ("head", models.CharField(max_length=64)),
                ("content", models.CharField(max_length=64)),
                ("change", models.TextField()),
                ("paths", models.JSONField(default=list)),
                ("microsteps", models.JSONField(default=list)),
                ("allowed", models.BooleanField(default=False)),
                ("denials", models.JSONField(default=list)),
                ("policy_number", models.IntegerField(null=True)),
                ("author", models.JSONField()),
                ("authors", models.JSONField(default=list)),
                ("pushed_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "number"), name="governance_request_number"
                    ),
                    models.UniqueConstraint(fields=("org_id", "id"), name="governance_request_row"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "change"), ("state", "open")),
                        fields=("org_id", "project_id", "branch", "target"),
                        name="governance_request_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("source", models.CharField(max_length=16)),
                ("title", models.TextField(blank=True, default="")),
                ("branch", models.TextField(blank=True, default="")),
                ("base", models.CharField(blank=True, default="", max_length=64)),
                ("head", models.CharField(blank=True, default="", max_length=64)),
                ("allowed", models.BooleanField()),
                ("denials", models.JSONField(default=list)),
                ("rules", models.JSONField(default=dict)),
                ("policy_digest", models.CharField(blank=True, default="", max_length=64)),
                ("request_id", models.UUIDField(null=True)),
                ("change", models.TextField(blank=True, default="")),
                ("actor", models.JSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project_id", "-created_at"], name="governance_run_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("findings", models.JSONField(default=list)),
                ("message", models.TextField(blank=True, default="")),
                ("restored_from", models.IntegerField(null=True)),
                ("author", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "number"), name="governance_policy_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PostReview",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("request_id", models.UUIDField()),
                ("head", models.CharField(max_length=64)),
                ("justification", models.TextField()),
                ("denials", models.JSONField(default=list)),
                ("actor", models.JSONField()),
                ("person_id", models.UUIDField()),
                ("due_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=16)),
                ("note", models.TextField(blank=True, default="")),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("reviewed_by", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project_id", "due_at"], name="governance_review_due")
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("request_id", models.UUIDField()),
                ("head", models.CharField(max_length=64)),
                ("content", models.CharField(max_length=64)),
                ("verdict", models.CharField(max_length=8)),
                ("roles", models.JSONField()),
                ("paths", models.JSONField(null=True)),
                ("note", models.TextField(blank=True, default="")),
                ("actor", models.JSONField()),
                ("person_id", models.UUIDField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("org_id", "request_id", "person_id", "head"),
                        name="governance_vote_standing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("rule", models.CharField(max_length=64)),
                ("fingerprint", models.CharField(max_length=128)),
                ("path", models.TextField(blank=True, default="")),
                ("reason", models.TextField()),
                ("expires_at", models.DateTimeField()),
                ("approver", models.JSONField()),
                ("person_id", models.UUIDField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["project_id", "fingerprint"], name="governance_waiver_print"
                    )
                ],
            },
        ),
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES),
        *(
            tenant_foreign_key(table, "request_id", "governance_changerequest")
            for table in ("governance_vote", "governance_postreview")
        ),
    ]
