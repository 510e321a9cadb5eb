"""Providers of models: who may, what is kept, and what is never told."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import ModelUnserved
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, make_key, make_tenant
from factories.providers import SECRET, make_provider
from kits.receiver import Answer, Receiver

PATH = "/api/models/providers"


def test_the_whole_life_of_a_provider(api: Api, tenant: Tenant) -> None:
    made = api.post(PATH, {"kind": "openai", "name": "OpenAI", "api_key": SECRET})
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["base_url"] == "https://api.openai.com/v1"
    assert body["key_hint"] == SECRET[-4:]
    assert made["Location"] == f"{PATH}/{body['id']}"
    assert api.get(made["Location"]).json() == body
    changed = api.patch(made["Location"], {"models": ["gpt-4o"], "enabled": False})
    assert changed.json()["models"] == ["gpt-4o"]
    assert api.get(PATH).json()["items"] == [changed.json()]
    assert api.delete(made["Location"]).status_code == 204
    assert api.get(made["Location"]).json()["code"] == "provider_not_found"
    with tenant_scope(tenant.org_id):
        told = list(Event.objects.filter(kind__startswith="model.provider").order_by("id"))
    assert [one.kind for one in told] == [
        "model.provider_added",
        "model.provider_changed",
        "model.provider_removed",
    ]
    assert told[1].data["changed"] == ["models", "enabled"]
    for text in (made.content.decode(), *(str(one.data) for one in told)):
        assert SECRET not in text


@pytest.mark.usefixtures("commits")
def test_the_key_is_sealed_in_the_table(owner_sql: psycopg.Connection) -> None:
    tenant = make_tenant()
    provider_id = make_provider(tenant)
    row = owner_sql.execute("SELECT api_key FROM ai_provider WHERE id = %s", [provider_id])
    (sealed,) = row.fetchone() or ("",)
    assert sealed.startswith("v1.")
    assert SECRET not in sealed
    assert ai.upstream_for(tenant.org_id, "gpt-4o").key == SECRET
    assert SECRET not in repr(ai.upstream_for(tenant.org_id, "gpt-4o"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "openai", "name": "a/b", "api_key": "k"}, "name"),
        ({"kind": "openai", "name": "a"}, "api_key"),
        ({"kind": "openai", "name": "a", "api_key": "k\r\nX-Evil: 1"}, "api_key"),
        ({"kind": "compatible", "name": "a"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "http://example.com/v1"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "https://127.0.0.1/v1"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "https://2130706433/v1"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "https://u:p@example.com"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "file:///etc/passwd"}, "base_url"),
        ({"kind": "compatible", "name": "a", "base_url": "https://e.com/v1?x=1"}, "base_url"),
        ({"kind": "openai", "name": "a", "api_key": "k", "models": ["a b"]}, "models"),
        ({"kind": "openai", "name": "a", "api_key": "k", "fallbacks": {"*": ["a b"]}}, "models"),
    ],
)
def test_what_cannot_be_a_provider(api: Api, body: dict[str, Any], field: str) -> None:
    refused = api.post(PATH, body)
    assert refused.status_code == 422, refused.content
    assert refused.json()["field"] == field


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://10.1.2.3:8000/v1", True),
        ("http://[fd12::1]:8000/v1", True),
        ("http://169.254.169.254/latest", False),
        ("http://[fd00:ec2::254]/latest", False),
        ("http://100.100.100.200/latest", False),
        ("http://0.0.0.0:8000/v1", False),
    ],
)
def test_private_addresses_where_the_operator_allows_them(
    api: Api, settings: Any, address: str, allowed: bool
) -> None:
    """Never where clouds answer with credentials."""
    body = {"kind": "compatible", "name": "local", "base_url": address}
    refused = api.post(PATH, body)
    assert refused.json()["code"] == "url_refused"
    assert "BR_ALLOW_PRIVATE_ADDRESSES" in refused.json()["detail"]
    settings.BR_ALLOW_PRIVATE_ADDRESSES = True
    assert (api.post(PATH, body).status_code == 201) is allowed


def test_a_key_never_goes_to_an_address_it_was_not_given_for(api: Api, tenant: Tenant) -> None:
    """Whoever may change providers, but does not know the key, cannot have it sent to them."""
    path = f"{PATH}/{make_provider(tenant)}"
    refused = api.patch(path, {"base_url": "https://evil.example.com/v1"})
    assert (refused.status_code, refused.json()["field"]) == (422, "api_key")
    again = {"base_url": "https://proxy.example.com/v1", "api_key": "sk-other-0123456789"}
    assert api.patch(path, again).json()["base_url"] == "https://proxy.example.com/v1"


def test_only_who_manages_models(tenant: Tenant) -> None:
    provider_id = make_provider(tenant)
    _, secret = make_key(tenant.person, scopes=("builder.run",), org_id=tenant.org_id)
    refused = Api(secret).get(f"{PATH}/{provider_id}")
    assert (refused.status_code, refused.json()["permission"]) == (403, "model.manage")


def test_a_stranger_finds_nothing(tenant: Tenant, stranger: Tenant) -> None:
    provider_id = make_provider(tenant)
    other = Api(stranger.key)
    assert other.get(f"{PATH}/{provider_id}").status_code == 404
    assert other.get(f"{PATH}?org_id={tenant.org_id}").status_code == 404
    assert other.patch(f"{PATH}/{provider_id}", {"enabled": False}).status_code == 404
    with pytest.raises(ModelUnserved):
        ai.upstream_for(stranger.org_id, "gpt-4o")


def test_names_are_taken_once(api: Api, tenant: Tenant) -> None:
    make_provider(tenant)
    again = api.post(PATH, {"kind": "openai", "name": "OpenAI", "api_key": SECRET})
    assert (again.status_code, again.json()["code"]) == (409, "provider_name_taken")


def test_asking_whether_it_answers(api: Api, tenant: Tenant, settings: Any) -> None:
    settings.BR_ALLOW_PRIVATE_ADDRESSES = True
    answers = [Answer(body=b'{"data":[{"id":"llama3"}]}'), Answer(401), Answer(body=b"<html>")]
    with Receiver(lambda _: answers.pop(0)) as receiver:
        members = {"kind": "compatible", "name": "local", "base_url": f"{receiver.url}/v1"}
        path = f"{PATH}/{make_provider(tenant, **members)}/test"
        good = api.post(path).json()
        assert (good["ok"], good["models"]) == (True, ["llama3"])
        assert receiver.received[0].headers["authorization"] == f"Bearer {SECRET}"
        assert receiver.received[0].path == "/hook/v1/models"
        bad = api.post(path).json()
        assert (bad["ok"], bad["models"]) == (False, [])
        assert "refuses the key" in bad["detail"]
        assert api.post(path).json()["ok"] is False
    assert "No connection" in api.post(path).json()["detail"]


def upstream(name: str, kind: str, *models: str) -> Upstream:
    from uuid import uuid4

    return Upstream(uuid4(), name, kind, "https://example.com/v1", "k", models)


def test_who_lists_a_model_goes_before_whose_kind_serves_it() -> None:
    openai, listed = upstream("OpenAI", "openai"), upstream("proxy", "compatible", "gpt-4o")
    local, claude = upstream("local", "compatible"), upstream("Anthropic", "anthropic")
    known = [local, openai, listed, claude]
    assert [one.provider for one in ai.choose(known, "gpt-4o", "chat")] == ["proxy"]
    assert [one.provider for one in ai.choose(known, "gpt-4.1", "chat")] == ["OpenAI"]
    assert [one.provider for one in ai.choose(known, "llama3", "chat")] == ["local"]
    (named,) = ai.choose(known, "local/llama3", "chat")
    assert (named.provider, named.model) == ("local", "llama3")
    with pytest.raises(ModelUnserved):
        ai.choose([openai], "claude-haiku-4-5", "chat")
    with pytest.raises(ModelUnserved):
        ai.choose([claude], "claude-haiku-4-5", "embeddings")
