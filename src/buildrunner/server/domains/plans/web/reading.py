"""Outlines of stored plans, kept for a while: many requests draw the same revision."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from buildrunner.server.domains.plans.facade import HeadSummary, read_head, read_plan
from buildrunner.server.domains.plans.web.outline import Counts, Outline
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.document import CollectorPaused

Key = tuple[UUID, str]

# A row weighs about 2 kB in memory.
MAX_ROWS = 60_000
MAX_PLANS = 64

_kept: OrderedDict[Key, Outline] = OrderedDict()
_lock = Lock()


def outline_of(access: ProjectAccess) -> Outline | None:
    """The plan as it stands, or None before the first push.

    A revision never changes, so what is kept is never stale; whether the actor may read it and
    which revision is the head is asked every time.
    """
    head = read_head(access)
    if head.document_hash is None:
        return None
    found = _recall(access.project_id, head)
    if found is None:
        stored = read_plan(access)
        with CollectorPaused():
            found = Outline(stored.plan(), stored.revision)
        _keep((access.project_id, f"{stored.revision}-{stored.document_hash}"), found)
    return found


def known_counts(project_id: UUID, head: HeadSummary) -> Counts | None:
    """The counts of a revision if its outline is at hand."""
    found = _recall(project_id, head)
    return found.counts if found else None


def _recall(project_id: UUID, head: HeadSummary) -> Outline | None:
    key = (project_id, f"{head.revision}-{head.document_hash}")
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found


def _keep(key: Key, outline: Outline) -> None:
    with _lock:
        for old in [other for other in _kept if other[0] == key[0]]:
            del _kept[old]
        _kept[key] = outline
        rows = sum(kept.counts["total"] for kept in _kept.values())
        while len(_kept) > 1 and (rows > MAX_ROWS or len(_kept) > MAX_PLANS):
            _, dropped = _kept.popitem(last=False)
            rows -= dropped.counts["total"]
