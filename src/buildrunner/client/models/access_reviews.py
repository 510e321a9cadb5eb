"""Access reviews and their lines."""

from __future__ import annotations

from typing import Any

import msgspec


class AccessReview(msgspec.Struct, frozen=True):
    """A campaign: `period` is a quarter (`2026-Q4`), `status` open, overdue or completed."""

    id: str
    period: str
    status: str
    due_date: str
    opened_at: str
    completed_at: str | None
    total: int
    approved: int
    removed: int


class AccessReviewItem(msgspec.Struct, frozen=True):
    """One member: what was held when the review began; `approved` is None until somebody decides."""

    id: str
    member_id: str
    kind: str
    name: str
    email: str
    role: str
    projects: list[dict[str, Any]]
    keys: int
    approved: bool | None
    note: str
    decided_by: dict[str, Any] | None
    decided_at: str | None
