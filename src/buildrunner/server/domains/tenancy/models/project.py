"""Projects: the things that hold a plan."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Cast

from buildrunner.server.domains.tenancy import rules
from buildrunner.server.platform.db.archive import Archived, Left
from buildrunner.server.platform.db.rows import TenantRow


class Project(TenantRow):
    """A project of an organization.

    `head_revision` and `head_hash` repeat what the plans room last stored (`record_head`), so
    that lists need not look into a room above.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Archived(rank=0, project_column="id")

    title = models.CharField(max_length=200)
    head_revision = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=71, null=True)
    archived_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="tenancy_project_tenant"),
        ]
        # A page of a list, newest first, is read from it in order; as a number, because the
        # planner rewrites comparisons of truth values until no index fits them.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                "org_id",
                Cast(
                    models.ExpressionWrapper(
                        models.Q(archived_at__isnull=False), output_field=models.BooleanField()
                    ),
                    models.IntegerField(),
                ),
                "id",
                name="tenancy_project_listing",
            )
        ]


class ProjectMembership(TenantRow):
    """A person's role in a project; falls away with the membership in the organization."""

    in_archive = Left("people belong to one installation; whoever imports is the project's PM")

    project_id = models.UUIDField()
    person_id = models.UUIDField()
    role = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "person_id"],
                name="tenancy_projectmembership_person",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=list(rules.PROJECT_ROLES)),
                name="tenancy_projectmembership_role",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["org_id", "person_id", "project_id"], name="tenancy_projmember_listing"
            )
        ]
