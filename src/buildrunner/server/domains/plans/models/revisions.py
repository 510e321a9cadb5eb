"""The head of a project's plan and the revisions that led to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.plans.rules.archives import HeadCheck, RevisionCheck
from buildrunner.server.platform.db.archive import Archived
from buildrunner.server.platform.db.rows import TenantRow


class PlanHead(TenantRow):
    """Where a project's plan stands: one row a project, locked by whoever writes a revision.

    `revision` 0 means that nothing was pushed yet and `packed` is empty. `packed` holds the
    document in deflated parts (`rules.parts`), keys in the author's order, which JSONB would lose.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Archived(rank=20, check=HeadCheck)

    project_id = models.UUIDField()
    revision = models.IntegerField(default=0)
    packed = models.BinaryField(default=b"")
    document_hash = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "project_id"], name="plans_head_project"),
        ]


class Revision(TenantRow):
    """One change of a plan, numbered from 1 without gaps; never changed and never deleted.

    `operations` (JSON text) lead from the document before to this one; `snapshot` holds the whole
    document, packed, on the first and every 25th revision. `base_number` is the revision the
    author had seen. `answer` (JSON text) is what a sync was told, kept with its key so that a
    retry is told the same.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Archived(
        rank=10,
        order=("number",),
        people=("person_id",),
        actors=("author",),
        left_out=("idempotency_key", "request_hash"),
        check=RevisionCheck,
    )

    project_id = models.UUIDField()
    number = models.IntegerField()
    base_number = models.IntegerField()
    operations = models.TextField()
    operations_count = models.IntegerField()
    previous_hash = models.TextField(blank=True)
    document_hash = models.TextField()
    snapshot = models.BinaryField(null=True)
    author = models.JSONField()
    person_id = models.UUIDField(null=True)
    message = models.TextField(blank=True, default="")
    idempotency_key = models.TextField(null=True)
    request_hash = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "number"], name="plans_revision_number"
            ),
            models.UniqueConstraint(
                fields=["org_id", "project_id", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="plans_revision_key",
            ),
        ]
