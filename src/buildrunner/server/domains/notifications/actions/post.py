"""Queue what goes out with notices: mails that wait for nothing, and messages to own chats."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.notifications.queries.preferences import Wishes


def post(org_id: UUID, notices: Sequence[tuple[Notice, Wishes]]) -> None:
    """In the transaction that writes the notices."""
