"""Profiles of an organization, settings of a project, and routes with their outcomes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models as db

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class ModelProfile(TenantRow):
    """What an organization says of a model; goes before the shipped profile of that name."""

    in_archive = Left("belongs to the organization")

    model = db.TextField()
    provider = db.TextField()
    task_types = db.JSONField(default=list)
    quality = db.DecimalField(max_digits=4, decimal_places=2)
    speed = db.DecimalField(max_digits=4, decimal_places=2)
    context = db.PositiveIntegerField()
    max_output = db.PositiveIntegerField()
    enabled = db.BooleanField(default=True)
    updated_at = db.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ai_profile"
        constraints: ClassVar[list[db.BaseConstraint]] = [
            db.UniqueConstraint(fields=["org_id", "model"], name="ai_profile_model"),
        ]


class TaskSetting(TenantRow):
    """How a project wants a type of task done."""

    in_archive = Left("models differ from server to server")

    project_id = db.UUIDField()
    task_type = db.CharField(max_length=16)
    preferred_model = db.TextField(blank=True, default="")
    minimum_quality = db.DecimalField(max_digits=4, decimal_places=2, default=0)
    dual_run_enabled = db.BooleanField(default=False)
    max_cost_multiplier = db.DecimalField(max_digits=6, decimal_places=2, default=2)
    updated_at = db.DateTimeField(auto_now=True)

    class Meta:
        db_table = "ai_task_setting"
        constraints: ClassVar[list[db.BaseConstraint]] = [
            db.UniqueConstraint(
                fields=["org_id", "project_id", "task_type"], name="ai_task_setting_once"
            ),
        ]


class Route(TenantRow):
    """A decision, never changed; its outcome is set once.

    `candidates` holds each model's score, parts, cost and why it lost. `outcome` is
    `{success, quality, latency_ms, tokens, note}`; `cost` is NULL where no price was known.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("prices and providers differ from server to server")

    project_id = db.UUIDField()
    task_type = db.CharField(max_length=16)
    microstep_id = db.TextField(blank=True, default="")
    model = db.TextField()
    reason = db.TextField()
    candidates = db.JSONField(default=list)
    actor = db.JSONField()
    success = db.BooleanField(null=True)
    quality = db.DecimalField(max_digits=4, decimal_places=2, null=True)
    latency_ms = db.PositiveIntegerField(null=True)
    tokens = db.BigIntegerField(null=True)
    cost = db.DecimalField(max_digits=20, decimal_places=10, null=True)
    note = db.TextField(blank=True, default="")
    reported_at = db.DateTimeField(null=True)

    class Meta:
        db_table = "ai_route"
        indexes: ClassVar[list[db.Index]] = [
            db.Index(
                fields=["org_id", "project_id", "task_type", "-reported_at"], name="ai_route_task"
            )
        ]
