"""Waivers, and what checks found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Waiver(TenantRow):
    """One denial set aside until a moment; bound to the fingerprint of rule, path and content."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("a waiver is the word of somebody of this organization")

    project_id = models.UUIDField()
    rule = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=128)
    path = models.TextField(blank=True, default="")
    reason = models.TextField()
    expires_at = models.DateTimeField()
    approver = models.JSONField()
    person_id = models.UUIDField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "fingerprint"], name="governance_waiver_print"),
        ]


class CheckRun(TenantRow):
    """One judgement of one change that somebody reported or asked for.

    `change` is the sealed JSON form, or empty where it was too large to keep: such a run is counted
    but not simulated. `rules` counts the denials that fail by rule.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Left("runs concern the repository, and grow; they are kept for 180 days")
    sealed: ClassVar[dict[str, str]] = {"change": "governance.change"}

    project_id = models.UUIDField()
    source = models.CharField(max_length=16)
    title = models.TextField(blank=True, default="")
    branch = models.TextField(blank=True, default="")
    base = models.CharField(max_length=64, blank=True, default="")
    head = models.CharField(max_length=64, blank=True, default="")
    allowed = models.BooleanField()
    denials = models.JSONField(default=list)
    rules = models.JSONField(default=dict)
    policy_digest = models.CharField(max_length=64, blank=True, default="")
    request_id = models.UUIDField(null=True)
    change = models.TextField(blank=True, default="")
    actor = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "-created_at"], name="governance_run_newest"),
        ]
