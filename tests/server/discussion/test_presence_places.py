"""Who is here: shown to those who may read, gone soon, bounded, told seldom, and never on record."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.models import Presence
from buildrunner.server.domains.discussion.rules import presence as rules
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.realtime.whispers import CHANNEL
from factories import Api, Tenant, make_key, make_project, make_tenant, small_plan

pytestmark = pytest.mark.usefixtures("commits")
ONE = "m1.s1.ms1"


@pytest.fixture
def ours(commits: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def theirs(commits: None) -> Tenant:
    return make_tenant(name="Mallory")


class Ears:
    """What the processes are told."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute(f"LISTEN {CHANNEL}".encode())

    def of(self, tenant: Tenant) -> list[dict[str, Any]]:
        """What has been said of a tenant's project since the last time."""
        said = [json.loads(one.payload) for one in self._connection.notifies(timeout=0.1)]
        return [data for _, _, project, _, data in said if project == str(tenant.project_id)]


@pytest.fixture
def ears(web_sql: psycopg.Connection) -> Ears:
    return Ears(web_sql)


def show(tenant: Tenant, place: UUID, **more: Any) -> rules.Place:
    return discussion.be_here(tenant.actor, tenant.project_id, place, **more)


def here(tenant: Tenant) -> list[discussion.PresenceView]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return discussion.who_is_here(access)


def age(tenant: Tenant, **columns: Any) -> None:
    """Let time have passed for the rows of a tenant."""
    seconds = ", ".join(f"{name} = {name} - interval '{by} s'" for name, by in columns.items())
    with tenant_scope(tenant.org_id):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE discussion_presence SET {seconds}")


def test_a_sign_of_life_shows_somebody_and_no_event_tells_of_it(ours: Tenant, ears: Ears) -> None:
    with tenant_scope(ours.org_id):
        before = Event.objects.count()
    place = uuid4()
    got = show(ours, place, entity_type="microstep", entity_id=ONE, page="plan")
    assert got.shown
    assert got.token not in (None, got.id)
    (one,) = here(ours)
    assert (one.kind, one.name, one.entity_id, one.page, one.doing) == (
        "person", "Ada", ONE, "plan", "viewing",
    )  # fmt: skip
    (told,) = ears.of(ours)
    assert told == {
        "id": str(got.id), "kind": "person", "name": "Ada", "entity_type": "microstep",
        "person_id": str(ours.actor.person_id), "entity_id": ONE, "page": "plan", "doing": "viewing",
    }  # fmt: skip
    discussion.go(ours.actor, ours.project_id, place)
    assert here(ours) == []
    assert ears.of(ours) == [{"id": str(got.id), "gone": True}]
    with tenant_scope(ours.org_id):
        assert Event.objects.count() == before


def test_who_shows_no_life_is_gone_and_told_once(ours: Tenant, ears: Ears) -> None:
    got = show(ours, uuid4())
    assert got.token
    ears.of(ours)
    assert discussion.keep_here([got.token, uuid4()]) == {got.token}
    age(ours, expires_at=rules.LIFE + 1)
    assert here(ours) == []  # before anybody has cleared
    assert discussion.keep_here([got.token]) == set()  # what is gone comes by asking for rights
    discussion.clear_gone()
    assert ears.of(ours) == [{"id": str(got.id), "gone": True}]
    discussion.clear_gone()
    assert ears.of(ours) == []
    assert rules.LIFE + 1.0 < 10  # the limit, with one second until somebody clears


def test_signs_of_life_do_not_outlast_the_right_for_long(ours: Tenant) -> None:
    got = show(ours, uuid4())
    assert got.token
    age(ours, renewed_at=rules.RENEWED + 1)
    before = here(ours)[0].expires_at
    assert discussion.keep_here([got.token]) == {got.token}
    assert here(ours)[0].expires_at == before


def test_the_same_again_is_not_told_and_a_flood_seldom(ours: Tenant, ears: Ears) -> None:
    place = uuid4()
    show(ours, place)
    for _ in range(5):
        show(ours, place)
    assert len(ears.of(ours)) == 1
    began = time.monotonic()
    for number in range(40):
        show(ours, place, entity_type="microstep", entity_id=f"m1.s1.ms{number}")
    seconds = time.monotonic() - began
    told = ears.of(ours)
    assert len(told) <= seconds / rules.PACE + 1
    # The last state is told when the pace allows.
    age(ours, told_at=1)
    discussion.clear_gone()
    assert ears.of(ours)[-1]["entity_id"] == "m1.s1.ms39"


