"""Export files: JSON Lines and CSV, written and taken apart.

JSON Lines: a first line `{"ledger":…}`, then a line for each record with a fixed beginning, the
sealed bytes letter for letter, and its disclosures:

    {"seq":7,"hash":"<hex>","record":<sealed bytes>,"disclosures":["…","…"]}

A line `{"segment":…}` stands for records that are not in the file, and the last line is
`{"end":{"last_hash":…,"root":…,"size":…}}`. CSV has the same in the columns `COLUMNS`; lines of
another kind have its name in `seq` and their JSON in `record`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from buildrunner.ledger.errors import LedgerError
from buildrunner.spec.document import canonical
from buildrunner.spec.errors import SpecError

FORMAT = "buildrunner.ledger/1"
COLUMNS = (
    *("seq", "hash", "prev_hash", "at", "action", "actor", "entity", "project"),
    *("record", "disclosures"),
)
KINDS = ("ledger", "segment", "end")
_FIRST_COLUMNS = ",".join(COLUMNS).encode() + b"\n"
# What a spreadsheet would take for a formula.
_FORMULA = (b"=", b"+", b"-", b"@", b"\t", b"\r")
_QUOTED = (b",", b'"', b"\r", b"\n")
_STRING = rb'"((?:[^"\\]|\\.)*)"'
# The members of a sealed record stand in a fixed order; the last five are found from the end.
_PARTS = re.compile(
    rb'\{"action":%b,"actor":(\{.*?\}),"at":"([^"]*)","id":"[^"]*","payload":\{"data":.*,"entity":%b'
    rb',"org":"[^"]*","project":(null|"[^"]*"),"sd":\[[^\]]*\],"seq":\d+\},"prev":"([0-9a-f]{64})"'
    rb',"v":1\}\Z' % (_STRING, _STRING)
)
_ACTOR_ID = re.compile(rb'[{,]"id":%b' % _STRING)
_SEALED = b',"{""action"":'


class Line(NamedTuple):
    """A record of an export: its number, the hash written beside it, its sealed bytes and the
    disclosures that are there."""

    seq: int
    hash: bytes
    sealed: bytes
    disclosures: Sequence[bytes]


def json_line(seq: int, hash_: bytes, sealed: bytes, disclosures: Sequence[str] = ()) -> bytes:
    """A record in JSON Lines."""
    listed = '","'.join(disclosures)
    shown = f',"disclosures":["{listed}"]}}\n' if disclosures else "}\n"
    return b'{"seq":%d,"hash":"%b","record":%b%b' % (
        seq,
        hash_.hex().encode(),
        sealed,
        shown.encode(),
    )


def csv_line(seq: int, hash_: bytes, sealed: bytes, disclosures: Sequence[str] = ()) -> bytes:
    """A record in CSV (RFC 4180, lines end in LF). The columns between the hashes and the record
    repeat parts of it for readers; `actor` is the actor's id."""
    parts = _PARTS.match(sealed)
    if parts is None:
        raise LedgerError("record_unreadable", "these bytes are no sealed record")
    action, actor, at, entity, project, prev = parts.groups()
    who = _ACTOR_ID.search(actor)
    return b"%d,%b,%b,%b,%b,%b,%b,%b,%b,%b\n" % (
        seq,
        hash_.hex().encode(),
        prev,
        at,
        _cell(action),
        _cell(who[1]) if who else b"",
        _cell(entity),
        project.strip(b'"') if project != b"null" else b"",
        b'"%b"' % sealed.replace(b'"', b'""'),
        " ".join(disclosures).encode(),
    )


def _cell(text: bytes) -> bytes:
    """The inside of a JSON string as a cell."""
    if b"\\" in text:
        text = str(json.loads(b'"%b"' % text)).encode()
    if text.startswith(_FORMULA):
        text = b"'" + text
    if any(sign in text for sign in _QUOTED):
        return b'"%b"' % text.replace(b'"', b'""')
    return text


