"""Foreign keys across rooms and over the organization."""

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0001_initial"), ("identity", "0001_initial")]

    operations: ClassVar = [
        foreign_key("tenancy_organizationmembership", "org_id", "tenancy_organization"),
        foreign_key("tenancy_organizationmembership", "person_id", "identity_person"),
        foreign_key("tenancy_project", "org_id", "tenancy_organization"),
        tenant_foreign_key("tenancy_projectmembership", "project_id", "tenancy_project"),
        # Whoever leaves the organization leaves its projects.
        foreign_key(
            "tenancy_projectmembership",
            "org_id, person_id",
            "tenancy_organizationmembership",
            "org_id, person_id",
        ),
        foreign_key("tenancy_apikey", "org_id", "tenancy_organization"),
        foreign_key("tenancy_apikey", "person_id", "identity_person"),
        tenant_foreign_key("tenancy_apikey", "project_id", "tenancy_project"),
    ]
