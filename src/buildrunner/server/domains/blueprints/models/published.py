"""Blueprints that an organization published, each version of them, and their figures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import Row, TenantRow


class Blueprint(TenantRow):
    """A blueprint under its name; title, summary and tags are those of the newest version.

    `visibility` is private (those who may publish), organization (its members) or public (everybody
    on this server, through `blueprints_public`). A withdrawn one is found no more; where it was
    applied nothing changes.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    name = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    tags = models.JSONField(default=list)
    version = models.CharField(max_length=100)
    visibility = models.CharField(max_length=16, default="private")
    publisher = models.CharField(max_length=200)
    author = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "name"], name="blueprints_name"),
            models.UniqueConstraint(fields=["org_id", "id"], name="blueprints_row"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["visibility", "withdrawn_at"], name="blueprints_visible"),
        ]


class Version(TenantRow):
    """One published document, as it came; never changed. `digest` is that of its content."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    blueprint_id = models.UUIDField()
    version = models.CharField(max_length=100)
    text = models.TextField()
    digest = models.CharField(max_length=71)
    source_url = models.TextField(blank=True, default="")
    author = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "blueprint_id", "version"], name="blueprints_version_number"
            ),
        ]


class Figure(Row):
    """How often a blueprint was applied and how it is rated, across organizations.

    Of a shipped one too, whose id is made of its name. It says nothing else, so that it needs no
    tenant.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    blueprint_id = models.UUIDField(unique=True)
    installs = models.IntegerField(default=0)
    ratings = models.IntegerField(default=0)
    stars = models.IntegerField(default=0)
