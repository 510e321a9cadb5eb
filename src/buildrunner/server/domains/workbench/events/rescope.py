"""The events of rescoping and their data."""

from __future__ import annotations

from typing import Final

# {instruction, acts: [name], operations, base_revision}
PROPOSED: Final = "rescope.proposed"
APPLIED: Final = "rescope.applied"  # {revision, base_revision, operations}
DISCARDED: Final = "rescope.discarded"  # {note}
