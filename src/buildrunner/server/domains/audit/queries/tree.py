"""Where a ledger ends, and the nodes of its tree. The organization's scope is set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from buildrunner.ledger import merkle
from buildrunner.ledger import record as ledger
from buildrunner.ledger import segment as segments
from buildrunner.server.domains.audit.models import LedgerNode, LedgerRecord, Segment

STRIDE: Final = 8  # levels between the nodes that are kept


class Head(NamedTuple):
    """The last record of a ledger; `id` is its event's."""

    seq: int
    hash: bytes
    id: str


def head(org_id: UUID) -> Head:
    """Where the ledger ends: number 0 and `GENESIS` before the first record."""
    rows = LedgerRecord.objects.filter(org_id=org_id).order_by("-seq")
    found = rows.values_list("seq", "hash", "id").first()
    if found:
        return Head(found[0], bytes(found[1]), found[2])
    gone = removed(org_id)
    return Head(gone[-1].last_seq, gone[-1].last_hash, "") if gone else Head(0, ledger.GENESIS, "")


def removed(org_id: UUID) -> list[segments.Segment]:
    """What retention took away, in order."""
    rows = Segment.objects.filter(org_id=org_id).order_by("first_seq")
    return [segments.parse(header) for header in rows.values_list("header", flat=True)]


def removed_before(org_id: UUID) -> datetime | None:
    """Events of up to this time that the ledger does not hold were removed; `None`: none was."""
    rows = Segment.objects.filter(org_id=org_id).order_by("-first_seq")
    return rows.values_list("events_before", flat=True).first()


def kept_nodes(org_id: UUID, level: int, index: int, count: int) -> list[bytes]:
    """Nodes of a level that is kept (0: the leaves) as far as they are there, in one query."""
    if level == 0:
        leaves = LedgerRecord.objects.filter(
            org_id=org_id, seq__gt=index, seq__lte=index + count
        ).order_by("seq")
        return [merkle.leaf_hash(bytes(one)) for one in leaves.values_list("hash", flat=True)]
    nodes = LedgerNode.objects.filter(
        org_id=org_id, level=level, index__gte=index, index__lt=index + count
    ).order_by("index")
    return [bytes(one) for one in nodes.values_list("hash", flat=True)]


def node_of(org_id: UUID) -> merkle.Node:
    """The complete subtrees of a ledger, for `merkle`'s proofs; at most 255 rows of a level are
    read for one."""

    def fetch(level: int, index: int, count: int) -> Sequence[bytes]:
        return kept_nodes(org_id, level, index, count)

    node = merkle.stored(fetch, stride=STRIDE)
    gaps = removed(org_id)
    if not gaps:
        return node
    held = {
        place: one
        for gap in gaps
        for place, one in zip(
            merkle.ranges(gap.first_seq - 1, gap.last_seq), gap.nodes, strict=True
        )
    }
    return merkle.pruned(node, gaps[-1].last_seq, held)


def root_at(node: merkle.Node, size: int) -> bytes:
    """The root over the first `size` records."""
    return merkle.subtree(node, 0, size) if size else merkle.EMPTY


def size_of(org_id: UUID) -> int:
    """How many records the ledger has had, removed ones included."""
    return head(org_id).seq


def row_of(org_id: UUID, level: int, index: int, count: int) -> list[bytes]:
    """Nodes of a level one by one, where some of the leaves are gone."""
    node = node_of(org_id)
    return [node(level, index + at) for at in range(count)]
