"""The tables of the room."""

from django.db import migrations, models

import buildrunner.server.platform.db.rows


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=buildrunner.server.platform.db.rows.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=120)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=buildrunner.server.platform.db.rows.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False, null=True)),
                ("person_id", models.UUIDField()),
                ("project_id", models.UUIDField(null=True)),
                ("name", models.CharField(max_length=120)),
                ("prefix", models.CharField(max_length=16)),
                ("key_hash", models.BinaryField(max_length=32, unique=True)),
                ("scopes", models.JSONField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person_id"], name="tenancy_apikey_person"),
                    models.Index(fields=["org_id", "id"], name="tenancy_apikey_org"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("project_id__isnull", True), ("org_id__isnull", False), _connector="OR"
                        ),
                        name="tenancy_apikey_project_in_org",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganizationMembership",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=buildrunner.server.platform.db.rows.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("person_id", models.UUIDField()),
                ("role", models.CharField(max_length=16)),
            ],
            options={
                "indexes": [models.Index(fields=["person_id"], name="tenancy_orgmember_person")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "person_id"), name="tenancy_organizationmembership_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "admin", "member"])),
                        name="tenancy_organizationmembership_role",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=buildrunner.server.platform.db.rows.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("title", models.CharField(max_length=200)),
                ("head_revision", models.PositiveIntegerField(default=0)),
                ("head_hash", models.CharField(max_length=71, null=True)),
                ("archived_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "id"), name="tenancy_project_tenant")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectMembership",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=buildrunner.server.platform.db.rows.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("org_id", models.UUIDField(editable=False)),
                ("project_id", models.UUIDField()),
                ("person_id", models.UUIDField()),
                ("role", models.CharField(max_length=16)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["org_id", "person_id"], name="tenancy_projmember_person")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "project_id", "person_id"),
                        name="tenancy_projectmembership_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["pm", "techlead", "qa", "contributor", "viewer"])
                        ),
                        name="tenancy_projectmembership_role",
                    ),
                ],
            },
        ),
    ]
