"""The tables of the room."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import TenantRow


class OrganizationTier(TenantRow):
    """The tier an organization was put on; without a row it has the server's (`BR_PLAN`)."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    tier = models.CharField(max_length=32)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id"], name="entitlements_tier_org")
        ]
