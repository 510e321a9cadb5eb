"""The events of Reconcile and their data."""

from __future__ import annotations

from typing import Final

# {clone, label, branch, commit, counts: {kind: number}, conflicts, meetings, before: the same of
#  the report that it replaces, or null}
REPORTED: Final = "drift.reported"
FORGOTTEN: Final = "drift.forgotten"  # {clone, label, branch, counts, conflicts, meetings}
# {digest, id, field, choice, base, ours, theirs, value (each as far as it is short), clone,
#  branch, revision, replaces}
CHOSEN: Final = "conflict.chosen"
