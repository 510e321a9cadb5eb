"""Two at once, with real commits."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy import policies
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.events.models import Event
from factories import Tenant, add_person, make_person, make_tenant
from kits.races import at_once


def kinds(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.org_id):
        return list(Event.objects.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def two_seats() -> Iterator[None]:
    policies.seat_limit.wire(lambda _: 2)
    yield
    policies.seat_limit.wire(lambda _: None)


def test_one_invitation_accepted_twice_at_once(commits: None) -> None:
    tenant, person = make_tenant(), make_person()
    _, token = tenancy.invite(tenant.actor, tenant.org_id, email=person.email, role="member")
    actor = tenancy.actor_for_person(person)
    results = at_once(*[lambda: tenancy.accept_invitation(actor, token=token)] * 4)
    assert results == ["ok"] * 4
    assert kinds(tenant).count("member.added") == 1
    assert kinds(tenant).count("invitation.accepted") == 1


def test_accepted_and_withdrawn_at_once(commits: None) -> None:
    tenant, person = make_tenant(), make_person()
    sent, token = tenancy.invite(tenant.actor, tenant.org_id, email=person.email, role="member")
    actor = tenancy.actor_for_person(person)
    results = at_once(
        lambda: tenancy.accept_invitation(actor, token=token),
        lambda: tenancy.withdraw_invitation(tenant.actor, tenant.org_id, sent.id),
    )
    assert sorted(results) == ["invitation_not_found", "ok"]
    joined = kinds(tenant).count("member.added")
    assert joined == (1 if results[0] == "ok" else 0)


def test_the_last_seat_is_given_once(commits: None, two_seats: None) -> None:
    tenant = make_tenant()

    def ask(number: int) -> object:
        return tenancy.invite(
            tenant.actor, tenant.org_id, email=f"{number}@example.test", role="member"
        )

    results = at_once(*[lambda number=number: ask(number) for number in range(4)])
    assert sorted(results) == ["ok", "seats_taken", "seats_taken", "seats_taken"]
    assert tenancy.get_organization(tenant.actor, tenant.org_id).seats.free == 0


def test_one_address_is_invited_once(commits: None) -> None:
    tenant = make_tenant()
    results = at_once(
        *[
            lambda: tenancy.invite(
                tenant.actor, tenant.org_id, email="one@example.test", role="member"
            )
        ]
        * 3
    )
    assert sorted(results) == ["invited_already", "invited_already", "ok"]


def test_an_owner_is_left_whoever_goes(commits: None) -> None:
    tenant = make_tenant()
    second = add_person(tenant, org_role="owner")
    other = tenancy.actor_for_person(second)

    def leave(actor: object, person_id: UUID) -> object:
        return tenancy.remove_org_member(actor, tenant.org_id, person_id=person_id)  # type: ignore[arg-type]

    results = at_once(
        lambda: tenancy.change_org_member(
            tenant.actor, tenant.org_id, tenant.person.id, role="member"
        ),
        lambda: leave(other, second.id),
        lambda: tenancy.transfer_organization(tenant.actor, tenant.org_id, person_id=second.id),
    )
    assert "ok" in results
    for actor in (tenant.actor, other):
        try:
            people = tenancy.organization_members(actor, tenant.org_id)
        except DomainError:
            continue
        assert [one.role for one in people].count("owner") >= 1


def test_two_owners_transfer_to_each_other(commits: None) -> None:
    tenant = make_tenant()
    second = add_person(tenant, org_role="owner")
    other = tenancy.actor_for_person(second)
    at_once(
        lambda: tenancy.transfer_organization(tenant.actor, tenant.org_id, person_id=second.id),
        lambda: tenancy.transfer_organization(other, tenant.org_id, person_id=tenant.person.id),
    )
    roles = [one.role for one in tenancy.organization_members(tenant.actor, tenant.org_id)]
    assert "owner" in roles


def test_a_key_is_rotated_once(commits: None) -> None:
    tenant = make_tenant()
    key, _ = tenancy.create_api_key(tenant.actor, name="ci", scopes=["*"], org_id=tenant.org_id)
    own, _ = tenancy.create_api_key(tenant.actor, name="ci", scopes=["*"])
    for name, org_id in ((key.id, tenant.org_id), (own.id, None)):
        results = at_once(
            *[
                lambda name=name, org_id=org_id: tenancy.rotate_api_key(
                    tenant.actor, name, org_id=org_id
                )
            ]
            * 3
        )
        assert sorted(results) == ["key_rotated", "key_rotated", "ok"]
    assert len(tenancy.organization_keys(tenant.actor, tenant.org_id)) == 2
    assert len(tenancy.own_personal_keys(tenant.actor)) == 3
