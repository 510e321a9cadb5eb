"""Signatures of what we send to others' addresses, by the Standard Webhooks."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  a prefix
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A signing secret: `whsec_` and 256 random bits in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers(message_id: str, text: str, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt, signed with each of the secrets."""
    signatures = (Webhook(key).sign(msg_id=message_id, timestamp=now, data=text) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
