"""Events as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from buildrunner.server.platform.events.stream import Position, Record
from buildrunner.server.platform.realtime.audience import PERSONAL

PING = b": ping\n\n"


def opening(position: Position) -> bytes:
    """The first bytes of a stream: the pause before a reconnect, and where this stream begins.

    A block without data is no event, but its id is kept: a line that breaks before the first
    event is taken up without a gap.
    """
    return f"retry: 1000\nid: {position.token()}\n\n".encode()


def closing() -> bytes:
    """The last bytes of a stream whose server stops: come back, to whichever process is there, not
    all of you at once.
    """
    pause = random.randint(200, 2000)  # noqa: S311 (spreads load)
    return f": this process stops; connect again\nretry: {pause}\n\n".encode()


def event(record: Record) -> bytes:
    """`id`, `event` (the kind) and one line of JSON:
    `{id, kind, org_id, project_id, actor, subject, data, time}`.
    """
    token = record.position.token()
    body = {
        "id": token,
        "kind": record.kind,
        "org_id": str(record.org_id),
        "project_id": str(record.project_id) if record.project_id else None,
        "actor": record.actor,
        "subject": record.subject,
        "data": {} if record.kind in PERSONAL else record.data,
        "time": record.time.isoformat().replace("+00:00", "Z"),
    }
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    kind = record.kind.replace("\n", " ").replace("\r", " ")
    return f"id: {token}\nevent: {kind}\ndata: {text}\n\n".encode()


def passing(kind: str, org_id: UUID, project_id: UUID, items: Iterable[dict[str, Any]]) -> bytes:
    """Passing news: without an id, so that it moves no reader's place; one line of JSON:
    `{kind, org_id, project_id, items}`.
    """
    body = {
        "kind": kind,
        "org_id": str(org_id),
        "project_id": str(project_id),
        "items": list(items),
    }
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return f"event: {kind}\ndata: {text}\n\n".encode()


def lost(kind: str) -> bytes:
    """Passing news may have been missed: `{kind, items: [], lost: true}`."""
    return f'event: {kind}\ndata: {{"kind":"{kind}","items":[],"lost":true}}\n\n'.encode()
