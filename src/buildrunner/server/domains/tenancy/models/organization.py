"""The tenant and who belongs to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.tenancy import rules
from buildrunner.server.platform.db.rows import Row, TenantRow


class Organization(Row):
    """A tenant. Its own id is what the scope is compared with."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    tenant_column: ClassVar[str | None] = "id"

    name = models.CharField(max_length=120)
    updated_at = models.DateTimeField(auto_now=True)


class OrganizationMembership(TenantRow):
    """A person's role in an organization."""

    person_id = models.UUIDField()
    role = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "person_id"], name="tenancy_organizationmembership_person"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=list(rules.ORG_ROLES)),
                name="tenancy_organizationmembership_role",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person_id"], name="tenancy_orgmember_person")
        ]