def first_lines(org: str, from_seq: int, *, csv: bool) -> bytes:
    """How a file begins."""
    begun = special(
        "ledger", canonical({"format": FORMAT, "from_seq": from_seq, "org": org}), csv=csv
    )
    return (_FIRST_COLUMNS if csv else b"") + begun


def end_line(size: int, last_hash: bytes, root: bytes, *, csv: bool) -> bytes:
    """How a file ends: the ledger had `size` records."""
    told = {"last_hash": last_hash.hex(), "root": root.hex(), "size": size}
    return special("end", canonical(told), csv=csv)


def special(kind: str, value: bytes, *, csv: bool) -> bytes:
    """A line that is no record."""
    if csv:
        empty = b"," * (len(COLUMNS) - 2)
        return kind.encode() + empty + b'"' + value.replace(b'"', b'""') + b'",\n'
    return b'{"%b":%b}\n' % (kind.encode(), value)


def is_csv(first_line: bytes) -> bool:
    """Whether a file that begins so is CSV."""
    return first_line == _FIRST_COLUMNS


def read_special(line: bytes) -> tuple[str, dict[str, Any]] | None:
    """The kind and the value of a line of JSON Lines that is no record; `None` for any other."""
    kind = line[2 : line.find(b'":')].decode("ascii", "replace")
    if kind not in KINDS:
        return None
    try:
        value = json.loads(line)[kind]
        whole = isinstance(value, dict) and special(kind, canonical(value), csv=False) == line
    except (ValueError, KeyError, TypeError, RecursionError, SpecError):
        return None
    return (kind, value) if whole else None


def as_json(line: bytes) -> bytes:
    """A line of CSV as JSON Lines has it; one that is none of ours comes back as it is."""
    kind = line.split(b",", 1)[0]
    if kind.decode("ascii", "replace") not in KINDS:
        found = read_csv_line(line)
        return json_line(*found[:3], [one.decode() for one in found.disclosures]) if found else line
    before, after = kind + b"," * (len(COLUMNS) - 2) + b'"', b'",\n'
    body = line[len(before) : -len(after)].replace(b'""', b'"')
    return b'{"%b":%b}\n' % (kind, body) if special(kind.decode(), body, csv=True) == line else line


def read_json_line(line: bytes) -> Line | None:
    """A record of JSON Lines; `None` for anything that `json_line` does not write."""
    try:
        comma = line.index(b",", 7, 32)
        seq = int(line[7:comma])
        told = bytes.fromhex(line[comma + 9 : comma + 73].decode())
    except ValueError:
        return None
    start = comma + 84
    if line.endswith(b',"v":1}}\n'):
        sealed, shown = line[start:-2], list[bytes]()
    else:
        cut = line.rfind(b',"v":1},"disclosures":["') + 7
        if cut < start or not line.endswith(b'"]}\n'):
            return None
        sealed, shown = line[start:cut], line[cut + 17 : -4].split(b'","')
    try:
        again = json_line(seq, told, sealed, [one.decode("ascii") for one in shown])
    except UnicodeDecodeError:
        return None
    return Line(seq, told, sealed, shown) if again == line and len(told) == 32 else None


def read_csv_line(line: bytes) -> Line | None:
    """A record of CSV; `None` for anything that `csv_line` does not write."""
    start, cut = line.find(_SEALED), line.rfind(b'}",')
    if not 0 < start < cut or not line.endswith(b"\n"):
        return None
    sealed = line[start + 2 : cut + 1].replace(b'""', b'"')
    shown = line[cut + 3 : -1].split(b" ") if line[cut + 3 : -1] else []
    try:
        seq_, told_ = line[:start].split(b",", 2)[:2]
        seq, told = int(seq_), bytes.fromhex(told_.decode())
        again = csv_line(seq, told, sealed, [one.decode("ascii") for one in shown])
    except (ValueError, LedgerError):
        return None
    return Line(seq, told, sealed, shown) if again == line and len(told) == 32 else None
