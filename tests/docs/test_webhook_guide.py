"""The receiver in docs/guides/webhooks.md takes our messages, each once, and refuses forgeries."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import WebhookVerificationError

from buildrunner.server.domains.notifications.rules import message
from buildrunner.server.platform.crypto import webhook_signatures

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md"


def test_the_receiver_of_the_guide() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    room: dict[str, Any] = {}
    exec(code, room)
    secret, now = webhook_signatures.new_secret(), datetime.now(UTC)
    body = message.body(
        event_id="MS44NDUuMTI",
        kind="plan.revised",
        origin="https://plans.example.org",
        org_id=uuid4(),
        project_id=None,
        subject="",
        actor={"kind": "person", "id": None, "name": "Ada"},
        details={"revision": 7},
        time=now,
    )

    def receive(text: str, signed: str, at: datetime = now) -> str:
        keys = [webhook_signatures.new_secret(), secret]  # as in a rotation's overlap
        headers = message.headers("MS44NDUuMTI", signed, keys, at)
        said: str = room["receive"](secret, text.encode(), headers)
        return said

    assert receive(body, body) == "Ada caused plan.revised"
    assert receive(body, body) == "known already"
    with pytest.raises(WebhookVerificationError):
        receive(body.replace("Ada", "Eve"), body)
    with pytest.raises(WebhookVerificationError):
        receive(body, body, now - timedelta(hours=1))
