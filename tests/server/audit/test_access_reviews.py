"""Access reviews: who decides, what a decision does, and what the ledger is told."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import AccessReview
from buildrunner.server.domains.audit.rules import review_periods as rules
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, NotFound
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_tenant


@pytest.fixture
def pages(tenant: Tenant) -> Client:
    """A browser in which the tenant's owner is signed in."""
    client = Client()
    client.force_login(tenant.person)
    return client


def lines(tenant: Tenant, review: UUID) -> dict[str, audit.ReviewItemView]:
    found = audit.access_review_items(tenant.actor, tenant.org_id, review)
    return {item.name: item for item in found}


def events(tenant: Tenant) -> list[tuple[str, dict[str, object]]]:
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(kind__startswith="access_review").order_by("id")
        return [(row.kind, row.data) for row in rows]


def test_a_review_has_a_line_for_each_member_with_what_they_hold(tenant: Tenant) -> None:
    grace = add_person(tenant, project_role="qa", name="Grace")
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    found = lines(tenant, review.id)
    assert found["Grace"].member_id == grace.id
    assert (found["Grace"].role, found["Grace"].approved) == ("member", None)
    assert [one["role"] for one in found["Grace"].projects] == ["qa"]
    assert found["Ada"].role == "owner"
    assert (review.status, review.total) == ("open", len(found))
    assert review.due_date == timezone.now().date() + timedelta(days=30)
    with pytest.raises(Conflict, match="has begun already"):
        audit.open_access_review(tenant.actor, tenant.org_id)


def test_taking_access_away_ends_the_membership_and_completes_the_review(tenant: Tenant) -> None:
    grace = add_person(tenant, org_role="admin", name="Grace")
    hedy = add_person(tenant, project_role="viewer", name="Hedy")
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    found = lines(tenant, review.id)
    audit.decide_access(
        tenant.actor, tenant.org_id, review.id, found["Hedy"].id, approved=False, note="left us"
    )
    members = {one.person_id for one in tenancy.organization_members(tenant.actor, tenant.org_id)}
    assert hedy.id not in members
    by_grace = tenancy.actor_for_person(grace)
    for name, item in found.items():
        if name != "Hedy":
            actor = by_grace if name == "Ada" else tenant.actor
            audit.decide_access(actor, tenant.org_id, review.id, item.id, approved=True)
    done = audit.get_access_review(tenant.actor, tenant.org_id, review.id)
    assert (done.status, done.removed, done.approved) == ("completed", 1, len(found) - 1)
    kinds = [kind for kind, _ in events(tenant)]
    assert kinds == ["access_review.opened"] + ["access_review.decided"] * len(found) + [
        "access_review.completed"
    ]
    with pytest.raises(Conflict, match="decided already"):
        audit.decide_access(tenant.actor, tenant.org_id, review.id, found["Hedy"].id, approved=True)


def test_nobody_decides_about_himself_while_another_could(tenant: Tenant) -> None:
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    own = lines(tenant, review.id)["Ada"]
    grace = add_person(tenant, org_role="admin", name="Grace")
    with pytest.raises(Forbidden, match="own access"):
        audit.decide_access(tenant.actor, tenant.org_id, review.id, own.id, approved=True)
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=grace.id)
    alone = audit.decide_access(tenant.actor, tenant.org_id, review.id, own.id, approved=True)
    assert alone.approved


def test_the_last_owner_stays_and_the_refused_decision_leaves_nothing(tenant: Tenant) -> None:
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    own = lines(tenant, review.id)["Ada"]
    before = events(tenant)
    with pytest.raises(Conflict):
        audit.decide_access(tenant.actor, tenant.org_id, review.id, own.id, approved=False)
    assert lines(tenant, review.id)["Ada"].approved is None
    assert events(tenant) == before


def test_a_key_decides_nothing_and_a_member_sees_nothing(tenant: Tenant, api: Api) -> None:
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    own = lines(tenant, review.id)["Ada"]
    path = f"/api/orgs/{tenant.org_id}/access-reviews"
    answer = api.post(f"{path}/{review.id}/items/{own.id}/decision", {"approved": True})
    assert (answer.status_code, answer.json()["code"]) == (403, "in_person_only")
    member = add_person(tenant, project_role="pm", name="Grace")
    _, secret = make_key(member)
    refused = Api(secret).get(path)
    assert (refused.status_code, refused.json()["permission"]) == (403, "audit.read")
    other = make_tenant()
    with pytest.raises(NotFound):
        audit.get_access_review(other.actor, other.org_id, review.id)
    with pytest.raises(NotFound):
        audit.decide_access(other.actor, other.org_id, review.id, own.id, approved=True)


