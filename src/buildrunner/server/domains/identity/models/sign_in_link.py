"""A one-time way in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.identity.models.person import Person
from buildrunner.server.platform.db.rows import Row


class SignInLink(Row):
    """A link that signs one person in once; only the hash of its token is kept."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    token_hash = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
