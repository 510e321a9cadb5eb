"""From credentials and memberships to what may be seen of the event stream."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from buildrunner.server.config.event_rights import judge
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.platform.errors import NotFound, NotSignedIn
from buildrunner.server.platform.events.stream import START, Record
from buildrunner.server.platform.realtime.audience import Audience
from factories import Tenant, add_person, make_key, make_project

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """`judge` runs in a thread of its own and tidies up there; a test rolls back here."""
    monkeypatch.setattr(
        "buildrunner.server.config.event_rights.close_old_connections", lambda: None
    )


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def sees(audience: Audience, org_id: UUID, project_id: UUID | None = None) -> bool:
    now = datetime.now(UTC)
    return audience.sees(Record(START, "plan.revised", org_id, project_id, "", {}, {}, now))


def test_nobody_and_wrong_keys_are_refused(tenant: Tenant) -> None:
    for headers in ({}, bearer("br_wrong"), {"cookie": f"{settings.SESSION_COOKIE_NAME}=x"}):
        with pytest.raises(NotSignedIn):
            judge(headers, None)


def test_an_owner_sees_the_whole_organization_and_no_other(
    tenant: Tenant, stranger: Tenant
) -> None:
    audience = judge(bearer(tenant.key), None)
    assert sees(audience, tenant.org_id)
    assert sees(audience, tenant.org_id, tenant.project_id)
    assert not sees(audience, stranger.org_id)
    assert not sees(audience, stranger.org_id, stranger.project_id)
    assert audience.principals >= {str(tenant.person.id), str(tenant.key_id)}


def test_one_project_can_be_asked_for_but_not_a_strangers(tenant: Tenant, stranger: Tenant) -> None:
    audience = judge(bearer(tenant.key), tenant.project_id)
    assert sees(audience, tenant.org_id, tenant.project_id)
    assert not sees(audience, tenant.org_id)
    for project_id in (stranger.project_id, uuid4()):
        with pytest.raises(NotFound):
            judge(bearer(tenant.key), project_id)


def test_a_member_sees_the_projects_that_are_open_to_it(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="viewer")
    hidden = make_project(tenant.person, org_id=tenant.org_id)
    _, secret = make_key(person)
    audience = judge(bearer(secret), None)
    assert sees(audience, tenant.org_id, tenant.project_id)
    assert not sees(audience, tenant.org_id, hidden.id)
    assert not sees(audience, tenant.org_id)


def test_a_key_bound_to_a_project_sees_that_project(tenant: Tenant) -> None:
    other = make_project(tenant.person, org_id=tenant.org_id)
    _, secret = make_key(
        tenant.person, scopes=["*"], org_id=tenant.org_id, project_id=tenant.project_id
    )
    audience = judge(bearer(secret), None)
    assert sees(audience, tenant.org_id, tenant.project_id)
    assert not sees(audience, tenant.org_id, other.id)
    assert not sees(audience, tenant.org_id)
    with pytest.raises(NotFound):
        judge(bearer(secret), other.id)


def test_a_browsers_session_sees_what_its_person_sees_until_it_is_revoked(tenant: Tenant) -> None:
    browser = Client()
    browser.force_login(tenant.person)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    audience = judge(cookie, None)
    assert sees(audience, tenant.org_id, tenant.project_id)
    digest = identity.session_digest(session)
    assert digest in audience.principals
    identity.revoke_session(tenant.actor, digest=digest)
    with pytest.raises(NotSignedIn):
        judge(cookie, None)
