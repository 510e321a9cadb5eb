"""The page of models' profiles: shown to members, set and taken back by who manages models."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.tenancy.facade import organization_scope
from factories import Tenant, add_person, make_tenant

FORM = {
    "model": "qwen3:32b",
    "provider": "ollama",
    "quality": "7.5",
    "speed": "6",
    "context": "32,768",
    "max_output": "8192",
    "task_types": ["builder", "qa"],
    "enabled": "1",
}


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def browser(own: Tenant) -> Client:
    client = Client()
    client.force_login(own.person)
    return client


def address(tenant: Tenant) -> str:
    return f"/orgs/{tenant.org_id}/models/profiles"


def known(tenant: Tenant) -> dict[str, ai.Profile]:
    with organization_scope(tenant.actor, tenant.org_id):
        return {one.model: one for one in ai.profiles(tenant.org_id)}


def test_a_model_of_ones_own_is_set_changed_and_taken_back(own: Tenant, browser: Client) -> None:
    saved = browser.post(address(own), FORM)
    assert (saved.status_code, saved["Location"]) == (303, address(own))
    kept = known(own)["qwen3:32b"]
    assert (kept.task_types, kept.quality, kept.context) == (
        ("builder", "qa"),
        Decimal("7.5"),
        32768,
    )
    page = browser.get(f"{address(own)}?model=qwen3:32b").content.decode()
    assert 'value="qwen3:32b"' in page
    assert "Take it back" in page
    browser.post(address(own), {**FORM, "quality": "9", "enabled": ""})
    kept = known(own)["qwen3:32b"]
    assert (kept.quality, kept.enabled) == (Decimal(9), False)
    browser.post(address(own), {"model": "qwen3:32b", "act": "remove"})
    assert "qwen3:32b" not in known(own)


def test_a_shipped_model_is_replaced_and_holds_again(own: Tenant, browser: Client) -> None:
    before = known(own)["gpt-5"]
    assert "This one is shipped" in browser.get(f"{address(own)}?model=gpt-5").content.decode()
    browser.post(address(own), {**FORM, "model": "gpt-5", "provider": "openai"})
    assert known(own)["gpt-5"].own
    browser.post(address(own), {"model": "gpt-5", "act": "remove"})
    assert known(own)["gpt-5"] == before


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("model", "a b", "without spaces"),
        ("model", "", "without spaces"),
        ("provider", "", "who makes the model"),
        ("quality", "11", "from 0 to 10"),
        ("quality", "7.123", "two decimals"),
        ("quality", "good", "such as 7.5"),
        ("speed", "nan", "from 0 to 10"),
        ("context", "-1", "number of tokens"),
        ("context", "0", "tokens"),
        ("max_output", "1e9", "number of tokens"),
        ("task_types", [], "one at least"),
        ("task_types", ["poet"], "no type of task"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    own: Tenant, browser: Client, field: str, value: object, said: str
) -> None:
    before = known(own)
    answer = browser.post(address(own), {**FORM, "provider": "our lab", field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    if field != "provider":
        assert "our lab" in page
    assert known(own) == before


def test_members_look_and_strangers_do_not(own: Tenant, browser: Client) -> None:
    client = Client()
    client.force_login(add_person(own, org_role="member"))
    page = client.get(address(own))
    assert page.status_code == 200
    assert "gpt-5" in page.content.decode()
    assert "Save profile" not in page.content.decode()
    assert client.post(address(own), FORM).status_code == 403
    stranger = Client()
    stranger.force_login(make_tenant(name="Other").person)
    assert stranger.get(address(own)).status_code == 404
    assert stranger.post(address(own), FORM).status_code == 404


def test_a_name_is_text(own: Tenant, browser: Client) -> None:
    answer = browser.post(address(own), {**FORM, "model": "<b>x</b>", "provider": "<i>"})
    assert answer.status_code == 422
    assert "<b>x</b>" not in answer.content.decode()
