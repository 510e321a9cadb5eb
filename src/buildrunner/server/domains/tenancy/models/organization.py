"""The tenant and who belongs to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, When

from buildrunner.server.domains.tenancy import rules
from buildrunner.server.platform.db.rows import Row, TenantRow


class Organization(Row):
    """A tenant. Its own id is what the scope is compared with.

    The last four columns are its security settings: `session_timeout` in seconds.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    tenant_column: ClassVar[str | None] = "id"

    name = models.CharField(max_length=120)
    updated_at = models.DateTimeField(auto_now=True)
    require_mfa = models.BooleanField(default=False, db_default=False)
    session_timeout = models.PositiveIntegerField(default=3600, db_default=3600)
    max_login_attempts = models.PositiveSmallIntegerField(default=5, db_default=5)
    enforce_https = models.BooleanField(default=False, db_default=False)


class OrganizationMembership(TenantRow):
    """The role of a person or a service account in an organization.

    `person_id` is whoever belongs, which is all that most questions need. The two columns made of
    it carry the foreign keys.
    """

    class Kind(models.TextChoices):
        """Who belongs."""

        PERSON = "person"
        SERVICE = "service"

    person_id = models.UUIDField()
    role = models.CharField(max_length=16)
    kind = models.CharField(
        max_length=8, choices=Kind.choices, default=Kind.PERSON, db_default=Kind.PERSON
    )
    human_id = models.GeneratedField(
        expression=Case(When(kind="person", then=F("person_id"))),
        output_field=models.UUIDField(null=True),
        db_persist=True,
    )
    service_id = models.GeneratedField(
        expression=Case(When(kind="service", then=F("person_id"))),
        output_field=models.UUIDField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "person_id"], name="tenancy_organizationmembership_person"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=list(rules.ORG_ROLES)),
                name="tenancy_organizationmembership_role",
            ),
            models.CheckConstraint(
                condition=Q(kind="person") | Q(kind="service", role__in=list(rules.SERVICE_ROLES)),
                name="tenancy_organizationmembership_kind",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person_id"], name="tenancy_orgmember_person")
        ]


class ServiceAccount(TenantRow):
    """A member that is no person: a build server, a bot. It acts by its keys alone.

    For an `agent` a person answers, its `owner_id`; without one (the owner left) it has no keys.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    name = models.CharField(max_length=120)
    created_by = models.UUIDField()
    removed_at = models.DateTimeField(null=True)
    agent = models.BooleanField(default=False, db_default=False)
    owner_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="tenancy_serviceaccount_tenant"),
            models.UniqueConstraint(
                fields=["org_id", "name"],
                condition=Q(removed_at__isnull=True),
                name="tenancy_serviceaccount_name",
            ),
        ]


class Invitation(TenantRow):
    """An address that was asked to join; only the hash of its token is kept.

    Open while neither accepted nor withdrawn. `project_roles` is `[{"project_id", "role"}]`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16)
    project_roles = models.JSONField(default=list)
    token_hash = models.BinaryField(max_length=32, unique=True)
    invited_by = models.UUIDField()
    inviter = models.CharField(max_length=120)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="tenancy_invitation_open",
            ),
            models.CheckConstraint(
                condition=Q(role__in=list(rules.ORG_ROLES)), name="tenancy_invitation_role"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="tenancy_invitation_email",
            )
        ]
