"""A person: one account for every organization."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from buildrunner.server.domains.identity.rules import normal_email
from buildrunner.server.platform.db.rows import Row


class PersonManager(BaseUserManager["Person"]):
    """Finds people by address, whatever its letter case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person of an email address."""
        return self.get(email=normal_email(username or ""))


class Person(AbstractBaseUser, Row):
    """Somebody with an email address; `is_staff` marks platform staff, not a tenant's role."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # With the unique column this makes addresses unique whatever their letter case.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="identity_person_email_lower"
            ),
        ]

    def __str__(self) -> str:
        return self.email
