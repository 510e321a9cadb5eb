"""Whether a record and its proof hold, asked of the published library before anybody is told so."""

from __future__ import annotations

from hashlib import sha256

from buildrunner.ledger import checkpoint as notes
from buildrunner.ledger import merkle
from buildrunner.ledger import record as ledger
from buildrunner.ledger.errors import LedgerError
from buildrunner.server.domains.audit.types import Inclusion, LedgerEntry


def record_holds(entry: LedgerEntry) -> bool:
    """The sealed bytes have the hash beside them and name the record before; every disclosure is
    one that was sealed."""
    sealed = ledger.read(entry.record)
    digests = set(sealed["payload"]["sd"])
    return (
        sha256(entry.record).hexdigest() == entry.hash
        and sealed["payload"]["seq"] == entry.seq
        and sealed["prev"] == entry.prev_hash
        and all(ledger.digest(one) in digests for one in entry.disclosures)
    )


def told(entry: LedgerEntry) -> list[tuple[str, object]]:
    """What the disclosures of a record say: pointer and value."""
    return [ledger.opened(one) for one in entry.disclosures]


def inclusion_holds(entry: LedgerEntry, proof: Inclusion) -> bool:
    """The path leads from the record to the root that the checkpoint's note signs."""
    try:
        note = notes.read(proof.checkpoint.note)
        path = [bytes.fromhex(part) for part in proof.path]
    except (LedgerError, ValueError):
        return False
    return (
        note.root.hex() == proof.checkpoint.root
        and proof.index == entry.seq - 1
        and merkle.verify_inclusion(
            bytes.fromhex(entry.hash), proof.index, note.size, path, note.root
        )
    )
