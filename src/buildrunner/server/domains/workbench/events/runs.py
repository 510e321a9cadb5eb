"""The events of agents' runs and their data."""

from __future__ import annotations

from typing import Final

STARTED: Final = "agent_run.started"  # {name, program, commit, branch}
ENDED: Final = "agent_run.ended"  # {commit, summary, freed: [microsteps], silent}
LOST: Final = "agent_run.lost"  # {seen_at, freed: [microsteps]}
