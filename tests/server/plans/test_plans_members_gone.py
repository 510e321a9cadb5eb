"""Claims of those who have gone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildrunner.server.config.subscriptions import SUBSCRIBERS
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import START, Record
from factories import Tenant, add_person, make_key, make_tenant, small_plan


def hear(tenant: Tenant) -> None:
    """What the worker does with the newest event."""
    with tenant_scope(tenant.org_id):
        event = Event.objects.latest("id")
    record = Record(
        START,
        event.kind,
        event.org_id,
        event.project_id,
        event.subject,
        event.actor,
        event.data,
        datetime.now(UTC),
    )
    (subscriber,) = [one for one in SUBSCRIBERS if one.name == "plans.members"]
    handler = subscriber.handler(event.kind)
    assert handler
    handler(record)
    handler(record)


@pytest.mark.parametrize("way", ["organization", "project", "service"])
def test_whoever_goes_holds_nothing(db: None, way: str) -> None:
    tenant = make_tenant(plan=small_plan())
    if way == "service":
        robot = tenancy.create_service_account(tenant.actor, tenant.org_id, name="Robot")
        _, secret = tenancy.create_api_key(
            tenant.actor, name="k", scopes=["*"], org_id=tenant.org_id, service_id=robot.id
        )
        tenancy.set_project_member(
            tenant.actor, tenant.project_id, person_id=robot.id, role="contributor"
        )
        gone = robot.id
    else:
        person = add_person(tenant, project_role="contributor")
        _, secret = make_key(person)
        gone = person.id
    actor = tenancy.actor_for_key(secret)
    assert actor
    plans.claim_microstep(actor, tenant.project_id, microstep_id="m1.s1.ms1")
    if way == "organization":
        tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=gone)
    elif way == "project":
        tenancy.remove_project_member(tenant.actor, tenant.project_id, person_id=gone)
    else:
        tenancy.remove_service_account(tenant.actor, tenant.org_id, gone)
    hear(tenant)
    assert plans.claim_microstep(
        tenant.actor, tenant.project_id, microstep_id="m1.s1.ms1"
    ).person_id == (tenant.person.id)
