"""Hard budgets at the gateway: never passed, whoever calls at once, and whatever dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from kits import processes
from kits.gateway_house import House, furnished
from kits.model_server import Behaviour

pytestmark = pytest.mark.e2e

SAY = [{"role": "user", "content": "Grüße"}]
MODEL = "gpt-4o-mini"
# What one call costs at USD 0.15 and 0.60 for a million tokens.
COST = (Decimal(90) * Decimal("0.15") + 64 * Decimal("0.60")) / 10**6


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("budgets") / "data", BR_RATE_LIMIT="0") as found:
        yield found


@pytest.fixture(autouse=True)
def dear(house: House) -> None:
    """The fake says that every call used nearly all that it could."""
    house.server.behave = Behaviour(
        used={"prompt_tokens": 90, "completion_tokens": 64, "total_tokens": 154}
    )
    house.server.asked.clear()


def project(house: House) -> str:
    made = house.http.post("/api/projects", json={"title": "Spending"})
    return str(made.json()["id"])


def budget(house: House, project_id: str, usd: str, **members: Any) -> str:
    body = {"project_id": project_id, "monthly_usd": usd, "hard_cap": True, **members}
    made = house.http.post("/api/admin/budgets", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def state(house: House, budget_id: str) -> dict[str, Any]:
    found: dict[str, Any] = house.http.get(f"/api/admin/budgets/{budget_id}").json()
    return found


def test_two_hundred_at_once_never_pass_a_cap(house: House) -> None:
    project_id = project(house)
    cap = Decimal("0.002")
    budget_id = budget(house, project_id, str(cap), name="Small change")
    refusals: list[Any] = []

    async def scenario() -> int:
        client = openai.AsyncOpenAI(
            api_key=house.product.api_key,
            base_url=f"{house.product.url}/v1",
            max_retries=0,
            default_headers={"BR-Project": project_id},
        )

        async def one() -> bool:
            try:
                await client.chat.completions.create(
                    model=MODEL, messages=SAY, max_completion_tokens=64
                )
            except openai.APIStatusError as refused:
                refusals.append((refused.status_code, refused.body))
                return False
            return True

        answered = sum(await asyncio.gather(*(one() for _ in range(200))))
        await client.close()
        return answered

    answered = asyncio.run(scenario())
    assert len(house.server.asked) == answered
    assert 0 < answered < 200
    assert answered * COST <= cap
    assert {status for status, _ in refusals} == {402}
    body = refusals[0][1]
    assert body["code"] == "budget_exceeded"
    assert budget_id in str(body)
    assert "Small change" in body["message"]
    seen = state(house, budget_id)
    assert Decimal(seen["spent_usd"]) + Decimal(seen["reserved_usd"]) <= cap


def test_under_a_cap_a_model_without_a_price_is_refused(house: House) -> None:
    project_id = project(house)
    house.add(kind="compatible", name="local", base_url=house.server.url + "/v1")
    client = house.openai.with_options(default_headers={"BR-Project": project_id})
    client.chat.completions.create(model="local/unheard-of", messages=SAY)
    budget(house, project_id, "1")
    other = project(house)
    budget(house, other, "1")
    capped = house.openai.with_options(default_headers={"BR-Project": other})
    with pytest.raises(openai.APIStatusError) as refused:
        capped.chat.completions.create(model="local/unheard-of", messages=SAY)
    assert refused.value.status_code == 402
    assert refused.value.code == "unpriced_model"


def test_an_answer_without_a_limit_gets_one_under_a_cap(house: House) -> None:
    project_id = project(house)
    client = house.openai.with_options(default_headers={"BR-Project": project_id})
    client.chat.completions.create(model=MODEL, messages=SAY)
    assert "max_completion_tokens" not in house.server.asked[-1].json
    other = project(house)
    budget(house, other, "1")
    capped = house.openai.with_options(default_headers={"BR-Project": other})
    capped.chat.completions.create(model=MODEL, messages=SAY)
    assert house.server.asked[-1].json["max_completion_tokens"] == 4096
    capped.chat.completions.create(model=MODEL, messages=SAY, max_tokens=7)
    assert "max_completion_tokens" not in house.server.asked[-1].json


def test_what_a_process_may_spend_stays_spent_when_it_dies(house: House) -> None:
    """Killed before it could say what calls cost: the lease still holds more than that."""
    project_id = project(house)
    budget_id = budget(house, project_id, "5")
    client = house.openai.with_options(default_headers={"BR-Project": project_id})
    for _ in range(5):
        client.chat.completions.create(model=MODEL, messages=SAY, max_completion_tokens=64)
    assert processes.kill(house.product.process.pid, processes.WEB)
    for _ in range(100):
        try:
            seen = state(house, budget_id)
            break
        except httpx.TransportError:
            time.sleep(0.2)
    else:
        raise AssertionError("the server did not come back")
    assert Decimal(seen["spent_usd"]) + Decimal(seen["reserved_usd"]) >= 5 * COST
