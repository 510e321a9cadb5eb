"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

# {name, kind, base_url, models, enabled, key_hint}; never a key
PROVIDER_ADDED: Final = "model.provider_added"
PROVIDER_CHANGED: Final = "model.provider_changed"  # the same, with changed: [field, …]
PROVIDER_REMOVED: Final = "model.provider_removed"
PROVIDER_TESTED: Final = "model.provider_tested"  # {name, kind, ok, detail}

PROFILE_SET: Final = "model.profile_set"  # {provider, task_types, quality, speed, …, before}
PROFILE_REMOVED: Final = "model.profile_removed"  # {before, shipped}
SETTINGS_CHANGED: Final = "model.settings_changed"  # {before, after}
ROUTED: Final = "model.routed"  # {task_type, model, microstep, reason}
REPORTED: Final = "model.outcome_reported"  # {task_type, model, success, quality}
# {task_type, microstep, models, judge, status, winner: a model or "", confidence, multiplier}
ARBITRATED: Final = "model.arbitrated"
ARBITRATION_DECIDED: Final = "model.arbitration_decided"  # {task_type, winner, loser, reason}
