"""Which record is at fault, once the chain does not go on: looks at what follows in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from buildrunner.ledger.export import Line, read_json_line, read_special
from buildrunner.ledger.findings import Finding
from buildrunner.ledger.record import digest_of

_TAIL = re.compile(rb',"sd":\[([^\]]*)\],"seq":([1-9]\d*)\},"prev":"([0-9a-f]{64})","v":1\}\Z')
_START_OF_SD = b',"sd":['


class Link(NamedTuple):
    """A record as the chain sees it. `sound`: hash, number and disclosures are what was sealed."""

    seq: int
    hash: bytes
    prev: bytes
    sound: bool


class End(NamedTuple):
    """The end line."""

    size: int
    last_hash: str


def link_of(found: Line | None) -> Link | None:
    """The link of a parsed line; `None` where it has none."""
    if found is None:
        return None
    tail = _TAIL.match(found.sealed, max(found.sealed.rfind(_START_OF_SD), 0))
    if tail is None:
        return None
    hash_ = sha256(found.sealed).digest()
    listed = tail[1].split(b",")
    shown = [b'"%b"' % digest_of(one) for one in found.disclosures]
    sealed = len(set(shown)) == len(shown) and all(one in listed for one in shown)
    sound = hash_ == found.hash and int(tail[2]) == found.seq and sealed
    return Link(int(tail[2]), hash_, bytes.fromhex(tail[3].decode()), sound)


class Place(NamedTuple):
    """Where the chain broke: the record `expected` on `line`, and the hash before it. `begun` says
    whether a record of the file stands before."""

    expected: int
    prev: bytes
    line: int
    begun: bool


def diagnose(place: Place, text: bytes, rest: Iterable[bytes]) -> Finding:
    """The finding for the line `text` of JSON Lines, which does not follow on."""
    here = link_of(read_json_line(text))
    following = _Following(rest)
    if here is None or not here.sound:
        return _unsound(place, text, following)
    if here.seq == place.expected:
        return _other_predecessor(place, here, following)
    if here.seq == place.expected - 1 and place.begun:
        return _twice(place, here, following)
    if here.seq < place.expected:
        return _inserted(place, here.seq)
    return _ahead(place, here, following)


class _Following:
    """The next record after the break, the end line if it comes at once, and all others."""

    def __init__(self, rest: Iterable[bytes]) -> None:
        self._rest = iter(rest)
        self.next: Link | None = None
        self.end: End | None = None
        self.empty = True
        text = next(self._rest, None)
        if text is not None:
            self.empty = False
            self.next = link_of(read_json_line(text))
            told = None if self.next else read_special(text)
            if told and told[0] == "end":
                self.end = End(int(told[1]["size"]), str(told[1]["last_hash"]))

    def links(self) -> Iterator[Link]:
        """The next record and all that follow it."""
        if self.next:
            yield self.next
        for text in self._rest:
            link = link_of(read_json_line(text))
            if link:
                yield link

    def leads_on_from(self, link: Link) -> bool:
        """Whether what comes next was sealed behind this record."""
        if self.next:
            return self.next.seq == link.seq + 1 and self.next.prev == link.hash
        return self.end is not None and self.end.last_hash == link.hash.hex()

    def takes_the_place(self, place: Place) -> bool:
        """Whether the record that was expected comes next."""
        return bool(self.next and self.next.seq == place.expected and self.next.prev == place.prev)


def _unsound(place: Place, text: bytes, following: _Following) -> Finding:
    if following.empty and not text.endswith(b"\n"):
        return truncated(place.expected, place.line)
    if following.takes_the_place(place):
        return Finding(
            "inserted",
            place.expected,
            place.line,
            f"a line that is no sealed record stands before record {place.expected}",
        )
    return changed(place.expected, place.line)


def _other_predecessor(place: Place, here: Link, following: _Following) -> Finding:
    if following.takes_the_place(place):
        return _inserted(place, here.seq)
    if place.begun and following.leads_on_from(here):
        return changed(place.expected - 1, place.line - 1, rewritten=True)
    return changed(place.expected, place.line, rewritten=True)


def _twice(place: Place, here: Link, following: _Following) -> Finding:
    if here.hash != place.prev and following.leads_on_from(here):
        return _inserted(place._replace(line=place.line - 1), here.seq)
    return _inserted(place, here.seq)


def _ahead(place: Place, here: Link, following: _Following) -> Finding:
    if here.prev == place.prev:
        if following.takes_the_place(place):
            return _inserted(place, here.seq)
        return changed(place.expected, place.line, rewritten=True)
    comes, again, known = 0, False, False
    for line, link in enumerate(following.links(), place.line + 1):
        comes = comes or (line if link.seq == place.expected else 0)
        again = again or link.seq == here.seq
        known = known or link.hash == here.prev
    if again or (comes and not known):
        return _inserted(place, here.seq)
    if comes:
        return Finding(
            "reordered",
            place.expected,
            place.line,
            f"record {here.seq} stands where record {place.expected} belongs, which comes later",
        )
    return removed(place.expected, here.seq - 1, place.line)


def changed(seq: int, line: int, *, rewritten: bool = False) -> Finding:
    """A record is not what was sealed."""
    how = ", and its hash was made anew" if rewritten else ""
    return Finding("changed", seq, line, f"record {seq} is not what was sealed{how}")


def removed(first: int, last: int, line: int) -> Finding:
    """Records are missing before a line."""
    which = f"record {first} is" if first == last else f"records {first} to {last} are"
    return Finding("removed", first, line, f"{which} missing")


def truncated(seq: int, line: int) -> Finding:
    """The file ends too early."""
    return Finding(
        "truncated", seq, line, f"the file ends before record {seq} and says not that it ends there"
    )


def _inserted(place: Place, seq: int) -> Finding:
    return Finding(
        "inserted",
        seq,
        place.line,
        f"a record numbered {seq} was put in on line {place.line}: it is not part of the chain there",
    )
