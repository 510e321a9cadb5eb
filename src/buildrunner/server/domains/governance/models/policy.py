"""The policy of a project, every version of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Archived
from buildrunner.server.platform.db.rows import TenantRow


class PolicyVersion(TenantRow):
    """One saved text, numbered from 1 without gaps; never changed. The newest is in force.

    `digest` is the SHA-256 of the UTF-8 text, hexadecimal; `findings` are the warnings it was
    saved with; `restored_from` names the version whose text this is again.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Archived(rank=30, order=("number",), people=("person_id",), actors=("author",))

    project_id = models.UUIDField()
    number = models.IntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    message = models.TextField(blank=True, default="")
    restored_from = models.IntegerField(null=True)
    author = models.JSONField()
    person_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "number"], name="governance_policy_number"
            ),
        ]
