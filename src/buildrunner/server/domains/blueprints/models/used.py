"""Where blueprints were applied, and how people rated them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Installation(TenantRow):
    """One apply: which blueprint became which revision of which project's plan.

    `blueprint_id` is null where it came by file or address. `source` is shipped, organization,
    public, file or url; `text` the document, so that a later version finds what it builds on.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("what is in a plan stands in the plan; this is the record of who brought it")

    project_id = models.UUIDField()
    blueprint_id = models.UUIDField(null=True)
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    version = models.CharField(max_length=100)
    digest = models.CharField(max_length=71)
    source = models.CharField(max_length=16)
    origin = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    revision = models.IntegerField()
    counts = models.JSONField(default=dict)
    actor = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "-created_at"], name="blueprints_applied_newest"),
            models.Index(fields=["org_id", "name", "version"], name="blueprints_applied_name"),
        ]


class Rating(TenantRow):
    """One person's stars, 1 to 5, for a blueprint that was applied; the last word counts."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    blueprint_id = models.UUIDField()
    person_id = models.UUIDField()
    stars = models.IntegerField()
    actor = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "blueprint_id", "person_id"], name="blueprints_rating_one"
            ),
            models.CheckConstraint(
                condition=models.Q(stars__gte=1, stars__lte=5), name="blueprints_rating_stars"
            ),
        ]
