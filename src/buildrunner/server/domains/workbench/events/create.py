"""The events of Create and their data."""

from __future__ import annotations

from typing import Final

# counts: {milestones, steps, microsteps, optional}
STARTED: Final = "draft.started"  # {kind, name, input, title, counts, base_revision, questions}
ANSWERED: Final = "draft.answered"  # {answers: ids of questions, counts, base_revision}
ACCEPTED: Final = "draft.accepted"  # {revision, version, items: ids in the plan, count, skipped}
DISCARDED: Final = "draft.discarded"  # {kind, name, title}

# An event stays small: it names at most so many items.
MOST_NAMED: Final = 100