def test_typing_is_told_when_it_begins_and_ends(ours: Tenant, ears: Ears) -> None:
    place = uuid4()
    show(ours, place, typing=True)
    age(ours, told_at=1)
    show(ours, place, typing=True)  # still
    assert [one["doing"] for one in ears.of(ours)] == ["typing"]
    assert here(ours)[0].doing == "typing"
    age(ours, told_at=1)
    show(ours, place)
    assert [one["doing"] for one in ears.of(ours)] == ["viewing"]
    # Who stops without a word stops all the same.
    age(ours, told_at=1)
    show(ours, place, typing=True)
    age(ours, typing_until=rules.TYPING + 1)
    assert here(ours)[0].doing == "viewing"
    discussion.clear_gone()
    assert [one["doing"] for one in ears.of(ours)] == ["typing", "viewing"]


def test_one_person_has_few_places_and_a_crowd_is_not_shown(
    ours: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [uuid4() for _ in range(rules.MOST_PLACES + 3)]
    rows = [show(ours, place).id for place in places]
    assert {one.id for one in here(ours)} == {str(one) for one in rows[3:]}
    monkeypatch.setattr(rules, "MOST_HERE", rules.MOST_PLACES)
    assert show(ours, uuid4()).shown is False
    assert show(ours, places[-1]).shown is True
    assert len(here(ours)) == rules.MOST_PLACES


def test_another_tenant_sees_and_ends_nothing(ours: Tenant, theirs: Tenant) -> None:
    place = uuid4()
    got = show(ours, place)
    with pytest.raises(NotFound):
        discussion.be_here(theirs.actor, ours.project_id, uuid4())
    with pytest.raises(NotFound):
        discussion.go(theirs.actor, ours.project_id, place)
    with tenant_scope(theirs.org_id):
        assert not Presence.objects.exists()
    # The same place of another tenant is another place.
    show(theirs, place)
    discussion.go(theirs.actor, theirs.project_id, place)
    assert [one.id for one in here(ours)] == [str(got.id)]
    assert Api(theirs.key).get(f"/api/projects/{ours.project_id}/presence").status_code == 404


def test_programs_show_as_agents_on_what_they_hold(ours: Tenant) -> None:
    secret = make_key(ours.person, scopes=["builder.run"])[1]
    actor = tenancy.actor_for_key(secret, secure=True)
    assert actor is not None
    plans.claim_microstep(actor, ours.project_id, microstep_id=ONE, holder="Builder 7")
    show(ours, uuid4())
    discussion.be_here(actor, ours.project_id, uuid4(), entity_type="microstep", entity_id=ONE)
    assert [(one.kind, one.doing, one.entity_id) for one in here(ours)] == [
        ("person", "viewing", ""), ("agent", "viewing", ONE), ("agent", "holding", ONE),
    ]  # fmt: skip
    assert here(ours)[-1].name == "Builder 7"


def test_the_api_shows_lists_and_ends(ours: Tenant) -> None:
    api, base = Api(ours.key), f"/api/projects/{ours.project_id}/presence"
    place = uuid4()
    shown = api.put(f"{base}/{place}", {"entity_type": "microstep", "entity_id": ONE})
    assert shown.status_code == 200, shown.content
    assert shown.json()["beat_seconds"] * 2 < rules.LIFE
    (one,) = api.get(base).json()["items"]
    assert one["id"] == shown.json()["id"]
    assert one["kind"] == "agent"  # it came with a key
    assert "token" not in one
    assert api.put(f"{base}/{place}", {"page": "<b>"}).status_code == 422
    assert api.put(f"{base}/{place}", {"entity_type": "step"}).status_code == 422
    assert api.delete(f"{base}/{place}").status_code == 204
    assert api.delete(f"{base}/{place}").status_code == 204
    assert api.get(base).json()["items"] == []


def test_a_key_of_another_project_is_not_here(ours: Tenant) -> None:
    other = make_project(ours.person, org_id=ours.org_id)
    secret = make_key(ours.person, org_id=ours.org_id, project_id=other.id)[1]
    actor = tenancy.actor_for_key(secret, secure=True)
    assert actor is not None
    with pytest.raises(NotFound):
        discussion.be_here(actor, ours.project_id, uuid4())
