"""What stands for records that are not in a file: removed by retention, or left out of an export
that begins later. It carries the chain and the tree across the gap.

A segment of retention is signed by the organization's ledger key. One that an export writes about
what lies before its beginning is not: a checkpoint vouches for it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from buildrunner.ledger import merkle
from buildrunner.ledger import signature as signatures
from buildrunner.ledger.errors import LedgerError
from buildrunner.spec.document import canonical
from buildrunner.spec.errors import SpecError


class Segment(NamedTuple):
    """The records `first_seq` to `last_seq` of `org`.

    `prev` is the hash before the first, `last_hash` that of the last, `nodes` the complete subtrees
    of `merkle.ranges(first_seq - 1, last_seq)`, `root` the root over the first `last_seq` records.
    `reason` is `retention` or `export`, `at` when it was made (RFC 3339). `first_hash` is empty
    where nobody knew it.
    """

    org: str
    first_seq: int
    last_seq: int
    prev: bytes
    first_hash: bytes
    last_hash: bytes
    nodes: Sequence[bytes]
    root: bytes
    reason: str
    at: str
    public_key: bytes = b""
    signature: bytes = b""

    def body(self) -> dict[str, Any]:
        """As JSON, without a signature."""
        return {
            "v": 1,
            "org": self.org,
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "prev": self.prev.hex(),
            "first_hash": self.first_hash.hex(),
            "last_hash": self.last_hash.hex(),
            "nodes": [node.hex() for node in self.nodes],
            "root": self.root.hex(),
            "reason": self.reason,
            "at": self.at,
        }

    def tree(self, before: merkle.Frontier) -> merkle.Frontier:
        """The tree behind the segment; raises `LedgerError` unless its root is the one told."""
        tree = before.copy()
        places = merkle.ranges(self.first_seq - 1, self.last_seq)
        try:
            for (level, _), node in zip(places, self.nodes, strict=True):
                tree.append_subtree(level, node)
        except ValueError:
            raise _unreadable() from None
        if tree.root() != self.root:
            raise LedgerError(
                "segment_broken",
                f"the segment of records {self.first_seq} to {self.last_seq} does not lead to its"
                " own root",
            )
        return tree


def sign(segment: Segment, secret: bytes) -> bytes:
    """The line of a segment, signed: RFC 8785 bytes."""
    public_key = signatures.public_of(secret)
    made = signatures.sign(secret, canonical(segment.body()))
    return line_of(segment._replace(public_key=public_key, signature=made))


def line_of(segment: Segment) -> bytes:
    """The line of a segment: RFC 8785 bytes, with its signature where it has one."""
    body = segment.body()
    if segment.public_key:
        body["signature"] = {
            "algorithm": "Ed25519",
            "key": signatures.key_id(segment.public_key),
            "public_key": b64encode(segment.public_key).decode(),
            "value": b64encode(segment.signature).decode(),
        }
    return canonical(body)


def read(value: Mapping[str, Any]) -> Segment:
    """A segment from its JSON, its signature verified where it has one (`public_key` is then set).

    Raises `LedgerError`: `segment_unreadable`, or `segment_forged`.
    """
    try:
        found = Segment(
            str(value["org"]),
            int(value["first_seq"]),
            int(value["last_seq"]),
            _hash(value["prev"]),
            _hash(value["first_hash"]) if value["first_hash"] else b"",
            _hash(value["last_hash"]),
            [_hash(node) for node in value["nodes"]],
            _hash(value["root"]),
            str(value["reason"]),
            str(value["at"]),
        )
        sealed = value.get("signature")
        plain = {name: member for name, member in value.items() if name != "signature"}
        if plain != found.body() or not 1 <= found.first_seq <= found.last_seq:
            raise ValueError
        if sealed is None:
            return found
        public_key = b64decode(sealed["public_key"], validate=True)
        seal = b64decode(sealed["value"], validate=True)
        message = canonical(plain)
    except (ValueError, KeyError, TypeError, AttributeError, SpecError):
        raise _unreadable() from None
    told = sealed.get("key") == signatures.key_id(public_key)
    if not told or not signatures.signed(public_key, seal, message):
        raise LedgerError(
            "segment_forged",
            f"the segment of records {found.first_seq} to {found.last_seq} is not signed by the key"
            " it names",
        )
    return found._replace(public_key=public_key, signature=seal)


def parse(line: str | bytes) -> Segment:
    """A segment from its line, as `read`."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(value, dict):
        raise _unreadable()
    return read(value)


def _hash(text: str) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != 32:
        raise ValueError
    return data


def _unreadable() -> LedgerError:
    return LedgerError("segment_unreadable", "this is no segment of a ledger")
