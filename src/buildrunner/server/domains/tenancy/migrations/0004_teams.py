"""Invitations, service accounts, rotation of keys, security settings."""

from django.db import migrations, models

import buildrunner.server.platform.db.rows


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_lookups"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
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
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(max_length=16)),
                ("project_roles", models.JSONField(default=list)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("invited_by", models.UUIDField()),
                ("inviter", models.CharField(max_length=120)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("accepted_by", models.UUIDField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ServiceAccount",
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
                ("name", models.CharField(max_length=120)),
                ("created_by", models.UUIDField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="apikey",
            name="idle_days",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="replaced_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="service_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="enforce_https",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="max_login_attempts",
            field=models.PositiveSmallIntegerField(db_default=5, default=5),
        ),
        migrations.AddField(
            model_name="organization",
            name="require_mfa",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="session_timeout",
            field=models.PositiveIntegerField(db_default=3600, default=3600),
        ),
        migrations.AddField(
            model_name="organizationmembership",
            name="kind",
            field=models.CharField(
                choices=[("person", "Person"), ("service", "Service")],
                db_default="person",
                default="person",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("service_id__isnull", True), ("org_id__isnull", False), _connector="OR"
                ),
                name="tenancy_apikey_service_in_org",
            ),
        ),
        migrations.AddConstraint(
            model_name="organizationmembership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "person"),
                    models.Q(("kind", "service"), ("role__in", ["admin", "member"])),
                    _connector="OR",
                ),
                name="tenancy_organizationmembership_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("accepted_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=["email"],
                name="tenancy_invitation_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=("org_id", "email"),
                name="tenancy_invitation_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["owner", "admin", "member"])),
                name="tenancy_invitation_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceaccount",
            constraint=models.UniqueConstraint(
                fields=("org_id", "id"), name="tenancy_serviceaccount_tenant"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("org_id", "name"),
                name="tenancy_serviceaccount_name",
            ),
        ),
        migrations.AddField(
            model_name="organizationmembership",
            name="human_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(kind="person", then=models.F("person_id"))),
                output_field=models.UUIDField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="organizationmembership",
            name="service_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(kind="service", then=models.F("person_id"))),
                output_field=models.UUIDField(null=True),
            ),
        ),
    ]
