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

# What people are told. The stream gives the first two to those they concern alone.
NOTIFIED: Final = "notification.created"  # {kind, priority, people: [ids]}
READ: Final = "notification.read"  # {people: [id], read, unread}
WATCH_CHOSEN: Final = "watch.chosen"  # {how: manual | muted | open}
PREFERENCES: Final = "notification.preferences_changed"  # {changed: [fields]}
UNSUBSCRIBED: Final = "notification.unsubscribed"  # {kind or *}

# Channels: {service, host, project_id}
CHANNEL_ADDED: Final = "channel.created"
CHANNEL_CHANGED: Final = "channel.updated"  # {changed: [fields]}
CHANNEL_REMOVED: Final = "channel.deleted"
CHANNEL_ENABLED: Final = "channel.enabled"
CHANNEL_DISABLED: Final = "channel.disabled"  # {reason: person | gone | failing}
CHANNEL_TESTED: Final = "channel.tested"  # {delivery_id}
CHANNEL_REPLAYED: Final = "channel.replayed"  # {deliveries}
