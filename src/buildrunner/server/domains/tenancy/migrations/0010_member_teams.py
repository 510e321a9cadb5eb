"""Teams: members of an organization under one name."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7


def _row(**fields: Any) -> list[tuple[str, Any]]:
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


class Migration(migrations.Migration):
    """A membership dies with the team and with the membership in the organization."""

    dependencies: ClassVar = [("tenancy", "0009_page_of_projects")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Team",
            fields=_row(
                name=models.CharField(max_length=40), title=models.CharField(max_length=120)
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "id"), name="tenancy_team_tenant"),
                    models.UniqueConstraint(fields=("org_id", "name"), name="tenancy_team_name"),
                ]
            },
        ),
        migrations.CreateModel(
            name="TeamMembership",
            fields=_row(team_id=models.UUIDField(), person_id=models.UUIDField()),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "team_id", "person_id"),
                        name="tenancy_teammembership_person",
                    )
                ],
                "indexes": [
                    models.Index(fields=["org_id", "person_id"], name="tenancy_teammember_person")
                ],
            },
        ),
        foreign_key("tenancy_team", "org_id", "tenancy_organization"),
        tenant_foreign_key("tenancy_teammembership", "team_id", "tenancy_team"),
        foreign_key(
            "tenancy_teammembership",
            "org_id, person_id",
            "tenancy_organizationmembership",
            "org_id, person_id",
        ),
    ]
