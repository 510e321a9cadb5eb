"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

CREATED: Final = "webhook.created"  # {host, kinds, project_id}
UPDATED: Final = "webhook.updated"  # {host, changed: [fields]}
ENABLED: Final = "webhook.enabled"  # {host}
DISABLED: Final = "webhook.disabled"  # {host, reason: person | gone | failing}
DELETED: Final = "webhook.deleted"  # {host}
ROTATED: Final = "webhook.secret_rotated"  # {host, previous_until}
PINGED: Final = "webhook.pinged"  # {host, delivery_id}
REPLAYED: Final = "webhook.replayed"  # {host, deliveries, since}

# Not an event of the stream: the message that a test sends.
PING: Final = "webhook.ping"
