"""The pages of comparisons: blind until decided, decided once by whoever signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.tenancy.facade import project_scope
from factories import Tenant, add_person, make_tenant
from factories.arbitrations import make_arbitration


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant()


def sign_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def base(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}/models/arbitrations"


def test_models_are_named_once_it_is_decided(own: Tenant) -> None:
    browser, waiting = sign_in(own.person), make_arbitration(own)
    listed = browser.get(base(own)).content.decode()
    assert str(waiting) in listed
    page = browser.get(f"{base(own)}/{waiting}").content.decode()
    assert "Move the database first." in page
    assert "Take this answer" in page
    for text in (listed, page):
        assert "gpt-4" not in text
        assert "claude-3-sonnet" not in text
    missing = browser.post(f"{base(own)}/{waiting}", {"winner": "B", "reason": " "})
    assert missing.status_code == 422
    taken = browser.post(f"{base(own)}/{waiting}", {"winner": "B", "reason": "It is short."})
    assert (taken.status_code, taken["Location"]) == (303, f"{base(own)}/{waiting}")
    again = browser.post(f"{base(own)}/{waiting}", {"winner": "A", "reason": "No."}, follow=True)
    assert "decided already" in again.content.decode()
    page = again.content.decode()
    assert "claude-3-sonnet" in page
    assert "It is short." in page
    assert "Take this answer" not in page
    assert (
        "claude-3-sonnet" in browser.get(f"{base(own)}?status=decided_by_person").content.decode()
    )
    with project_scope(own.actor, own.project_id, "plan.read") as access:
        assert ai.get_arbitration(access, waiting).winner == "B"


def test_who_may_look_and_who_may_decide(own: Tenant) -> None:
    waiting = make_arbitration(own)
    viewer = sign_in(add_person(own, project_role="viewer"))
    assert "Take this answer" not in viewer.get(f"{base(own)}/{waiting}").content.decode()
    sent = {"winner": "A", "reason": "Mine."}
    assert viewer.post(f"{base(own)}/{waiting}", sent).status_code == 403
    stranger = sign_in(make_tenant(name="Other").person)
    assert stranger.get(base(own)).status_code == 404
    assert stranger.post(f"{base(own)}/{waiting}", sent).status_code == 404
