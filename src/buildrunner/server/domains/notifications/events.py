"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

CREATED: Final = "webhook.created"  # {url, kinds, project_id}
UPDATED: Final = "webhook.updated"  # {url, changed: [fields]}
ENABLED: Final = "webhook.enabled"  # {url}
DISABLED: Final = "webhook.disabled"  # {url, reason: person | gone | failing}
DELETED: Final = "webhook.deleted"  # {url}
ROTATED: Final = "webhook.secret_rotated"  # {url, previous_until}
PINGED: Final = "webhook.pinged"  # {url, delivery_id}
REPLAYED: Final = "webhook.replayed"  # {url, deliveries, since}

# Not an event of the stream: the message that a test sends.
PING: Final = "webhook.ping"
