"""Members and their roles."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from factories import Tenant, add_person, make_person, make_tenant


def events(tenant: Tenant) -> list[str]:
    from buildrunner.server.platform.db.scope import tenant_scope
    from buildrunner.server.platform.events.models import Event

    with tenant_scope(tenant.org_id):
        return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_members_come_change_and_go(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="viewer")
    assert [view.role for view in tenancy.organization_members(tenant.actor, tenant.org_id)] == [
        "owner",
        "member",
    ]
    tenancy.set_org_member(tenant.actor, tenant.org_id, email=person.email, role="admin")
    tenancy.set_project_member(tenant.actor, tenant.project_id, email=person.email, role="qa")
    assert [view.role for view in tenancy.project_members(tenant.actor, tenant.project_id)] == [
        "pm",
        "qa",
    ]
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=person.id)
    assert len(tenancy.project_members(tenant.actor, tenant.project_id)) == 1
    assert events(tenant)[-5:] == [
        "member.added",
        "project.member_set",
        "member.changed",
        "project.member_set",
        "member.removed",
    ]


def test_nobody_lifts_another_above_himself(tenant: Tenant) -> None:
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    other = make_person()
    with pytest.raises(Forbidden, match="Only an owner"):
        tenancy.set_org_member(admin, tenant.org_id, email=other.email, role="owner")
    with pytest.raises(Forbidden, match="Only an owner"):
        tenancy.set_org_member(admin, tenant.org_id, email=tenant.person.email, role="member")
    with pytest.raises(Forbidden, match="Only an owner"):
        tenancy.remove_org_member(admin, tenant.org_id, person_id=tenant.person.id)
    tenancy.set_org_member(admin, tenant.org_id, email=other.email, role="admin")
    member = tenancy.actor_for_person(add_person(tenant))
    with pytest.raises(Forbidden):
        tenancy.set_org_member(member, tenant.org_id, email=other.email, role="member")


def test_a_pm_fills_the_project_from_the_organization(tenant: Tenant) -> None:
    pm = tenancy.actor_for_person(add_person(tenant, project_role="pm"))
    inside, outside = add_person(tenant), make_person()
    tenancy.set_project_member(pm, tenant.project_id, email=inside.email, role="contributor")
    with pytest.raises(NotFound, match="no member of the organization"):
        tenancy.set_project_member(pm, tenant.project_id, email=outside.email, role="viewer")
    with pytest.raises(NotFound):
        tenancy.set_project_member(pm, tenant.project_id, email="no@one.test", role="viewer")
    with pytest.raises(Invalid):
        tenancy.set_project_member(pm, tenant.project_id, email=inside.email, role="owner")
    tenancy.remove_project_member(pm, tenant.project_id, person_id=inside.id)
    with pytest.raises(NotFound):
        tenancy.remove_project_member(pm, tenant.project_id, person_id=inside.id)


def test_the_last_owner_stays(tenant: Tenant) -> None:
    with pytest.raises(Conflict, match="last owner"):
        tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=tenant.person.id)
    with pytest.raises(Conflict, match="last owner"):
        tenancy.set_org_member(
            tenant.actor, tenant.org_id, email=tenant.person.email, role="member"
        )
    second = add_person(tenant, org_role="owner")
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=tenant.person.id)
    assert [
        view.person_id
        for view in tenancy.organization_members(tenancy.actor_for_person(second), tenant.org_id)
    ] == [second.id]


def test_two_owners_cannot_leave_at_once(commits: None) -> None:
    tenant = make_tenant()
    second = add_person(tenant, org_role="owner")
    barrier = threading.Barrier(2)
    left: list[bool] = []

    def leave(person_id: object, actor: object) -> None:
        barrier.wait()
        try:
            tenancy.remove_org_member(actor, tenant.org_id, person_id=person_id)  # type: ignore[arg-type]
            left.append(True)
        except Conflict:
            left.append(False)
        finally:
            connection.close()

    people = [(tenant.person.id, tenant.actor), (second.id, tenancy.actor_for_person(second))]
    threads = [threading.Thread(target=leave, args=one) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(left) == [False, True]
