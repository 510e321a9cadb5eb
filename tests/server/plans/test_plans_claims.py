"""Leases: one holder at a time, renewed by the same, ended by release or time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.domains.tenancy.facade import actor_for_person
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden
from buildrunner.server.platform.events.models import Event
from factories import add_person, make_key, make_tenant

ONE = "m1.s1.ms1"


def kinds(tenant):
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(project_id=tenant.project_id, kind__startswith="claim.")
        return list(rows.order_by("id").values_list("kind", flat=True))


def run_out(tenant):
    with tenant_scope(tenant.org_id):
        Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_claim_is_taken_renewed_refused_to_others_and_released(api, tenant, first):
    path = f"{first.path}/claims"
    taken = api.post(path, {"microstep_id": ONE, "holder": "agent-1", "ttl_seconds": 60})
    assert taken.status_code == 201
    assert taken.json()["holder"] == "agent-1"
    renewed = api.post(path, {"microstep_id": ONE, "holder": "agent-1", "ttl_seconds": 600})
    assert renewed.status_code == 201
    assert renewed.json()["id"] == taken.json()["id"]
    assert renewed.json()["expires_at"] > taken.json()["expires_at"]
    refused = api.post(path, {"microstep_id": ONE, "holder": "agent-2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "claim_held")
    assert refused.json()["holder"] == "agent-1"
    assert refused.json()["expires_at"][:19] == renewed.json()["expires_at"][:19]
    assert api.get(path).json()["items"] == [renewed.json()]
    assert api.delete(f"{path}/{ONE}?holder=agent-2").json()["code"] == "claim_held"
    assert api.delete(f"{path}/{ONE}?holder=agent-1").status_code == 204
    assert api.get(path).json()["items"] == []
    assert api.delete(f"{path}/{ONE}").json()["code"] == "claim_absent"
    assert api.post(path, {"microstep_id": ONE}).json()["holder"] == "test"  # the key's name
    assert kinds(tenant) == ["claim.taken", "claim.taken", "claim.released", "claim.taken"]


@pytest.mark.django_db
def test_only_microsteps_of_the_plan_can_be_claimed_also_by_a_former_name(api, tenant, first):
    path = f"{first.path}/claims"
    first.find(ONE)["aliases"] = ["m0.s0.old"]
    first.sync()
    assert api.post(path, {"microstep_id": "m0.s0.old"}).json()["microstep_id"] == ONE
    for absent in ("m1", "m1.s1", "nobody"):
        answer = api.post(path, {"microstep_id": absent})
        assert (answer.status_code, answer.json()["code"]) == (404, "entity_absent")
    empty = make_tenant()
    with pytest.raises(plans.PlanAbsent):
        plans.claim_microstep(empty.actor, empty.project_id, microstep_id=ONE)


@pytest.mark.django_db
def test_a_lease_that_ran_out_goes_to_the_next_and_leaves_an_event(api, tenant, first):
    path = f"{first.path}/claims"
    api.post(path, {"microstep_id": ONE, "holder": "agent-1"})
    run_out(tenant)
    assert api.get(path).json()["items"] == []
    assert api.delete(f"{path}/{ONE}").json()["code"] == "claim_absent"
    assert api.post(path, {"microstep_id": ONE, "holder": "agent-2"}).status_code == 201
    assert kinds(tenant) == ["claim.taken", "claim.expired", "claim.taken"]


@pytest.mark.django_db
def test_anothers_lease_is_ended_by_who_manages_the_project_only(as_key, tenant, first):
    colleague = add_person(tenant, project_role="contributor")
    _, secret = make_key(colleague)
    other = as_key(secret)
    path = f"{first.path}/claims"
    plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id=ONE)
    answer = other.delete(f"{path}/{ONE}")
    assert (answer.status_code, answer.json()["missing"]) == (403, ["project.manage"])
    plans.release_claim(tenant.actor, tenant.project_id, microstep_id=ONE)
    assert other.post(path, {"microstep_id": ONE}).status_code == 201
    with pytest.raises(plans.ClaimHeld):
        plans.claim_microstep(
            tenant.actor, tenant.project_id, microstep_id=ONE, holder=colleague.name
        )
    plans.release_claim(tenant.actor, tenant.project_id, microstep_id=ONE)
    with pytest.raises(Forbidden):
        plans.claim_microstep(
            actor_for_person(add_person(tenant, project_role="viewer")),
            tenant.project_id,
            microstep_id=ONE,
        )


def test_expired_leases_of_every_organization_are_closed_by_the_task(commits, plan):
    tenants = [make_tenant(plan=plan) for _ in range(2)]
    for tenant in tenants:
        plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id=ONE)
        plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id="m1.s1.ms2")
    run_out(tenants[0])
    assert plans.expire_claims() == 2
    assert kinds(tenants[0]) == ["claim.taken"] * 2 + ["claim.expired"] * 2
    assert kinds(tenants[1]) == ["claim.taken"] * 2
    assert plans.expire_claims() == 0


@pytest.mark.parametrize("before", ["free", "expired"])
def test_of_many_who_race_for_a_microstep_exactly_one_gets_it(commits, plan, before):
    tenant = make_tenant(plan=plan)
    if before == "expired":
        plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id=ONE, holder="gone")
        run_out(tenant)
    racers = 6
    start = Barrier(racers)

    def race(number):
        try:
            start.wait()
            return plans.claim_microstep(
                tenant.actor, tenant.project_id, microstep_id=ONE, holder=f"agent-{number}"
            ).holder
        except plans.ClaimHeld as held:
            return held.extensions["holder"]
        finally:
            connection.close()

    with ThreadPoolExecutor(racers) as pool:
        told = list(pool.map(race, range(racers)))
    assert len(set(told)) == 1
    with tenant_scope(tenant.org_id):
        active = Claim.objects.filter(project_id=tenant.project_id, released_at__isnull=True)
        assert [claim.holder for claim in active] == [told[0]]
    expired = ["claim.taken", "claim.expired"] if before == "expired" else []
    assert kinds(tenant) == [*expired, "claim.taken"]
