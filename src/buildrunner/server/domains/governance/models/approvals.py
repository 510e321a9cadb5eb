"""Requests for approval, votes on them, and the reviews that an emergency leaves behind."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow

_STAYS = Left("approvals were given by people of this organization, for its own repository")


class ChangeRequest(TenantRow):
    """A change of the repository that asks for approval; numbered from 1 in its project.

    `change` is the JSON form of `policy.change.Change`, sealed: its lines may hold secrets.
    `head` is the state that votes are given for. `authors` are the ids of the people who opened it
    or pushed to it; their votes never count. `state` is open, withdrawn or bypassed; whether an
    open one is approved stands in `allowed` and `denials`, judged anew by each act and each look.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = _STAYS
    sealed: ClassVar[dict[str, str]] = {"change": "governance.change"}

    project_id = models.UUIDField()
    number = models.IntegerField()
    # What the request is about; metering will ask about cost by the same table.
    kind = models.CharField(max_length=32, default="change")
    state = models.CharField(max_length=16, default="open")
    title = models.TextField()
    branch = models.TextField()
    target = models.TextField(blank=True, default="")
    base = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    # Digest of what the change does to files; a vote holds for head and content together.
    content = models.CharField(max_length=64)
    change = models.TextField()
    paths = models.JSONField(default=list)
    microsteps = models.JSONField(default=list)
    allowed = models.BooleanField(default=False)
    denials = models.JSONField(default=list)
    policy_number = models.IntegerField(null=True)
    author = models.JSONField()
    authors = models.JSONField(default=list)
    pushed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "number"], name="governance_request_number"
            ),
            models.UniqueConstraint(fields=["org_id", "id"], name="governance_request_row"),
            # One open request a branch and target: the next push renews it.
            models.UniqueConstraint(
                fields=["org_id", "project_id", "branch", "target"],
                condition=models.Q(state="open", kind="change"),
                name="governance_request_open",
            ),
        ]


class Vote(TenantRow):
    """One person's word on one state of a request; the newest that was not taken back stands.

    `roles` are the roles held in that moment; `person_id` voted in person.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = _STAYS

    project_id = models.UUIDField()
    request_id = models.UUIDField()
    head = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    verdict = models.CharField(max_length=8)
    roles = models.JSONField()
    paths = models.JSONField(null=True)
    note = models.TextField(blank=True, default="")
    actor = models.JSONField()
    person_id = models.UUIDField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "request_id", "person_id", "head"],
                condition=models.Q(ended_at__isnull=True),
                name="governance_vote_standing",
            ),
        ]


class PostReview(TenantRow):
    """What an emergency owes: somebody else looks at it afterwards.

    `denials` are those that were passed over. `outcome` is empty until somebody decides
    `accepted` or `follow_up`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = _STAYS

    project_id = models.UUIDField()
    request_id = models.UUIDField()
    head = models.CharField(max_length=64)
    justification = models.TextField()
    denials = models.JSONField(default=list)
    actor = models.JSONField()
    person_id = models.UUIDField()
    due_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True, default="")
    note = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project_id", "due_at"], name="governance_review_due"),
        ]
