"""The message: a CloudEvents 1.0 body under Standard Webhooks signatures."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from standardwebhooks import Webhook

CONTENT_TYPE: Final = "application/cloudevents+json"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  a prefix
_SECRET_BYTES: Final = 32
# What is kept of an answer.
KEPT: Final = 1024


def new_secret() -> str:
    """A signing secret: `whsec_` and 256 random bits in base64 (Standard Webhooks)."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


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
    signatures = (Webhook(key).sign(msg_id=event_id, timestamp=now, data=text) for key in keys)
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def kept(answer: bytes) -> str:
    """The beginning of an answer as text that can be stored and shown."""
    return answer[:KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
