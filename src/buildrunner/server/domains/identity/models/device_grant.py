"""Device sign-in (RFC 8628): a terminal waits for a yes given in a browser."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.identity.models.person import Person
from buildrunner.server.platform.db.rows import Row


class DeviceGrant(Row):
    """One wish of one terminal. `state`: pending → approved | denied → used.

    The device code is a secret of the terminal and kept as a hash; the user code is short, lives
    minutes and is worth nothing without a signed-in person's yes.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    class State(models.TextChoices):
        """Where the wish stands."""

        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        USED = "used"

    device_code_hash = models.BinaryField(max_length=32, unique=True)
    user_code = models.CharField(max_length=8, unique=True)
    client_name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    interval_seconds = models.PositiveSmallIntegerField(default=5)
    polled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False)
                | ~models.Q(state__in=["approved", "used"]),
                name="identity_devicegrant_approved_by",
            ),
        ]
