"""Accounts through django-allauth: the outbox, the shared cache, when a session was last used."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Now

import buildrunner.server.platform.db.rows


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("value", models.JSONField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            model_name="browsersession",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=45),
        ),
        migrations.AddField(
            model_name="browsersession",
            name="last_seen_at",
            field=models.DateTimeField(default=django.utils.timezone.now, db_default=Now()),
        ),
        migrations.CreateModel(
            name="OutboxMessage",
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
                ("recipient", models.CharField(max_length=254)),
                ("subject", models.TextField()),
                ("body", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["-created_at"], name="identity_outbox_newest")],
            },
        ),
        # Whoever had an account before was let in by the operator: the address is theirs.
        migrations.RunSQL(
            'INSERT INTO account_emailaddress (email, verified, "primary", user_id)'
            " SELECT email, true, true, id FROM identity_person",
            migrations.RunSQL.noop,
        ),
    ]
