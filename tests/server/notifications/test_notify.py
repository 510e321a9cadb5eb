"""Who is told, and that nobody is told twice."""

from __future__ import annotations

from uuid import uuid4

import pytest

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Watch
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Tenant, add_person, make_person
from factories.notices import notices, told

HERE = "microstep:m1.s1.ms1"


def follow(
    tenant: Tenant, person: tenancy.MemberView | object, how: str, subject: str = HERE
) -> str:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return notifications.watch(access, person.id, subject, how)  # type: ignore[attr-defined]


def test_a_notice_is_told_once_for_an_event_a_person_and_a_kind(tenant: Tenant) -> None:
    assert told(tenant, event_id="e1") == 1
    assert told(tenant, event_id="e1") == 0
    assert told(tenant, event_id="e1", kind="comment.replied") == 1
    assert told(tenant, event_id="e2") == 1
    assert [row.event_id for row in notices(tenant)] == ["e1", "e1", "e2"]


def test_whoever_did_it_is_not_told(tenant: Tenant) -> None:
    assert told(tenant, actor_id=tenant.person.id) == 0


def test_people_without_access_are_not_told(tenant: Tenant) -> None:
    inside = add_person(tenant, project_role="viewer")
    member = add_person(tenant)  # of the organization, not of the project
    outsider = make_person()
    service = tenancy.create_service_account(
        tenant.actor, tenant.org_id, name="Robot", role="admin"
    )
    assert told(tenant, inside.id, member.id, outsider.id, service.id, uuid4()) == 1
    assert [row.person_id for row in notices(tenant)] == [inside.id]
    assert told(tenant, member.id, outsider.id, project_id=None) == 1  # of the organization


def test_muting_silences_all_but_what_names_one(tenant: Tenant) -> None:
    follow(tenant, tenant.person, "muted")
    assert told(tenant, kind="comment.written") == 0
    assert told(tenant, kind="comment.written", subject="microstep:m1.s1.ms2") == 1
    assert told(tenant, kind="comment.mentioned") == 1
    follow(tenant, tenant.person, "muted", f"project:{tenant.project_id}")
    assert told(tenant, kind="comment.written", subject="microstep:m1.s1.ms2") == 0


def test_taking_part_never_overrides_a_choice(tenant: Tenant) -> None:
    assert follow(tenant, tenant.person, "auto") == "auto"
    assert follow(tenant, tenant.person, "muted") == "muted"
    assert follow(tenant, tenant.person, "auto") == "muted"
    assert follow(tenant, tenant.person, "manual") == "manual"
    with tenant_scope(tenant.org_id):
        assert Watch.objects.count() == 1


def test_watchers_are_those_of_the_subject_and_of_the_project(tenant: Tenant) -> None:
    one, two, three = (add_person(tenant, project_role="viewer") for _ in range(3))
    whole = f"project:{tenant.project_id}"
    follow(tenant, one, "auto")
    follow(tenant, two, "manual", whole)
    follow(tenant, three, "manual", whole)
    follow(tenant, three, "muted")
    found = notifications.watchers(tenant.org_id, tenant.project_id, HERE)
    assert found == {one.id, two.id}
    assert notifications.watchers(tenant.org_id, tenant.project_id, "comment:x") == {
        two.id,
        three.id,
    }


@pytest.mark.parametrize(
    ("kind", "given", "priority"),
    [
        ("comment.mentioned", None, "high"),
        ("budget.exhausted", None, "urgent"),
        ("something.new", None, "normal"),
        ("comment.mentioned", "low", "low"),
        ("comment.mentioned", "shouting", "high"),
    ],
)
def test_the_table_says_how_much_a_kind_presses(
    tenant: Tenant, kind: str, given: str | None, priority: str
) -> None:
    told(tenant, kind=kind, priority=given)
    assert notices(tenant)[-1].priority == priority


def test_the_stream_learns_of_it(tenant: Tenant) -> None:
    told(tenant, event_id="e1")
    told(tenant, event_id="e1")
    with tenant_scope(tenant.org_id):
        (event,) = Event.objects.filter(kind="notification.created")
    assert event.data == {
        "kind": "comment.mentioned",
        "priority": "high",
        "people": [str(tenant.person.id)],
    }
