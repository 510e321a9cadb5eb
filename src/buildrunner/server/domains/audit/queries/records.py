"""Records as they can be read today, and as export files hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from buildrunner.ledger import export as files
from buildrunner.ledger import merkle
from buildrunner.ledger import record as ledger
from buildrunner.ledger import segment as segments
from buildrunner.server.domains.audit.models import LedgerRecord
from buildrunner.server.domains.audit.policies import project_privacy
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.checkpoints import READ, inclusion
from buildrunner.server.domains.audit.queries.person_keys import PersonKeys, people_in
from buildrunner.server.domains.audit.queries.privacy import personal
from buildrunner.server.domains.audit.rules.drafts import instant
from buildrunner.server.domains.audit.rules.redaction import left
from buildrunner.server.domains.audit.types import Filters, Inclusion, LedgerEntry
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound

AT_ONCE = 5_000  # records of one piece of an export


class Piece(NamedTuple):
    """A part of an export file: pieces one after another are the file.

    `size` is where the export ends, `next_seq` where the next piece begins (`None`: this was the
    last one).
    """

    lines: bytes
    size: int
    next_seq: int | None


def find_records(
    actor: Actor, org_id: UUID, filters: Filters, *, before: int | None = None, limit: int = 50
) -> list[LedgerEntry]:
    """The records that fit, newest first. Needs `audit.read`."""
    with organization_scope(actor, org_id, READ):
        rows = _fitting(org_id, filters).order_by("-seq")
        if before is not None:
            rows = rows.filter(seq__lt=before)
        return list(_entries(org_id, rows[:limit], redact=personal(org_id)))


def get_record(
    actor: Actor, org_id: UUID, seq: int, *, size: int | None = None
) -> tuple[LedgerEntry, Inclusion | None]:
    """One record, and the proof that it is in the ledger of the checkpoint of `size` records, or
    else of the newest. Needs `audit.read`; raises `NotFound`."""
    with organization_scope(actor, org_id, READ):
        rows = LedgerRecord.objects.filter(org_id=org_id, seq=seq)
        found = next(_entries(org_id, rows, redact=personal(org_id)), None)
        if found is None:
            if any(gap.first_seq <= seq <= gap.last_seq for gap in tree.removed(org_id)):
                raise NotFound(f"Record {seq} was removed by retention.", code="record_not_found")
            raise NotFound(f"No record {seq} here.", code="record_not_found")
        return found, inclusion(org_id, seq, size=size)


def export_piece(
    actor: Actor,
    org_id: UUID,
    *,
    csv: bool = False,
    from_seq: int = 1,
    size: int | None = None,
    continued: bool = False,
    redact: bool = False,
) -> Piece:
    """A piece of an export that begins with `from_seq`. Needs `audit.read`.

    The first piece says nothing of `size`; later ones name the size that it answered and are
    `continued`: they have no lines of their own at the beginning. `redact` leaves out the disclosures
    that the organization calls personal (all, unless it names members), as does an organization
    that shows people to nobody; of a project's records also what its own policy calls personal,
    see `policies.project_privacy`. The file verifies all the same.
    """
    with organization_scope(actor, org_id, READ):
        return piece_of(
            org_id,
            csv=csv,
            from_seq=from_seq,
            size=size,
            continued=continued,
            redact=redact,
        )


def piece_of(
    org_id: UUID,
    *,
    csv: bool = False,
    from_seq: int = 1,
    size: int | None = None,
    continued: bool = False,
    redact: bool = False,
) -> Piece:
    """The same, for what the worker sends on its own; the scope of the organization is set."""
    last = tree.head(org_id)
    size = last.seq if size is None else size
    if not 1 <= from_seq <= size + 1 or size > last.seq:
        raise Invalid(
            f"Begin between 1 and {last.seq + 1}: the ledger has {last.seq} records.",
            code="range",
            field="from_seq",
        )
    out = [] if continued else [_beginning(org_id, from_seq, csv=csv)]
    line = files.csv_line if csv else files.json_line
    gaps = {gap.first_seq: gap for gap in tree.removed(org_id) if gap.first_seq >= from_seq}
    rows = LedgerRecord.objects.filter(org_id=org_id, seq__gte=from_seq, seq__lte=size)
    at = from_seq
    redact = redact or bool(personal(org_id))
    hidden = personal(org_id, redact=redact)
    for entry in _entries(org_id, rows.order_by("seq")[:AT_ONCE], redact=hidden, asked=redact):
        at = _across(gaps, at, out, csv=csv)
        out.append(line(entry.seq, bytes.fromhex(entry.hash), entry.record, entry.disclosures))
        at = entry.seq + 1
    at = _across(gaps, at, out, csv=csv)
    if at > size:
        out.append(_end(org_id, size, csv=csv))
    return Piece(b"".join(out), size, at if at <= size else None)


def _fitting(org_id: UUID, filters: Filters) -> QuerySet[LedgerRecord]:
    rows = LedgerRecord.objects.filter(org_id=org_id)
    if filters.actor.startswith("key:"):
        rows = rows.filter(actor__contains=f'"key":"{filters.actor[4:]}"')
    elif filters.actor:
        rows = rows.filter(actor_id=filters.actor)
    if filters.action.endswith("*"):
        rows = rows.filter(action__startswith=filters.action.removesuffix("*"))
    elif filters.action:
        rows = rows.filter(action=filters.action)
    if filters.entity:
        rows = rows.filter(entity=filters.entity)
    if filters.project:
        rows = rows.filter(project_id=filters.project)
    times = Q()
    if filters.since:
        times &= Q(created_at__gte=filters.since)
    if filters.until:
        times &= Q(created_at__lt=filters.until)
    return rows.filter(times)


def _entries(
    org_id: UUID, rows: Iterable[LedgerRecord], *, redact: Sequence[str] = (), asked: bool = False
) -> Iterator[LedgerEntry]:
    """`redact` are the members to leave out; of `*` no disclosure is even opened. What the policy of
    a record's project calls personal is left out too, where it says so or it is `asked` for."""
    closed = "*" in redact
    found = list(rows)
    projects = set() if closed else {row.project_id for row in found if row.project_id}
    private = project_privacy(org_id, projects) if projects else {}
    keys = PersonKeys(org_id)
    if not closed:
        keys.load(person for row in found for person in people_in(row.disclosures))
    for row in found:
        own = private.get(row.project_id) if row.project_id else None
        hidden = [*redact, *own.kinds] if own and (asked or own.always) else redact
        yield _entry(row, () if closed else left(keys.reveal(row.disclosures, row.id), hidden))


