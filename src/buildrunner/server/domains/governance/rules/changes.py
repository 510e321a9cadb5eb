"""What identifies a change, and how its denials read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from buildrunner.policy.change import Change

# Denials of one change that are kept; all of them are counted.
MOST_KEPT = 500


def content_of(change: Change) -> str:
    """SHA-256 of what a change does to files: whoever says the same head but other files has not
    the approvals of that head. The base may move meanwhile."""
    files = sorted(
        [file.path, file.status, file.old_path or "", file.mode_after, file.digest]
        for file in change.files
    )
    text = json.dumps([change.head, files], ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def fails(denial: dict[str, Any]) -> bool:
    """Whether a denial as JSON stands against the change."""
    return denial.get("severity") != "alert" and not denial.get("waived_by")


def by_rule(denials: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many fail by rule."""
    return dict(Counter(str(one.get("rule", "")) for one in denials if fails(one)))
