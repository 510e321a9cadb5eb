"""An agent's budget: once it is reached, the agent's calls are refused, and nobody else's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from kits.gateway_house import House, furnished
from kits.model_server import Behaviour

pytestmark = pytest.mark.e2e

SAY = [{"role": "user", "content": "Grüße"}]
MODEL = "gpt-4o-mini"
COST = (Decimal(90) * Decimal("0.15") + 64 * Decimal("0.60")) / 10**6


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("agents") / "data", BR_RATE_LIMIT="0") as found:
        found.server.behave = Behaviour(
            used={"prompt_tokens": 90, "completion_tokens": 64, "total_tokens": 154}
        )
        yield found


def _agent(house: House, org: str, project: str) -> dict[str, Any]:
    body = {"name": f"agent-{secrets.token_hex(4)}", "project_id": project}
    made = house.http.post(f"/api/orgs/{org}/agents", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


@pytest.fixture
def place(house: House) -> tuple[str, str]:
    """A project of its own, and its organization."""
    made = house.http.post("/api/projects", json={"title": "Spending"}).json()
    return made["org_id"], made["id"]


def _capped(house: House, project: str, agent: str, usd: str) -> str:
    body = {
        "project_id": project,
        "scope": "agent",
        "subject": agent,
        "name": "What claude may spend",
        "monthly_usd": usd,
        "hard_cap": True,
    }
    made = house.http.post("/api/admin/budgets", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _openai(house: House, key: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=f"{house.product.url}/v1", max_retries=0)


def _call(client: openai.OpenAI) -> openai.APIStatusError | None:
    try:
        client.chat.completions.create(model=MODEL, messages=SAY, max_tokens=64)
    except openai.APIStatusError as refused:
        return refused
    return None


def test_the_gateway_refuses_the_agent_and_names_the_budget(
    house: House, place: tuple[str, str]
) -> None:
    org, project = place
    spender, other = _agent(house, org, project), _agent(house, org, project)
    budget = _capped(house, project, spender["id"], str(COST * 2))
    client = _openai(house, spender["key"])
    calls = [_call(client) for _ in range(4)]
    refusals = [error for error in calls if error is not None]
    assert 1 <= len(calls) - len(refusals) <= 2
    assert calls[0] is None
    for refused in refusals:
        assert (refused.status_code, refused.code) == (402, "budget_exceeded")
        assert "What claude may spend" in refused.response.text
        assert budget in refused.response.text
    # Nobody else pays for it: neither another agent nor the people of the project.
    _openai(house, other["key"]).chat.completions.create(model=MODEL, messages=SAY, max_tokens=64)
    person = house.openai.with_options(default_headers={"BR-Project": project})
    person.chat.completions.create(model=MODEL, messages=SAY, max_tokens=64)


def test_what_the_agent_reports_counts_and_its_next_call_is_refused(
    house: House, place: tuple[str, str]
) -> None:
    org, project = place
    spender = _agent(house, org, project)
    budget = _capped(house, project, spender["id"], "1")
    path = "/api/usage/events"

    def report(tokens: int) -> httpx.Response:
        event = {
            "specversion": "1.0",
            "id": secrets.token_hex(8),
            "source": "//agent",
            "type": "tokens",
            "data": {
                "project_id": project,
                "quantity": tokens,
                "model_name": MODEL,
                "provider": "openai",
            },
        }
        headers = {"Authorization": f"Bearer {spender['key']}"}
        answer = httpx.post(house.product.url + path, json=event, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer

    report(8_000_000)  # USD 1.20 at USD 0.15 for a million
    spent = house.http.get(f"/api/admin/budgets/{budget}").json()
    assert Decimal(spent["spent_usd"]) >= 1
    with _openai(house, spender["key"]) as client, pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model=MODEL, messages=SAY, max_tokens=64)
    assert (refused.value.status_code, refused.value.code) == (402, "budget_exceeded")
    assert budget in refused.value.response.text
    # What has happened is counted all the same: refusing a report would hide a cost.
    report(1000)