def test_campaigns_begin_by_themselves_once_a_quarter_and_grow_overdue(tenant: Tenant) -> None:
    audit.keep_access_reviews()
    assert audit.access_reviews(tenant.actor, tenant.org_id) == []
    audit.schedule_access_reviews(tenant.actor, tenant.org_id, quarterly=True)
    audit.keep_access_reviews()
    audit.keep_access_reviews()
    (review,) = audit.access_reviews(tenant.actor, tenant.org_id)
    assert review.opened_by["kind"] == "system"
    with tenant_scope(tenant.org_id):
        AccessReview.objects.update(due_date=timezone.now().date() - timedelta(days=1))
    audit.keep_access_reviews()
    audit.keep_access_reviews()
    (late,) = audit.access_reviews(tenant.actor, tenant.org_id)
    assert late.status == "overdue"
    assert [kind for kind, _ in events(tenant)].count("access_review.overdue") == 1
    audit.schedule_access_reviews(tenant.actor, tenant.org_id, quarterly=False)
    assert not audit.reviews_are_quarterly(tenant.actor, tenant.org_id)


def test_the_brief_s_query_tells_where_reviews_stand(tenant: Tenant) -> None:
    add_person(tenant, org_role="admin", name="Grace")
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    grace = lines(tenant, review.id)["Grace"]
    audit.decide_access(tenant.actor, tenant.org_id, review.id, grace.id, approved=True)
    with tenant_scope(tenant.org_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT review_period, status, due_date, COUNT(*) AS total_items,"
            " COUNT(*) FILTER (WHERE approved = true) AS approved_items"
            " FROM access_reviews ar JOIN access_review_items ari ON ar.id = ari.review_id"
            " GROUP BY review_period, status, due_date"
        )
        ((period, status, due, total, approved),) = cursor.fetchall()
    assert (period, status, due) == (review.period, "open", review.due_date)
    assert (total, approved) == (review.total, 1)


def test_the_table_for_spreadsheets_runs_nothing(tenant: Tenant, api: Api) -> None:
    add_person(tenant, project_role="qa", name="=cmd|' /C calc'!A0")
    review = audit.open_access_review(tenant.actor, tenant.org_id)
    answer = api.get(f"/api/orgs/{tenant.org_id}/access-reviews/{review.id}/export")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == review.total
    assert "'=cmd|' /C calc'!A0" in [row["name"] for row in rows]


def test_pages_begin_decide_and_refuse(tenant: Tenant, pages: Client) -> None:
    add_person(tenant, org_role="admin", name="Grace <b>")
    home = f"/orgs/{tenant.org_id}/access-reviews"
    assert b"No reviews yet" in pages.get(home).content
    begun = pages.post(home)
    assert begun.status_code == 303
    page = pages.get(begun["Location"]).content.decode()
    assert "Grace &lt;b&gt;" in page
    items = audit.access_review_items(
        tenant.actor, tenant.org_id, UUID(begun["Location"].rpartition("/")[2])
    )
    grace = next(item for item in items if item.name.startswith("Grace"))
    own = next(item for item in items if item.name == "Ada")
    pages.post(f"{begun['Location']}/items/{grace.id}", {"approved": "1", "note": "still here"})
    answer = pages.post(
        f"{begun['Location']}/items/{own.id}", {"approved": "1"}, follow=True
    ).content.decode()
    assert "Somebody else decides about your own access" in answer
    assert "still here" in answer
    again = pages.post(home, follow=True).content.decode()
    assert "has begun already" in again
    pages.post(f"{home}/schedule", {"quarterly": "1"})
    assert audit.reviews_are_quarterly(tenant.actor, tenant.org_id)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_quarters_are_three_months_long(day: date) -> None:
    year, quarter = rules.period_of(day).split("-Q")
    assert int(year) == day.year
    assert (day.month - 1) // 3 + 1 == int(quarter)


@given(st.integers(0, 50), st.integers(-40, 40))
def test_a_campaign_is_overdue_only_while_something_is_undecided(undecided: int, late: int) -> None:
    due = date(2026, 6, 30)
    status = rules.status_of(undecided=undecided, due=due, today=due + timedelta(days=late))
    assert (status == "completed") == (undecided == 0)
    assert (status == "overdue") == (undecided > 0 and late > 0)


@given(st.lists(st.uuids(), max_size=4))
def test_only_the_last_reviewer_may_decide_about_himself(others: list[UUID]) -> None:
    me = uuid4()
    assert rules.may_decide(me, me, frozenset({me, *others})) == (not others)
    assert rules.may_decide(me, uuid4(), frozenset({me, *others}))
