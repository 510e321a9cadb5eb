"""Groups of an organization's members that are addressed by one name."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import TenantRow


class Team(TenantRow):
    """Members who are meant together: `@team:name` in talk, `role: name` in a policy."""

    name = models.CharField(max_length=40)
    title = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="tenancy_team_tenant"),
            models.UniqueConstraint(fields=["org_id", "name"], name="tenancy_team_name"),
        ]


class TeamMembership(TenantRow):
    """A person or service account in a team; falls away with the membership in the organization."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    team_id = models.UUIDField()
    person_id = models.UUIDField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "team_id", "person_id"], name="tenancy_teammembership_person"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "person_id"], name="tenancy_teammember_person")
        ]
