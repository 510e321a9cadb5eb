"""Who is here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Presence(TenantRow):
    """A person or program at a place of its own choosing (a tab, a process). The table is UNLOGGED:
    what it holds is stale within seconds, and a crash may empty it.

    `principal` is the key or the person, `token` what its signs of life carry, `typing_until` set
    while typing, `renewed_at` when rights were asked last. `untold`: others do not know it yet.
    """

    in_archive = Left("it tells of who is here at this moment")

    project_id = models.UUIDField()
    principal = models.UUIDField()
    place = models.UUIDField()
    token = models.UUIDField()
    actor = models.JSONField()
    entity_type = models.CharField(max_length=16)
    entity_id = models.TextField()
    page = models.CharField(max_length=32)
    typing_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    told_at = models.DateTimeField()
    untold = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "principal", "place"],
                name="discussion_presence_place",
            ),
            # Given out at random; a beat names nothing else.
            models.UniqueConstraint(fields=["token"], name="discussion_presence_token"),
        ]
