"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

# {records, microsteps, outcomes: {outcome: count}, classes, run}
RECEIVED: Final = "evidence.received"
SIGNED_OFF: Final = "evidence.signed_off"  # {criterion, digest, role, address}
REVOKED: Final = "evidence.sign_off_revoked"  # {criterion, digest, address}
FOUND_FLAKY: Final = "check.found_flaky"  # {check, microsteps}
QUARANTINED: Final = "check.quarantined"  # {check, until}
RELEASED: Final = "check.quarantine_lifted"  # {check}
RERUN: Final = "check.rerun_requested"  # {microsteps, check, command}

# An event stays small: it names at most so many microsteps.
MOST_NAMED: Final = 100
