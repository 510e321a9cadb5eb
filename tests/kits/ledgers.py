"""Small ledgers and their exports, made without a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildrunner.ledger import checkpoint, export, merkle, record, signature

ORG = "0198c0de-0000-7000-8000-000000000001"
SECRET, PUBLIC = signature.new_key()
AT = "2026-03-01T09:00:00.000000Z"


def chain(
    count: int, *, org: str = ORG, data: Sequence[dict[str, Any]] | None = None
) -> list[tuple[record.Sealed, list[str]]]:
    """Sealed records with their disclosures."""
    made: list[tuple[record.Sealed, list[str]]] = []
    prev = record.GENESIS
    for seq in range(1, count + 1):
        shown = [record.disclose("/actor/name", f"Ada {seq}")] if seq % 3 else []
        if seq % 4 == 0:
            shown.append(record.disclose("/payload/data/email", "ada@example.test"))
        draft = record.Draft(
            id=f"event-{seq}",
            at=AT,
            action="plan.revised" if seq % 2 else "claim.taken",
            actor={"kind": "person", "id": "p"},
            entity=f"m1.s{seq}" if seq % 5 else '=1+1, "quoted"',
            project=None if seq % 2 else "q",
            data=data[seq - 1] if data else {"revision": seq, "text": 'x","sd":["y"],"seq":9'},
            disclosures=shown,
        )
        sealed = record.seal(draft, org=org, seq=seq, prev=prev)
        prev = sealed.hash
        made.append((sealed, shown))
    return made


def tree_of(made: Sequence[tuple[record.Sealed, list[str]]]) -> merkle.Frontier:
    """The Merkle tree of a chain."""
    tree = merkle.Frontier()
    tree.extend([merkle.leaf_hash(sealed.hash) for sealed, _ in made])
    return tree


def exported(
    made: Sequence[tuple[record.Sealed, list[str]]], *, csv: bool = False, redact: bool = False
) -> list[bytes]:
    """The lines of a whole export."""
    line = export.csv_line if csv else export.json_line
    first = export.first_lines(ORG, 1, csv=csv)
    last = made[-1][0].hash if made else record.GENESIS
    return [
        *first.splitlines(keepends=True),
        *(line(s.seq, s.hash, s.data, () if redact else shown) for s, shown in made),
        export.end_line(len(made), last, tree_of(made).root(), csv=csv),
    ]


def noted(made: Sequence[tuple[record.Sealed, list[str]]]) -> checkpoint.Checkpoint:
    """A signed checkpoint of a chain, as its reader has it."""
    told = checkpoint.Checkpoint(ORG, len(made), tree_of(made).root(), made[-1][0].hash, AT, PUBLIC)
    return checkpoint.read(checkpoint.sign(told, SECRET))
