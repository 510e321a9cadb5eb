"""The official clients of OpenAI and Anthropic, unchanged, through the gateway of a running product,
against fakes of the providers' servers (`kits.model_server`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import anthropic
import openai
import pytest

from kits.gateway_house import SECRET, House, furnished
from kits.model_server import PIECES, TEXT, Behaviour

pytestmark = pytest.mark.e2e

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SAY = [{"role": "user", "content": "Grüße"}]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("gateway") / "data") as furnished_house:
        yield furnished_house


@pytest.fixture(autouse=True)
def as_usual(house: House) -> None:
    house.server.behave = Behaviour()
    house.server.asked.clear()
    house.server.gone.clear()


def test_chat_completions(house: House) -> None:
    answer = house.openai.chat.completions.create(model="gpt-4o", messages=SAY)
    assert answer.choices[0].message.content == TEXT
    assert answer.usage is not None
    assert answer.usage.total_tokens == 24
    (asked,) = house.server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert house.product.api_key not in str(asked)
    assert asked.json["messages"] == SAY


def test_a_body_goes_on_byte_for_byte(house: House) -> None:
    """Whatever the gateway does not read, in the spelling it came in."""
    body = (
        '{"model":"gpt-4o","messages":[ {"content":"\\u00fc ü  \\n","role":"user"} ],'
        '"temperature":1.0,"x_unknown":{"b":1.50,"a":1e2}}'
    ).encode()
    answer = house.http.post("/v1/chat/completions", content=body)
    assert answer.status_code == 200, answer.text
    assert house.server.asked[0].body == body
    assert "set-cookie" not in answer.headers
    assert answer.headers["request-id"] == "req_fake"
    assert answer.headers["br-provider"] == "Fake OpenAI"


def test_chat_streams_and_keeps_back_what_was_not_asked_for(house: House) -> None:
    chunks = list(house.openai.chat.completions.create(model="gpt-4o", messages=SAY, stream=True))
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == TEXT
    assert all(one.usage is None for one in chunks)
    assert house.server.asked[0].json["stream_options"] == {"include_usage": True}
    asking = house.openai.chat.completions.create(
        model="gpt-4o", messages=SAY, stream=True, stream_options={"include_usage": True}
    )
    last = list(asking)[-1]
    assert last.usage is not None
    assert last.usage.total_tokens == 24


@pytest.mark.parametrize("stream", [False, True])
def test_tools_and_pictures(house: House, stream: bool) -> None:
    house.server.behave = Behaviour(tool=True)
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "?"}, picture]}]
    given = {"model": "gpt-4o", "messages": messages, "tools": tools}
    if stream:
        (chunk, *_) = house.openai.chat.completions.create(**given, stream=True)
        call = (chunk.choices[0].delta.tool_calls or [None])[0]
    else:
        answer = house.openai.chat.completions.create(**given)
        call = (answer.choices[0].message.tool_calls or [None])[0]
    assert call is not None
    assert json.loads(call.function.arguments) == {"city": "Köln"}
    sent = house.server.asked[0].json
    assert (sent["tools"], sent["messages"]) == (tools, messages)


def test_responses_and_embeddings(house: House) -> None:
    answer = house.openai.responses.create(model="gpt-4o", input="Grüße")
    assert answer.output_text == TEXT
    kinds = []
    text = ""
    for event in house.openai.responses.create(model="gpt-4o", input="Grüße", stream=True):
        kinds.append(event.type)
        if event.type == "response.output_text.delta":
            text += event.delta
    assert (kinds[0], kinds[-1], text) == ("response.created", "response.completed", TEXT)
    made = house.openai.embeddings.create(
        model="text-embedding-3-small", input="x", encoding_format="float"
    )
    assert made.data[0].embedding == [0.5, -0.25]


def test_messages(house: House) -> None:
    answer = house.anthropic.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=SAY)
    assert answer.content[0].text == TEXT
    (asked,) = house.server.asked
    assert (asked.path, asked.headers["x-api-key"]) == ("/v1/messages", SECRET)
    assert asked.headers["anthropic-version"]
    assert "authorization" not in asked.headers
    with house.anthropic.messages.stream(
        model="claude-haiku-4-5", max_tokens=64, messages=SAY
    ) as stream:
        assert "".join(stream.text_stream) == TEXT
        assert stream.get_final_message().usage.output_tokens == 9


def test_messages_with_tools(house: House) -> None:
    house.server.behave = Behaviour(tool=True)
    tools: Any = [{"name": "weather", "input_schema": {"type": "object"}}]
    given = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": SAY, "tools": tools}
    with house.anthropic.messages.stream(**given) as stream:
        (block,) = stream.get_final_message().content
    assert (block.type, block.input) == ("tool_use", {"c": "Köln"})


def test_models_in_both_protocols(house: House) -> None:
    assert {"gpt-4o", "claude-haiku-4-5"} == {one.id for one in house.openai.models.list()}
    assert {"gpt-4o", "claude-haiku-4-5"} == {one.id for one in house.anthropic.models.list()}
    assert house.openai.models.retrieve("gpt-4o").owned_by == "Fake OpenAI"


def test_refusals_are_the_clients_own_errors(house: House) -> None:
    nobody = openai.OpenAI(api_key="br_wrong", base_url=house.openai.base_url, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        nobody.chat.completions.create(model="gpt-4o", messages=SAY)
    stranger = anthropic.Anthropic(api_key="br_wrong", base_url=house.product.url, max_retries=0)
    with pytest.raises(anthropic.AuthenticationError) as refused:
        stranger.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=SAY)
    assert refused.value.body["error"]["type"] == "authentication_error"
    with pytest.raises(openai.NotFoundError) as absent:
        house.openai.chat.completions.create(model="mistral-large", messages=SAY)
    assert absent.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError):
        house.openai.chat.completions.create(model="", messages=SAY)
    assert house.server.asked == []


def test_a_providers_refusal_goes_on_as_it_is(house: House) -> None:
    house.server.behave = Behaviour(status=422)
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        house.openai.chat.completions.create(model="gpt-4o", messages=SAY)
    assert refused.value.body["message"] == "a labelled fake error"


def test_a_failing_provider_is_asked_again_before_the_first_byte(house: House) -> None:
    house.server.behave = Behaviour(status=503, failures=2)
    answer = house.openai.chat.completions.create(model="gpt-4o", messages=SAY)
    assert answer.choices[0].message.content == TEXT
    assert len(house.server.asked) == 3


def test_a_refused_provider_key_is_not_the_callers(house: House) -> None:
    house.server.behave = Behaviour(status=401)
    with pytest.raises(openai.InternalServerError) as failed:
        house.openai.chat.completions.create(model="gpt-4o", messages=SAY)
    assert failed.value.code == "provider_key_refused"


def test_a_stream_that_breaks_off_says_so(house: House) -> None:
    house.server.behave = Behaviour(cut=2)
    seen: list[Any] = []
    stream = house.openai.chat.completions.create(
        model="gpt-4o", messages=SAY, stream=True, extra_headers=house.cause
    )
    with pytest.raises(openai.APIError):
        seen.extend(chunk.choices[0].delta.content for chunk in stream)
    assert seen == list(PIECES[:2])
    (event,) = house.used(lambda one: one["data"].get("broken_by") == "provider")
    assert event["data"]["estimated"] is True


def test_who_leaves_in_the_middle_pays_for_what_came(house: House) -> None:
    house.server.behave = Behaviour(hold=0.3, pieces=("word " * 8,) * 100)
    stream = house.openai.chat.completions.create(
        model="gpt-4o", messages=SAY, stream=True, extra_headers=house.cause
    )
    for _, _chunk in zip(range(2), stream, strict=False):
        pass
    stream.close()
    assert house.server.gone.wait(10), "the provider was not told to stop"
    (event,) = house.used(lambda one: one["data"].get("broken_by") == "caller")
    assert event["data"]["estimated"] is True
    assert 20 <= event["tokens"]["output"] < 200


def test_every_call_is_metered_with_its_cause(house: House) -> None:
    house.openai.chat.completions.create(model="gpt-4o", messages=SAY, extra_headers=house.cause)
    house.anthropic.messages.create(
        model="claude-haiku-4-5", max_tokens=64, messages=SAY, extra_headers=house.cause
    )

    def whole(one: dict[str, Any]) -> bool:
        return "estimated" not in one["data"]

    events = house.used(whole, 2)
    by_model = {one["model_name"]: one for one in events}
    assert by_model["gpt-4o"]["tokens"]["input"] == 20
    assert by_model["gpt-4o"]["attribution"]["microstep"] == "no.such.step"
    assert by_model["gpt-4o"]["data"]["unknown_microstep"] is True
    assert Decimal(by_model["gpt-4o"]["cost"]) == Decimal("0.00009")
    tokens = by_model["claude-haiku-4-5"]["tokens"]
    assert (tokens["input"], tokens["cache_read"], tokens["cache_write"]) == (12, 100, 7)
    assert tokens["output"] == 9


def test_an_unknown_microstep_is_flagged_not_refused(house: House) -> None:
    answer = house.openai.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=SAY, extra_headers=house.cause
    )
    assert answer.headers["br-notice"] == "unknown_microstep"
    assert Decimal(answer.headers["br-cost"]) == Decimal("0.00009")


def test_nothing_said_is_logged(house: House) -> None:
    secret_words = "the-quick-brown-secret"
    house.openai.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": secret_words}]
    )
    logs = house.product.log.read_text()
    for told in (secret_words, SECRET, house.product.api_key):
        assert told not in logs
