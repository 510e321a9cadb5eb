"""The inbox by API: what one sees of it, what is unread, and the choices of how to be told."""

from __future__ import annotations

from uuid import uuid4

from django.test import Client

from buildrunner.server.config.event_rights import judge
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.realtime import frames
from factories import Api, Tenant, add_person, make_key, make_tenant
from factories.notices import told
from factories.webhooks import record_of


def test_the_inbox_is_newest_first_and_counts_what_is_unread(tenant: Tenant, api: Api) -> None:
    told(tenant, title="One")
    told(tenant, title="Two", kind="budget.exhausted")
    answer = api.get("/api/notifications").json()
    assert [one["title"] for one in answer["items"]] == ["Two", "One"]
    assert answer["items"][0]["priority"] == "urgent"
    assert answer["items"][1]["url"].startswith("http")
    assert api.get("/api/notifications/unread").json() == {"unread": 2, "urgent": 1}
    urgent = api.get("/api/notifications?priority=urgent").json()["items"]
    assert [one["title"] for one in urgent] == ["Two"]


def test_reading_some_all_and_unreading(tenant: Tenant, api: Api) -> None:
    for title in "abc":
        told(tenant, title=title)
    first = api.get("/api/notifications").json()["items"][0]["id"]
    answer = api.post("/api/notifications/read", {"ids": [first, str(uuid4())]}).json()
    assert answer == {"changed": 1, "unread": 2}
    shown = api.get("/api/notifications?unread=true").json()["items"]
    assert [one["title"] for one in shown] == ["b", "a"]
    assert api.post("/api/notifications/read", {}).json() == {"changed": 2, "unread": 0}
    again = api.patch(f"/api/notifications/{first}", {"read": False}).json()
    assert again["read_at"] is None
    assert api.get("/api/notifications/unread").json()["unread"] == 1


def test_anothers_notice_is_absent(tenant: Tenant, stranger: Tenant) -> None:
    told(tenant)
    (mine,) = Api(tenant.key).get("/api/notifications").json()["items"]
    other = Api(stranger.key)
    assert other.get("/api/notifications").json()["items"] == []
    answer = other.patch(f"/api/notifications/{mine['id']}", {"read": True})
    assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")
    assert other.post("/api/notifications/read", {"ids": [mine["id"]]}).json()["changed"] == 0


def test_who_lost_the_project_reads_no_more_of_it(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="viewer")
    told(tenant, person.id)
    _, key = make_key(person)
    assert len(Api(key).get("/api/notifications").json()["items"]) == 1
    tenancy.remove_project_member(tenant.actor, tenant.project_id, person_id=person.id)
    assert Api(key).get("/api/notifications").json()["items"] == []
    assert Api(key).get("/api/notifications/unread").json()["unread"] == 0


def test_an_organization_that_asks_for_a_second_factor_tells_a_session_without_nothing(
    tenant: Tenant,
) -> None:
    told(tenant)
    with tenant_scope(tenant.org_id):
        tenancy.Organization.objects.filter(id=tenant.org_id).update(require_mfa=True)
    browser = Client()
    browser.force_login(tenant.person)
    assert browser.get("/api/notifications").json()["items"] == []
    assert len(Api(tenant.key).get("/api/notifications").json()["items"]) == 1


def test_a_bound_key_shows_what_belongs_there(tenant: Tenant) -> None:
    told(tenant, title="Of the project")
    told(tenant, title="Of the organization", project_id=None)
    _, key = make_key(tenant.person, org_id=tenant.org_id, project_id=tenant.project_id)
    (one,) = Api(key).get("/api/notifications").json()["items"]
    assert one["title"] == "Of the project"
    assert Api(key).get("/api/notifications/preferences").status_code == 403


def test_what_nobody_wants_in_the_inbox_is_not_there(tenant: Tenant, api: Api) -> None:
    change = {"choices": {"comment.mentioned": {"inbox": False}}}
    assert api.patch("/api/notifications/preferences", change).status_code == 200
    assert told(tenant) == 1
    assert api.get("/api/notifications").json()["items"] == []
    assert api.get("/api/notifications/unread").json()["unread"] == 0


def test_choices_are_kept_where_they_differ(tenant: Tenant, api: Api) -> None:
    body = {
        "time_zone": "Europe/Rome",
        "quiet_hours": {"begin": "22:00", "end": "07:30"},
        "digest": "weekly",
        "digest_time": "09:15",
        "digest_weekday": 4,
        "choices": {"comment.written": {"email": True}, "claim.lost": {"email": True}},
    }
    answer = api.patch("/api/notifications/preferences", body).json()
    assert answer["quiet_hours"] == {"begin": "22:00", "end": "07:30"}
    assert (answer["digest"], answer["digest_time"]) == ("weekly", "09:15")
    kinds = {one["kind"]: one for one in answer["kinds"]}
    assert kinds["comment.written"]["channels"]["email"] is True
    assert kinds["comment.written"]["defaults"]["email"] is False
    assert kinds["claim.lost"]["channels"] == kinds["claim.lost"]["defaults"]
    ended = api.patch("/api/notifications/preferences", {"quiet_hours": None}).json()
    assert ended["quiet_hours"] is None
    assert ended["digest"] == "weekly"
    for wrong, field in (
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"choices": {"nothing": {"email": True}}}, "choices"),
    ):
        refused = api.patch("/api/notifications/preferences", wrong)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_following_by_api(tenant: Tenant, api: Api) -> None:
    path = f"/api/projects/{tenant.project_id}/watches"
    body = {"subject": "microstep:m1.s1.ms1", "how": "muted"}
    assert api.put(path, body).json() == body
    (one,) = api.get(path).json()["items"]
    assert (one["subject"], one["how"]) == ("microstep:m1.s1.ms1", "muted")
    assert api.put(path, body | {"how": None}).json()["how"] is None
    assert api.get(path).json()["items"] == []
    assert api.put(path, {"subject": "nothing", "how": "manual"}).status_code == 422


def test_the_stream_tells_the_people_it_names_and_nobody_else(commits: None) -> None:
    tenant = make_tenant()
    person = add_person(tenant)  # of the organization alone: it may follow no events there
    told(tenant, person.id, project_id=None, title="Between us")
    with tenant_scope(tenant.org_id):
        record = record_of(Event.objects.get(kind="notification.created"))
    _, key = make_key(person)
    audience = judge({"authorization": f"Bearer {key}"}, None)
    assert tenant.org_id in audience.homes()
    assert audience.sees(record)
    assert not audience.sees(record._replace(kind="plan.revised"))
    assert not judge({"authorization": f"Bearer {tenant.key}"}, None).sees(record)
    assert b"people" not in frames.event(record)
