"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

TIER_CHANGED: Final = "entitlement.tier_changed"  # {tier, before}
