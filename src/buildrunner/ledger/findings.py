"""What a verification says."""

from __future__ import annotations

from typing import Any, NamedTuple

CODES = {
    "changed": "a record, or another line, is not what was sealed",
    "removed": "records are missing",
    "inserted": "a line stands there that does not belong",
    "reordered": "records are not in their order",
    "truncated": "the end is missing",
    "rewritten": "the chain holds, but it is not the one a checkpoint was made of",
    "forged": "a signature is not the key's that it names",
    "foreign": "a checkpoint or segment belongs to another organization",
    "unreadable": "this is no export of a ledger",
}


class Finding(NamedTuple):
    """The first thing that is wrong: a code of `CODES`, the number of the record (0: none), and
    the line of the file, counted from 1 (0: the file as a whole)."""

    code: str
    seq: int
    line: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


class Anchor(NamedTuple):
    """A checkpoint or a segment, and what became of it.

    `state` is `holds`, `not_reached` (what it speaks of lies before the first record of the file)
    or `broken`. `anchored` says whether its key is among those the reader trusts; empty `key_id`:
    nobody signed it.
    """

    kind: str
    size: int
    key_id: str
    anchored: bool
    state: str


class Report(NamedTuple):
    """A verification: what was read, what holds it, and the first finding if there is one."""

    org: str
    format: str
    first_seq: int
    last_seq: int
    records: int
    last_hash: str
    root: str
    disclosures: int
    withheld: int
    anchors: tuple[Anchor, ...]
    finding: Finding | None

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return self.finding is None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told = self._asdict()
        told["anchors"] = [anchor._asdict() for anchor in self.anchors]
        told["finding"] = self.finding.as_dict() if self.finding else None
        return {"ok": self.ok, **told}