def _entry(row: LedgerRecord, disclosures: Sequence[str]) -> LedgerEntry:
    prev = bytes(row.prev_hash)
    sealed = ledger.assemble(
        row.id, row.actor.encode(), row.action, row.payload.encode(), prev, instant(row.created_at)
    )
    whole = ledger.disclosed(ledger.read(sealed), disclosures)
    return LedgerEntry(
        seq=row.seq,
        id=row.id,
        at=row.created_at,
        action=row.action,
        actor=whole["actor"],
        entity=row.entity,
        project_id=row.project_id,
        data=whole["payload"]["data"],
        hash=bytes(row.hash).hex(),
        prev_hash=prev.hex(),
        withheld=len(whole["payload"]["sd"]) - len(disclosures),
        record=sealed,
        disclosures=disclosures,
    )


def _beginning(org_id: UUID, from_seq: int, *, csv: bool) -> bytes:
    """The first lines, with what stands for the records before `from_seq`."""
    first = files.first_lines(str(org_id), from_seq, csv=csv)
    gaps = tree.removed(org_id)
    end = from_seq - 1
    if not end:
        return first
    covered = [gap for gap in gaps if gap.last_seq <= end]
    if covered and covered[-1].last_seq == end:  # retention's own segments say it all
        return first + b"".join(_stand_in(gap, csv=csv) for gap in covered)
    inside = next((gap for gap in gaps if gap.first_seq <= end < gap.last_seq), None)
    if inside:
        raise Conflict(
            f"The records {inside.first_seq} to {inside.last_seq} were removed by retention; begin"
            f" with 1 or with {inside.last_seq + 1}.",
            code="records_removed",
        )
    return first + _stand_in(_skipped(org_id, end), csv=csv)


def _skipped(org_id: UUID, last: int) -> segments.Segment:
    """What stands for the first `last` records of a ledger in an export that begins behind them."""
    node = tree.node_of(org_id)
    row = LedgerRecord.objects.get(org_id=org_id, seq=last)
    return segments.Segment(
        org=str(org_id),
        first_seq=1,
        last_seq=last,
        prev=ledger.GENESIS,
        first_hash=b"",
        last_hash=bytes(row.hash),
        nodes=[node(*place) for place in merkle.ranges(0, last)],
        root=tree.root_at(node, last),
        reason="export",
        at=instant(row.sealed_at),
    )


def _across(gaps: dict[int, segments.Segment], at: int, out: list[bytes], *, csv: bool) -> int:
    """Write the segments that begin here; the number behind them."""
    while at in gaps:
        gap = gaps.pop(at)
        out.append(_stand_in(gap, csv=csv))
        at = gap.last_seq + 1
    return at


def _stand_in(gap: segments.Segment, *, csv: bool) -> bytes:
    return files.special("segment", segments.line_of(gap), csv=csv)


def _end(org_id: UUID, size: int, *, csv: bool) -> bytes:
    row = LedgerRecord.objects.filter(org_id=org_id, seq=size).first()
    last = bytes(row.hash) if row else tree.head(org_id).hash
    return files.end_line(size, last, tree.root_at(tree.node_of(org_id), size), csv=csv)
