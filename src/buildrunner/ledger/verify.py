"""Verify an export: every byte of it, offline, in one pass.

The fast path knows what must come next, so it compares instead of reading: the line begins with
the next number, its sealed bytes end with that number and the hash before, SHA-256 of them is the
hash beside them. Only where that fails is a line taken apart (`diagnosis.py`).
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256

from buildrunner.ledger import diagnosis, export, merkle, record, segment, signature
from buildrunner.ledger.checkpoint import Checkpoint
from buildrunner.ledger.errors import LedgerError
from buildrunner.ledger.findings import Anchor, Finding, Report

_GROUP = 1024  # leaves that are hashed into the tree at once
_URL = bytes.maketrans(b"+/", b"-_")


def verify(
    lines: Iterable[bytes],
    *,
    checkpoints: Sequence[Checkpoint] = (),
    anchored: Collection[str] = (),
) -> Report:
    """Verify the lines of an export (each with its newline, as a binary file gives them).

    `checkpoints` come from `checkpoint.read`, which verified their signatures; `anchored` are the
    ids of the keys that the reader trusts to sign ledgers. With either of them, or amid records, a
    segment stands for records only if one of these keys signed it: anybody can sign with a key of
    their own that records were removed. Stops at the first finding.
    """
    return _Verification(lines, checkpoints, anchored).run()


class _Wrong(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Verification:
    def __init__(
        self,
        lines: Iterable[bytes],
        checkpoints: Sequence[Checkpoint],
        anchored: Collection[str],
    ) -> None:
        self._lines: Iterator[bytes] = iter(lines)
        self._checkpoints = sorted(checkpoints, key=lambda one: one.size)
        self._anchored = anchored
        self._vouched = {*anchored, *(one.key_id for one in checkpoints)}
        self._anchors: list[Anchor] = []
        self._csv = self._ended = False
        self._org = ""
        self._from = self._begins = self._line = self._seq = self._records = 0
        self._prev = record.GENESIS
        self._tree = merkle.Frontier()
        self._leaves: list[bytes] = []
        self._disclosures = self._withheld = 0

    def run(self) -> Report:
        """All of it."""
        finding = None
        try:
            self._first_lines()
            self._records_of_the_file()
            self._finish()
        except _Wrong as wrong:
            finding = wrong.finding
        except LedgerError as refused:
            code = "forged" if refused.code.endswith("forged") else "changed"
            finding = Finding(code, self._seq + 1, self._line, refused.message)
        return Report(
            org=self._org,
            format="csv" if self._csv else "jsonl",
            first_seq=self._begins,
            last_seq=self._seq,
            records=self._records,
            last_hash=self._prev.hex(),
            root=self._tree.root().hex(),
            disclosures=self._disclosures,
            withheld=self._withheld,
            anchors=tuple(self._anchors),
            finding=finding,
        )

    def _first_lines(self) -> None:
        text = next(self._lines, b"")
        self._line = 1
        if export.is_csv(text):
            self._csv = True
            self._lines = map(export.as_json, self._lines)
            text = next(self._lines, b"")
            self._line = 2
        found = export.read_special(text)
        told = found[1] if found and found[0] == "ledger" else {}
        self._org, from_seq = str(told.get("org")), told.get("from_seq")
        self._from = from_seq if from_seq.__class__ is int and from_seq > 0 else 0
        # Nothing but what an export writes: no seal covers this line.
        if not self._from or text != export.first_lines(self._org, self._from, csv=False):
            raise _Wrong(
                Finding("unreadable", 0, self._line, "the file does not begin as an export does")
            )
        for one in self._checkpoints:
            if one.org != self._org:
                message = f"the checkpoint is of organization {one.org}, the file of {self._org}"
                raise _Wrong(Finding("foreign", 0, 0, message))

    def _records_of_the_file(self) -> None:
        """By comparison alone as long as all is well."""
        sha, seq, before = sha256, self._seq, self._prev
        prev, stop = before.hex().encode(), self._next_stop()
        for text in self._lines:
            seq += 1
            head = b'{"seq":%d,"hash":"' % seq
            start = len(head) + 64
            tail = b',"seq":%d},"prev":"%b","v":1}' % (seq, prev)
            cut = -2
            if not text.endswith(b',"v":1}}\n'):
                cut = text.rfind(b',"v":1},"disclosures":["') + 7
            sealed = text[start + 11 : cut]
            digest = sha(sealed).digest()
            told = digest.hex().encode()
            if (
                text.startswith(head)
                and text.startswith(told, start - 64)
                and text.startswith(b'","record":', start)
                and sealed.endswith(tail)
                and self._disclosed(text, cut, sealed, tail)
            ):
                self._leaves.append(sha(b"\x00" + digest).digest())
                before, prev = digest, told
                if seq >= stop:
                    self._reached(seq, before, sealed)
                    stop = self._next_stop()
                continue
            self._reached(seq - 1, before)
            self._other_line(text)
            seq, before = self._seq, self._prev
            prev, stop = before.hex().encode(), self._next_stop()
        self._reached(seq, before)

    def _disclosed(self, text: bytes, cut: int, sealed: bytes, tail: bytes) -> bool:
        """Whether every disclosure of a line is one that its record sealed."""
        if cut == -2 and sealed.endswith(b',"sd":[]' + tail):
            return True
        begin = sealed.rfind(b',"sd":[') + 7
        listed = (len(sealed) - len(tail) - begin) // 46  # 43 characters, quotes and comma each
        if cut == -2:
            self._withheld += listed
            return begin > 6
        if not (
            begin > 6 and text.startswith(b',"disclosures":["', cut) and text.endswith(b'"]}\n')
        ):
            return False
        if listed == 1 and len(sealed) - len(tail) - begin == 46:  # the usual case, in short
            digest = b2a_base64(sha256(text[cut + 17 : -4]).digest(), newline=False)
            self._disclosures += 1
            return sealed.startswith(digest.translate(_URL, b"="), begin + 1)
        shown = text[cut + 17 : -4].split(b'","')
        for one in shown:
            digest = b2a_base64(sha256(one).digest(), newline=False).translate(_URL, b"=")
            if sealed.find(b'"%b"' % digest, begin) < 0:
                return False
        self._disclosures += len(shown)
        self._withheld += listed - len(shown)
        return len(shown) == 1 or len(set(shown)) == len(shown)

    def _next_stop(self) -> int:
        """Where to pause: for the tree, for a checkpoint, after the first record."""
        if not self._records:
            return self._seq + 1
        due = [one.size for one in self._checkpoints if one.size > self._seq]
        return min([self._seq + _GROUP, *due])

    def _reached(self, seq: int, digest: bytes, sealed: bytes = b"") -> None:
        """Take in the records since the last pause."""
        self._line += len(self._leaves)
        if self._leaves and not self._records:
            self._begins = seq
            self._check_beginning(seq, sealed)
        self._records += len(self._leaves)
        self._tree.extend(self._leaves)
        self._leaves.clear()
        self._seq, self._prev = seq, digest
        self._compare()

    def _check_beginning(self, seq: int, sealed: bytes) -> None:
        if seq < self._from:
            raise _Wrong(diagnosis.changed(seq, self._line))
        if record.read(sealed)["payload"].get("org") != self._org:
            message = f"record {seq} is not of organization {self._org}"
            raise _Wrong(Finding("foreign", seq, self._line, message))

    def _compare(self) -> None:
        """Hold the tree against the checkpoints that speak of just this size."""
        while self._checkpoints and self._checkpoints[0].size <= self._seq:
            one = self._checkpoints.pop(0)
            holds = one.root == self._tree.root() and one.last_hash == self._prev
            state = "holds" if holds else "broken"
            if one.size < self._seq:  # inside of what a segment stands for
                state = "not_reached"
            self._note("checkpoint", one.size, one.key_id, state)
            if state == "broken":
                good = max(
                    (a.size for a in self._anchors if a.state == "holds" and a.kind != "segment"),
                    default=0,
                )
                raise _Wrong(
                    Finding(
                        "rewritten",
                        good + 1,
                        0,
                        f"of the records {good + 1} to {one.size} at least one is not what it was"
                        f" when the checkpoint of {one.size} records was signed",
                    )
                )

    def _note(self, kind: str, size: int, key: str, state: str) -> None:
        self._anchors.append(Anchor(kind, size, key, key in self._anchored, state))

    def _other_line(self, text: bytes) -> None:
        """A line that is not the next record."""
        self._line += 1
        found = export.read_special(text)
        if found is None or found[0] == "ledger":
            place = diagnosis.Place(self._seq + 1, self._prev, self._line, self._records > 0)
            raise _Wrong(diagnosis.diagnose(place, text, self._lines))
        if found[0] == "segment":
            self._cross(segment.read(found[1]))
        else:
            self._end(found[1])

    def _cross(self, gap: segment.Segment) -> None:
        place = f"the segment of records {gap.first_seq} to {gap.last_seq}"
        if gap.org != self._org:
            raise _Wrong(Finding("foreign", gap.first_seq, self._line, f"{place} is not ours"))
        if gap.first_seq > self._seq + 1:
            raise _Wrong(diagnosis.removed(self._seq + 1, gap.first_seq - 1, self._line))
        exported = gap.reason == "export"
        misplaced = exported and (self._records or gap.last_seq != self._from - 1)
        if gap.first_seq != self._seq + 1 or gap.prev != self._prev or misplaced:
            message = f"{place} does not belong on line {self._line}"
            raise _Wrong(Finding("inserted", gap.first_seq, self._line, message))
        if not exported and not gap.public_key:
            message = f"{place} is not signed"
            raise _Wrong(Finding("forged", gap.first_seq, self._line, message))
        key = "" if exported else signature.key_id(gap.public_key)
        if key and key not in self._vouched and (self._vouched or self._records):
            finding = diagnosis.removed(gap.first_seq, gap.last_seq, self._line)
            message = (
                f"{finding.message}: what stands for them is signed by key {key}, unknown here"
            )
            raise _Wrong(finding._replace(message=message))
        self._tree = gap.tree(self._tree)
        self._seq, self._prev = gap.last_seq, gap.last_hash
        if key:
            self._note("segment", gap.last_seq, key, "holds")
        self._compare()

    def _end(self, told: dict[str, object]) -> None:
        behind = next(self._lines, None)
        now = {
            "size": self._seq,
            "last_hash": self._prev.hex(),
            "root": self._tree.root().hex(),
        }
        if behind is not None:
            line = self._line + (told == now)
            message = f"line {line} does not belong there: the file goes on behind its end"
            raise _Wrong(Finding("inserted", self._seq + 1, line, message))
        size = told.get("size")
        if isinstance(size, int) and size > self._seq:
            raise _Wrong(diagnosis.removed(self._seq + 1, size, self._line))
        if told != now:
            rewritten = size == self._seq and told.get("last_hash") != now["last_hash"]
            message = f"the end line does not speak of {self._seq} records with this hash and root"
            seq = self._seq if rewritten else 0
            raise _Wrong(Finding("changed", seq, self._line, message))
        self._ended = True

    def _finish(self) -> None:
        for one in self._checkpoints:
            if one.size > self._seq:
                self._note("checkpoint", one.size, one.key_id, "broken")
                raise _Wrong(
                    Finding(
                        "truncated",
                        self._seq + 1,
                        0,
                        f"the file ends with record {self._seq}; the checkpoint says that there"
                        f" were {one.size}",
                    )
                )
        if not self._ended:
            raise _Wrong(diagnosis.truncated(self._seq + 1, self._line))
        if self._seq < self._from - 1:
            raise _Wrong(diagnosis.removed(self._seq + 1, self._from - 1, self._line))
