"""The message: a CloudEvents 1.0 body under Standard Webhooks signatures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from buildrunner.server.platform.crypto import webhook_signatures

CONTENT_TYPE: Final = "application/cloudevents+json"
# What is kept of an answer.
KEPT: Final = 1024


def body(
    *,
    event_id: str,
    kind: str,
    origin: str,
    org_id: UUID,
    project_id: UUID | None,
    subject: str,
    actor: dict[str, Any],
    details: dict[str, Any],
    time: datetime,
) -> str:
    """A CloudEvent in structured JSON mode; `origin` is the server's public address.

    `data` holds `actor`, `org_id`, `project_id` and, in `details`, the data of the event's kind.
    """
    message: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"{origin}/orgs/{org_id}",
        "type": kind,
        "time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            "org_id": str(org_id),
            "project_id": str(project_id) if project_id else None,
            "actor": actor,
            "details": details,
        },
    }
    if subject:
        message["subject"] = subject  # CloudEvents knows no empty one
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def headers(event_id: str, text: str, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt, signed with each of the secrets."""
    signed = webhook_signatures.headers(event_id, text, keys, now)
    return {"Content-Type": CONTENT_TYPE, **signed}


def kept(answer: bytes) -> str:
    """The beginning of an answer as text that can be stored and shown."""
    return answer[:KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
