"""Blueprints, versions, figures, installations, ratings; public ones are read across tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)
from buildrunner.server.platform.db.rows import uuid7

TABLES = (
    "blueprints_blueprint",
    "blueprints_version",
    "blueprints_installation",
    "blueprints_rating",
)


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        *fields.items(),
    ]


def tenant_row(**fields: Any) -> list[tuple[str, Any]]:
    return row(org_id=models.UUIDField(editable=False), **fields)


PUBLIC = definer_function(
    "blueprints_public(uuid)",
    "TABLE (id uuid, name varchar, title varchar, summary text, tags jsonb, version varchar,"
    " publisher varchar, created_at timestamptz, updated_at timestamptz)",
    """
    SELECT b.id, b.name, b.title, b.summary, b.tags, b.version, b.publisher, b.created_at,
           b.updated_at
      FROM public.blueprints_blueprint b
     WHERE b.visibility = 'public' AND b.withdrawn_at IS NULL
       AND (wanted IS NULL OR b.id = wanted)
     ORDER BY b.updated_at DESC, b.id
     LIMIT 1000
""",
    header="wanted uuid",
)
PUBLIC_VERSIONS = definer_function(
    "blueprints_public_versions(uuid)",
    "TABLE (version varchar, digest varchar, created_at timestamptz)",
    """
    SELECT v.version, v.digest, v.created_at
      FROM public.blueprints_blueprint b
      JOIN public.blueprints_version v ON v.org_id = b.org_id AND v.blueprint_id = b.id
     WHERE b.id = wanted AND b.visibility = 'public' AND b.withdrawn_at IS NULL
     ORDER BY v.created_at DESC, v.id DESC
     LIMIT 1000
""",
    header="wanted uuid",
)
PUBLIC_TEXT = definer_function(
    "blueprints_public_text(uuid, text)",
    "text",
    """
    SELECT v.text
      FROM public.blueprints_blueprint b
      JOIN public.blueprints_version v ON v.org_id = b.org_id AND v.blueprint_id = b.id
     WHERE b.id = wanted AND b.visibility = 'public' AND b.withdrawn_at IS NULL
       AND v.version = number
""",
    header="wanted uuid, number text",
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Blueprint",
            fields=tenant_row(
                name=models.CharField(max_length=64),
                title=models.CharField(max_length=200),
                summary=models.TextField(),
                tags=models.JSONField(default=list),
                version=models.CharField(max_length=100),
                visibility=models.CharField(default="private", max_length=16),
                publisher=models.CharField(max_length=200),
                author=models.JSONField(),
                updated_at=models.DateTimeField(auto_now=True),
                withdrawn_at=models.DateTimeField(null=True),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org_id", "name"), name="blueprints_name"),
                    models.UniqueConstraint(fields=("org_id", "id"), name="blueprints_row"),
                ],
                "indexes": [
                    models.Index(fields=["visibility", "withdrawn_at"], name="blueprints_visible")
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=tenant_row(
                blueprint_id=models.UUIDField(),
                version=models.CharField(max_length=100),
                text=models.TextField(),
                digest=models.CharField(max_length=71),
                source_url=models.TextField(blank=True, default=""),
                author=models.JSONField(),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "blueprint_id", "version"),
                        name="blueprints_version_number",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=row(
                blueprint_id=models.UUIDField(unique=True),
                installs=models.IntegerField(default=0),
                ratings=models.IntegerField(default=0),
                stars=models.IntegerField(default=0),
            ),
        ),
        migrations.CreateModel(
            name="Installation",
            fields=tenant_row(
                project_id=models.UUIDField(),
                blueprint_id=models.UUIDField(null=True),
                name=models.CharField(max_length=64),
                title=models.CharField(max_length=200),
                version=models.CharField(max_length=100),
                digest=models.CharField(max_length=71),
                source=models.CharField(max_length=16),
                origin=models.TextField(blank=True, default=""),
                text=models.TextField(blank=True, default=""),
                revision=models.IntegerField(),
                counts=models.JSONField(default=dict),
                actor=models.JSONField(),
            ),
            options={
                "indexes": [
                    models.Index(
                        fields=["project_id", "-created_at"], name="blueprints_applied_newest"
                    ),
                    models.Index(
                        fields=["org_id", "name", "version"], name="blueprints_applied_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=tenant_row(
                blueprint_id=models.UUIDField(),
                person_id=models.UUIDField(),
                stars=models.IntegerField(),
                actor=models.JSONField(),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "blueprint_id", "person_id"),
                        name="blueprints_rating_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stars__gte", 1), ("stars__lte", 5)),
                        name="blueprints_rating_stars",
                    ),
                ],
            },
        ),
        *(foreign_key(table, "org_id", "tenancy_organization") for table in TABLES),
        tenant_foreign_key("blueprints_version", "blueprint_id", "blueprints_blueprint"),
        tenant_foreign_key("blueprints_installation", "project_id", "tenancy_project"),
        PUBLIC,
        PUBLIC_VERSIONS,
        PUBLIC_TEXT,
    ]
