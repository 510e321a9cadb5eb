"""What chats are sent: native shapes, and nothing that people wrote takes effect there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.notifications.rules import chat
from kits import chat_services
from kits.receiver import Received

MESSAGE = chat.Message(
    id="1",
    kind="approval.requested",
    priority="high",
    title="Ada asks for approval of #7",
    text="Sign in by passkey",
    url="https://build.example.com/projects/p/governance/requests/7",
    where="Engine",
    actor="Ada",
    time="2026-03-01T09:00:00+00:00",
)
PEERS = {
    "slack": chat_services.slack,
    "discord": chat_services.discord,
    "teams": chat_services.teams,
}


def received(body: dict[str, Any]) -> Received:
    return Received("/", {}, json.dumps(body).encode())


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("service", chat.SERVICES)
def test_it_says_what_happened_where_and_leads_there(service: str) -> None:
    said = json.dumps(chat.payload(service, MESSAGE))
    for words in ("Ada asks for approval", "Sign in by passkey", "Engine", MESSAGE.url):
        assert words in said


@given(title=st.text(max_size=400), text=st.text(max_size=6000), where=st.text(max_size=200))
def test_the_services_take_whatever_people_wrote(title: str, text: str, where: str) -> None:
    message = MESSAGE._replace(title=title or "x", text=text, where=where)
    for service, peer in PEERS.items():
        answer = peer(received(chat.payload(service, message)))
        assert answer.status < 300, (service, answer.body)


def test_nobody_is_mentioned_and_no_link_is_made_by_what_people_wrote() -> None:
    evil = MESSAGE._replace(
        title="<!channel> <https://evil.example|click>",
        text="@everyone [click](https://evil.example) **bold**",
        where="<@U123>",
    )
    slack = chat.payload("slack", evil)
    for block in slack["attachments"][0]["blocks"]:
        for text in [block.get("text"), *block.get("elements", [])]:
            if isinstance(text, dict) and text.get("type") == "mrkdwn":
                assert "<" not in text["text"]
    assert "<" not in slack["text"]
    assert chat.payload("discord", evil)["allowed_mentions"] == {"parse": []}
    for service in ("discord", "teams"):
        assert not any("[click](" in text for text in strings(chat.payload(service, evil)))


def test_an_address_is_masked() -> None:
    url = "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXSECRET"
    assert chat.masked(url) == "https://hooks.slack.com/…CRET"
    assert chat.masked("https://user:pass@x.example/abc") == "https://x.example/…"
