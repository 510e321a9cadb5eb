"""Put records at the end of an organization's ledger; the only place that writes there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.utils import CursorWrapper

from buildrunner.ledger import merkle
from buildrunner.ledger import record as ledger
from buildrunner.server.domains.audit.models import LedgerNode
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.person_keys import PersonKeys
from buildrunner.server.domains.audit.queries.tree import STRIDE
from buildrunner.server.domains.audit.rules.drafts import Entry, entry_of, epoch_entry
from buildrunner.server.domains.tenancy.facade import Organization
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.stream import Position, Record

# A column of a batch is one text with a separator: putting arrays together costs several times as
# much as the insert itself. An empty text comes back as null where it is alone.
_SEPARATOR: Final = "\x1f"
# Records of one statement: as much as a socket takes at once. Of a larger one the rest stays here
# until the next statement is sent, and PostgreSQL waits meanwhile.
_GROUP: Final = 64
_INSERT = """
    INSERT INTO audit_ledger (org_id, seq, id, created_at, actor, action, payload, prev_hash, hash,
                              disclosures, actor_id, entity, project_id)
    SELECT %(org)s, %(before)s + number, id, at::timestamptz, actor::json, action, payload::json,
           decode(prev, 'hex'), decode(hash, 'hex'), disclosures, coalesce(actor_id, ''),
           coalesce(entity, ''), nullif(project, '')::uuid
    FROM unnest(string_to_array(%(id)s, %(cut)s), string_to_array(%(at)s, %(cut)s),
                string_to_array(%(actor)s, %(cut)s), string_to_array(%(action)s, %(cut)s),
                string_to_array(%(payload)s, %(cut)s), string_to_array(%(prev)s, %(cut)s),
                string_to_array(%(hash)s, %(cut)s), string_to_array(%(disclosures)s, %(cut)s),
                string_to_array(%(actor_id)s, %(cut)s), string_to_array(%(entity)s, %(cut)s),
                string_to_array(%(project)s, %(cut)s)) WITH ORDINALITY
      AS t (id, at, actor, action, payload, prev, hash, disclosures, actor_id, entity, project,
            number)
"""
_COLUMNS = (
    *("id", "at", "actor", "action", "payload", "prev", "hash"),
    *("disclosures", "actor_id", "entity", "project"),
)


def append(org_id: UUID, records: Sequence[Record]) -> int:
    """Seal events behind the last record, in one statement; how many were new.

    Runs in the scope of the organization. One writer at a time: the transaction holds the ledger's
    lock to its end. An event that is sealed already is passed over, so the same batch twice, or by
    two processes, seals once; neither does one come back that retention took away. Of an organization
    that is gone nothing is sealed.
    """
    with connection.cursor() as cursor:
        lock(org_id, cursor)
        if not _stands(org_id):
            return 0
        ids = [record.position.token() for record in records]
        cursor.execute(
            "SELECT id FROM audit_ledger WHERE org_id = %s AND id = ANY(string_to_array(%s, ' '))",
            [org_id, " ".join(ids)],
        )
        known = {row[0] for row in cursor.fetchall()}
        since = tree.removed_before(org_id)
        new = [
            (id_, record)
            for id_, record in zip(ids, records, strict=True)
            if id_ not in known and not (since and record.time <= since)
        ]
        if not new:
            return 0
    last = tree.head(org_id)
    hashes = _write(org_id, _entries(new, last), last)
    _keep_nodes(org_id, last.seq, hashes)
    return len(hashes)


def _stands(org_id: UUID) -> bool:
    """Whether the organization is there; it cannot go while we write."""
    if org_id == PLATFORM:
        return True
    rows = Organization.objects.select_for_update(no_key=True).filter(id=org_id)
    return rows.values_list("id", flat=True).first() is not None


def _entries(records: Sequence[tuple[str, Record]], last: tree.Head) -> Iterator[Entry]:
    epoch = records[0][1].position.epoch
    epoch = Position.from_token(last.id).epoch if last.id else epoch
    salts = ledger.salts()
    for id_, record in records:
        if record.position.epoch > epoch:
            yield epoch_entry(epoch, record.position.epoch, record.time)
            epoch = record.position.epoch
        yield entry_of(id_, record, salts)


def _write(org_id: UUID, entries: Iterator[Entry], last: tree.Head) -> list[bytes]:
    """Seal and insert; the hashes. While PostgreSQL writes one group the next one is sealed."""
    keys, hashes = PersonKeys(org_id), list[bytes]()
    org, seq, prev = str(org_id), last.seq, last.hash
    raw = connection.connection
    with connection.wrap_database_errors, raw.pipeline(), raw.cursor() as cursor:
        while group := list(islice(entries, _GROUP)):
            keys.make(keys.load(person for entry in group for person, _ in entry.taken))
            rows = []
            for number, entry in enumerate(group, seq + 1):
                row, prev = _row(org, number, prev, entry, keys)
                rows.append(row)
                hashes.append(prev)
            cursor.execute(_INSERT, {"org": org_id, "before": seq, **_joined(rows)})
            seq += len(group)
    return hashes


def _row(
    org: str, seq: int, prev: bytes, entry: Entry, keys: PersonKeys
) -> tuple[tuple[str, ...], bytes]:
    """A row in the order of `_COLUMNS`, and its hash."""
    draft, taken = entry
    id_, at, action, who, entity, project, _, _ = draft
    _, actor, payload, _, hash_, _ = ledger.seal(draft, org=org, seq=seq, prev=prev)
    row = (
        *(id_, at, actor.decode(), action, payload.decode(), prev.hex(), hash_.hex()),
        *(keys.conceal(taken, id_), str(who.get("id") or ""), entity, project or ""),
    )
    return row, hash_


def _joined(rows: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """The columns of a group, each one text, and what separates them there (`cut`)."""
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    cut = _SEPARATOR
    while any(cut in text for name in ("actor_id", "entity") for text in columns[name]):
        cut = f"\x1f{uuid4().hex}\x1f"
    return {"cut": cut, **{name: cut.join(column) for name, column in columns.items()}}


def _keep_nodes(org_id: UUID, before: int, hashes: Sequence[bytes]) -> None:
    """The roots of the subtrees of 256, 65,536, … records that these ones complete."""
    level, start = 0, before
    row = [merkle.leaf_hash(one) for one in hashes]
    made: list[LedgerNode] = []
    while (start + len(row)) >> STRIDE > start >> STRIDE:
        first = start >> STRIDE << STRIDE
        row = [*_beside(org_id, level, first, start - first), *row]
        row = [
            merkle.root_of(row[at : at + (1 << STRIDE)])
            for at in range(0, len(row) >> STRIDE << STRIDE, 1 << STRIDE)
        ]
        level, start = level + STRIDE, first >> STRIDE
        made += [
            LedgerNode(org_id=org_id, level=level, index=start + at, hash=one)
            for at, one in enumerate(row)
        ]
    LedgerNode.objects.bulk_create(made)


def _beside(org_id: UUID, level: int, index: int, count: int) -> list[bytes]:
    """Nodes that were there before."""
    found = tree.kept_nodes(org_id, level, index, count) if count else []
    if len(found) < count:  # retention took some of them; what it left leads to the same node
        return tree.row_of(org_id, level, index, count)
    return found


def lock(org_id: UUID, cursor: CursorWrapper) -> None:
    """Be the only writer of a ledger until the transaction ends."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"buildrunner ledger {org_id}"]
    )
