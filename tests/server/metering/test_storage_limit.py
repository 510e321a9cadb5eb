"""The storage that a tier includes: what grows beyond it is refused, nothing is lost or locked in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import connections

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.models import StorageGrowth
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, make_tenant
from factories.evidence import checked_plan, make_record

LONG = "".join(f"{number * 7919 % 100_000:05}" for number in range(400))  # hard to compress


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Tenant, int], None]:
    """Put a tenant on a tier with so much room beyond what it has counted."""

    def put(tenant: Tenant, size: int) -> None:
        entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
        with tenant_scope(tenant.org_id):
            taken = int(metering.quota_of(tenant.org_id, "storage").used)  # type: ignore[union-attr]
        monkeypatch.setitem(entitlements.tiers()["free"].limits, "storage", taken + size)

    return put


def plan_of(api: Api, tenant: Tenant) -> tuple[dict[str, Any], str]:
    answer = api.get(f"/api/projects/{tenant.project_id}/plan")
    return answer.json(), answer["ETag"]


def put(api: Api, tenant: Tenant, plan: dict[str, Any], etag: str) -> Any:
    return api.put(f"/api/projects/{tenant.project_id}/plan", plan, **{"If-Match": etag})


def told(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(kind="quota.alert", subject="storage").order_by("id")
        return [row.data["level"] for row in rows]


@pytest.fixture
def full(tenant: Tenant, api: Api, limit: Callable[[Tenant, int], None]) -> Tenant:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    plan = checked_plan(3)
    plan["milestones"][0]["description"] = LONG
    assert api.put(f"/api/projects/{tenant.project_id}/plan", plan).status_code == 201
    limit(tenant, 0)
    return tenant


def test_a_plan_that_grows_is_refused_and_stays_as_it_was(full: Tenant, api: Api) -> None:
    before, etag = plan_of(api, full)
    larger = deepcopy(before)
    larger["milestones"][0]["title"] = LONG[::-1]
    refused = put(api, full, larger, etag)
    assert refused.status_code == 402
    said = refused.json()
    assert (said["code"], said["limit_name"], said["tier"]) == ("quota_exceeded", "storage", "Free")
    assert said["tier_with_more"] == "Pro"
    assert "Delete files or projects" in said["detail"]
    assert plan_of(api, full) == (before, etag)
    synced = api.post(
        f"/api/projects/{full.project_id}/sync",
        {
            "base_revision": 1,
            "operations": [{"op": "set", "id": "m1", "field": "title", "value": LONG[::-1]}],
        },
    )
    assert (synced.status_code, synced.json()["code"]) == (402, "quota_exceeded")
    assert plan_of(api, full) == (before, etag)


def test_what_makes_it_smaller_and_what_is_read_goes_on(full: Tenant, api: Api) -> None:
    plan, etag = plan_of(api, full)
    del plan["milestones"][0]["description"]
    assert put(api, full, plan, etag).status_code == 200
    assert api.get(f"/api/projects/{full.project_id}/revisions").status_code == 200
    assert api.get(f"/api/projects/{full.project_id}/plan").status_code == 200


def test_projects_evidence_and_files_are_refused_too(full: Tenant, api: Api) -> None:
    made = api.post("/api/projects", {"title": "Another", "org_id": str(full.org_id)})
    assert (made.status_code, made.json()["code"]) == (402, "quota_exceeded")
    plan, _ = plan_of(api, full)
    base = f"/api/projects/{full.project_id}"
    sent = api.post(f"{base}/evidence", {"records": [make_record(plan)], "run": "1"})
    assert (sent.status_code, sent.json()["code"]) == (402, "quota_exceeded")
    assert api.get(f"{base}/evidence").json()["items"] == []
    comment = api.post("/api/comments", {"project_id": str(full.project_id), "body": "x"}).json()
    sent = api.call("POST", f"/api/comments/{comment['id']}/attachments?name=a.txt", raw=b"1")
    assert (sent.status_code, sent.json()["code"]) == (402, "quota_exceeded")


def test_a_deleted_file_makes_room(
    tenant: Tenant, api: Api, limit: Callable[[Tenant, int], None]
) -> None:
    limit(tenant, 10)
    comment = api.post("/api/comments", {"project_id": str(tenant.project_id), "body": "x"}).json()
    place = f"/api/comments/{comment['id']}/attachments?name=a.txt"
    first = api.call("POST", place, raw=b"12345678")
    assert first.status_code == 201
    assert api.call("POST", place, raw=b"123").status_code == 402
    assert api.delete(first.json()["url"]).status_code == 204
    assert api.call("POST", place, raw=b"123").status_code == 201
    assert api.delete(f"/api/comments/{comment['id']}").status_code == 204
    with tenant_scope(tenant.org_id):
        assert StorageGrowth.objects.get(org_id=tenant.org_id).bytes == 0


def test_more_is_let_through_where_it_is_billed(full: Tenant, api: Api) -> None:
    metering.set_overage(full.actor, full.org_id, kind="storage", overage=True)
    plan, etag = plan_of(api, full)
    plan["milestones"][0]["title"] = LONG[::-1]
    assert put(api, full, plan, etag).status_code == 200


def test_the_alert_outlives_the_refusal(full: Tenant, api: Api) -> None:
    plan, etag = plan_of(api, full)
    plan["milestones"][0]["title"] = LONG[::-1]
    assert put(api, full, plan, etag).status_code == 402
    metering.warn_refused()
    assert told(full) == ["0.8", "0.9", "1"]
    assert put(api, full, plan, etag).status_code == 402
    metering.warn_refused()
    assert told(full) == ["0.8", "0.9", "1"]


@pytest.mark.usefixtures("commits")
def test_two_uploads_at_once_do_not_pass_the_limit(limit: Callable[[Tenant, int], None]) -> None:
    tenant = make_tenant()
    api = Api(tenant.key)
    limit(tenant, 100)
    comment = api.post("/api/comments", {"project_id": str(tenant.project_id), "body": "x"}).json()
    place = f"/api/comments/{comment['id']}/attachments?name=a.txt"
    start, found = threading.Barrier(4), []

    def upload() -> None:
        start.wait()
        found.append(Api(tenant.key).call("POST", place, raw=b"1" * 40).status_code)
        connections.close_all()

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201, 201, 402, 402]
