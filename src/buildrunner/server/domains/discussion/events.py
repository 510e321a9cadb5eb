"""The events of this room and their data. What was said is not in them: it can be deleted."""

from __future__ import annotations

from typing import Final

WRITTEN: Final = "comment.written"  # {comment, entity_type, parent, mentions}
EDITED: Final = "comment.edited"  # {comment, entity_type}
DELETED: Final = "comment.deleted"  # {comment, entity_type}
RESOLVED: Final = "comment.resolved"  # {comment, entity_type}
REOPENED: Final = "comment.reopened"  # {comment, entity_type}
REACTED: Final = "comment.reacted"  # {comment, emoji, added}
PROMOTED: Final = "comment.promoted"  # {comment, microstep, revision}
ATTACHED: Final = "comment.attached"  # {comment, attachment, media_type, size}
DETACHED: Final = "comment.detached"  # {comment, attachment}
LINKED: Final = "issue.linked"  # {provider, entity_type, title, status}
