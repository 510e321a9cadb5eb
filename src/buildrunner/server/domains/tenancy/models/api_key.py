"""API keys: a program acts as a person or as a service account."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import Row


class ApiKey(Row):
    """A key; only its SHA-256 is kept, and a prefix by which its person knows it.

    Without `org_id` it is personal and acts in every organization of its person. Such rows match
    no scope, so the web role can neither read nor write them except through the look-up functions,
    which answer for one hash or one person.

    `person_id` is who made it; it acts as that person, or as the service account `service_id`. With
    `idle_days` it ends when it was not used for so many days. `replaced_by` is the key that a
    rotation put in its place; until `expires_at` both work.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    tenant_column: ClassVar[str | None] = "org_id"
    in_archive = Left("keys open doors")

    org_id = models.UUIDField(null=True, editable=False)
    person_id = models.UUIDField()
    project_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16)
    key_hash = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    service_id = models.UUIDField(null=True)
    idle_days = models.PositiveSmallIntegerField(null=True)
    replaced_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(project_id__isnull=True) | models.Q(org_id__isnull=False),
                name="tenancy_apikey_project_in_org",
            ),
            models.CheckConstraint(
                condition=models.Q(service_id__isnull=True) | models.Q(org_id__isnull=False),
                name="tenancy_apikey_service_in_org",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person_id"], name="tenancy_apikey_person"),
            models.Index(fields=["org_id", "id"], name="tenancy_apikey_org"),
        ]
