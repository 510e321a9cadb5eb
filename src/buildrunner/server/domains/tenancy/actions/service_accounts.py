"""Members that are no people: made, changed and removed."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.actions.set_member import revoke_keys
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    OrganizationMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.members import service_view
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import OrgAccess, ServiceAccountView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Forbidden
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation
from buildrunner.server.platform.text import one_line


def create_service_account(
    actor: Actor, org_id: UUID, *, name: str, role: str = rules.MEMBER
) -> ServiceAccountView:
    """Make one; it acts by the keys made for it and takes no seat.

    Raises `Invalid` for an unknown role, `Forbidden` for one above the actor's own, `Conflict` when
    the name is taken.
    """
    name = one_line(name, "name", rules.LONGEST_NAME)
    members.known_role(role, rules.SERVICE_ROLES)
    with organization_scope(actor, org_id, "member.manage") as access:
        members.may_hand_out(access, role)
        members.one_at_a_time(org_id)
        _free(name)
        account = ServiceAccount.objects.create(org_id=org_id, name=name, created_by=_maker(access))
        membership = OrganizationMembership.objects.create(
            org_id=org_id, person_id=account.id, role=role, kind="service"
        )
        _emit("service_account.created", actor, account, {"name": name, "role": role})
    return service_view(account, membership, keys=0)


def change_service_account(
    actor: Actor,
    org_id: UUID,
    service_id: UUID,
    *,
    name: str | None = None,
    role: str | None = None,
) -> ServiceAccountView:
    """Give it another name or role; what is not given stays. Raises as creating one does."""
    if role is not None:
        members.known_role(role, rules.SERVICE_ROLES)
    with organization_scope(actor, org_id, "member.manage") as access:
        members.one_at_a_time(org_id)
        account, membership = _account(service_id)
        changed: dict[str, object] = {}
        if (
            name is not None
            and (name := one_line(name, "name", rules.LONGEST_NAME)) != account.name
        ):
            _free(name)
            account.name = name
            changed["name"] = name
            account.save(update_fields=["name"])
        if role is not None and role != membership.role:
            members.may_hand_out(access, role)
            members.may_hand_out(access, membership.role)
            membership.role = role
            changed["role"] = role
            membership.save(update_fields=["role"])
            announce_revocation(person_id=service_id)
        if changed:
            _emit("service_account.changed", actor, account, changed)
        keys = ApiKey.objects.filter(service_id=service_id, revoked_at__isnull=True).count()
        return service_view(account, membership, keys=keys)


def remove_service_account(actor: Actor, org_id: UUID, service_id: UUID) -> None:
    """Take it out of the organization and its projects; its keys are revoked at once."""
    with organization_scope(actor, org_id, "member.manage") as access:
        members.one_at_a_time(org_id)
        account, membership = _account(service_id)
        members.may_hand_out(access, membership.role)
        revoke_keys(actor, org_id, ApiKey.objects.filter(service_id=service_id))
        membership.delete()
        account.removed_at = timezone.now()
        account.save(update_fields=["removed_at"])
        _emit("service_account.removed", actor, account, {"name": account.name})
        announce_revocation(person_id=service_id)


def _account(service_id: UUID) -> tuple[ServiceAccount, OrganizationMembership]:
    account = ServiceAccount.objects.filter(id=service_id, removed_at__isnull=True).first()
    if account is None:
        raise policies.no_service_account(service_id)
    return account, members.member(service_id)


def _free(name: str) -> None:
    if ServiceAccount.objects.filter(name=name, removed_at__isnull=True).exists():
        raise Conflict(
            f"A service account is called {name} already.", code="name_taken", field="name"
        )


def _maker(access: OrgAccess) -> UUID:
    if not OrganizationMembership.objects.filter(
        person_id=access.person_id, kind="person"
    ).exists():
        raise Forbidden(
            "A service account makes no other; a person answers for each.",
            code="service_account_maker",
        )
    return access.person_id


def _emit(kind: str, actor: Actor, account: ServiceAccount, data: dict[str, object]) -> None:
    emit(kind, actor=actor, org_id=account.org_id, subject=str(account.id), data=data)
