"""One record: the bytes that are sealed, and the disclosures that were taken out of them.

A sealed record is RFC 8785 JSON with the members `action, actor, at, id, payload, prev, v`;
`payload` has `data, entity, org, project, sd, seq`. In this order the end of every record has a
fixed form, so that a verifier finds number, previous hash and digests without reading JSON.

Personal data are taken out before sealing, as in SD-JWT (RFC 9901): a disclosure is the base64url
of the JSON array `[salt, pointer, value]`, its digest the base64url of SHA-256 of that text, and
`sd` lists the digests in ascending order. `pointer` (RFC 6901) names the member of the record.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from buildrunner.ledger.errors import LedgerError
from buildrunner.spec.document import MAX_INTEGER, canonical
from buildrunner.spec.errors import SpecError

VERSION = 1
GENESIS = bytes(32)  # what stands in `prev` of the first record
# A number with a fraction or exponent, or of more than 15 digits, wherever one may begin.
_NUMBER = re.compile(rb"[:,\[]-?\d+(?:[.eE]|(?<=\d{16}))")
_URL = bytes.maketrans(b"+/", b"-_")
_BACK = bytes.maketrans(b"-_", b"+/")
_text = encode_basestring  # a text as RFC 8785 has it


class Draft(NamedTuple):
    """What is to be sealed. `at` is RFC 3339 in UTC with six digits of a second and `Z`; `actor`
    and `data` are free of what `disclosures` hold."""

    id: str
    at: str
    action: str
    actor: Mapping[str, Any]
    entity: str
    project: str | None
    data: Mapping[str, Any]
    disclosures: Sequence[str] = ()


class Sealed(NamedTuple):
    """A sealed record: its number, the canonical JSON of its two objects, and its hash."""

    seq: int
    actor: bytes
    payload: bytes
    prev: bytes
    hash: bytes
    data: bytes


def seal(draft: Draft, *, org: str, seq: int, prev: bytes) -> Sealed:
    """Seal a record behind the one whose hash is `prev` (`GENESIS` for the first)."""
    id_, at, action, who, entity, project, what, disclosures = draft
    actor = sealable(who)
    listed = ""
    if disclosures:
        listed = '","'.join(sorted([digest(one) for one in disclosures]))
        listed = f'"{listed}"'
    rest = (
        f',"entity":{_text(entity)},"org":{_text(org)}'
        f',"project":{"null" if project is None else _text(project)},"sd":[{listed}],"seq":{seq}}}'
    )
    payload = b'{"data":' + sealable(what) + rest.encode()
    data = assemble(id_, actor, action, payload, prev, at)
    return Sealed(seq, actor, payload, prev, sha256(data).digest(), data)


def assemble(id_: str, actor: bytes, action: str, payload: bytes, prev: bytes, at: str) -> bytes:
    """The sealed bytes from their parts; SQL's `audit_sealed` does the same."""
    return b'{"action":%b,"actor":%b,"at":"%b","id":%b,"payload":%b,"prev":"%b","v":%d}' % (
        *(_text(action).encode(), actor, at.encode(), _text(id_).encode()),
        *(payload, prev.hex().encode(), VERSION),
    )


def sealable(value: Any) -> bytes:
    """RFC 8785 bytes of any JSON. Numbers that RFC 8785 has no form for (integers beyond
    ±(2^53-1), infinities) are sealed as text: sealing must never fail."""
    quick = _quick(value)
    if quick is not None:
        return quick
    try:
        return canonical(value)
    except SpecError:
        return canonical(_tamed(value))


@functools.cache
def _encoder() -> Callable[[Any], bytes]:
    import msgspec  # verifying does without it

    return msgspec.json.Encoder(order="sorted").encode


def _quick(value: Any) -> bytes | None:
    """The bytes of a fast encoder where they are those of RFC 8785 without doubt: ASCII, so that
    names are in the order of UTF-16; nothing escaped; no number but small integers."""
    if value.__class__ is not dict:
        return None
    try:
        data = _encoder()(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    plain = data.isascii() and b"\\" not in data and b"null" not in data  # infinity is null there
    if plain and not _NUMBER.search(data):
        return data
    return None


def _tamed(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_tamed(str(name)): _tamed(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_tamed(member) for member in value]
    return value


def read(sealed: bytes) -> dict[str, Any]:
    """The record as an object; raises `LedgerError` for bytes that are none."""
    try:
        found = json.loads(sealed)
        if not isinstance(found["payload"]["seq"], int) or found["v"] != VERSION:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LedgerError("record_unreadable", "these bytes are no sealed record") from None
    return dict(found)


def salts(ahead: int = 64) -> Iterator[bytes]:
    """Salts for many disclosures: 128 random bits each, drawn from the system `ahead` at a time."""
    while True:
        drawn = os.urandom(16 * ahead)
        for at in range(0, len(drawn), 16):
            yield drawn[at : at + 16]


def disclose(pointer: str, value: Any, *, salt: bytes | None = None) -> str:
    """A disclosure of one member; the salt is 128 random bits unless given."""
    salted = (os.urandom(16) if salt is None else salt).hex()
    plain = _text(value) if value.__class__ is str else json.dumps(value, ensure_ascii=False)
    return _base64url(f'["{salted}",{_text(pointer)},{plain}]'.encode("utf-8", "replace")).decode()


def digest(disclosure: str) -> str:
    """What stands for a disclosure in `sd`."""
    return digest_of(disclosure.encode()).decode()


def digest_of(disclosure: bytes) -> bytes:
    """The same of and as bytes."""
    return _base64url(sha256(disclosure).digest())


def opened(disclosure: str) -> tuple[str, Any]:
    """The pointer and the value; raises `LedgerError` for a text that is no disclosure."""
    try:
        plain = a2b_base64(disclosure.encode().translate(_BACK) + b"=" * (-len(disclosure) % 4))
        _salt, pointer, value = json.loads(plain)
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise LedgerError("disclosure_unreadable", "this text is no disclosure") from None
    return pointer, value


def disclosed(record: Mapping[str, Any], disclosures: Iterable[str]) -> dict[str, Any]:
    """The record with the members that the disclosures hold put back in their places.

    Raises `LedgerError` for a disclosure that the record did not seal.
    """
    whole: dict[str, Any] = json.loads(json.dumps(record))
    listed = set(whole["payload"]["sd"])
    for one in disclosures:
        if digest(one) not in listed:
            raise LedgerError("disclosure_foreign", "a disclosure belongs to another record")
        pointer, value = opened(one)
        *way, name = (_unescaped(part) for part in pointer.split("/")[1:])
        place: Any = whole
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[name] = value
    return whole


def escaped(name: str) -> str:
    """A member's name as a part of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _base64url(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL, b"=")
