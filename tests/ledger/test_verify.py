"""Whatever is done to an export, the verification names the record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.ledger import checkpoint, export, merkle, record, segment, signature
from buildrunner.ledger.findings import Report
from buildrunner.ledger.verify import verify
from buildrunner.spec.document import canonical
from kits import ledgers

COUNT = 12
CHAIN = ledgers.chain(COUNT)
FILES = {
    "jsonl": ledgers.exported(CHAIN),
    "csv": ledgers.exported(CHAIN, csv=True),
    "redacted": ledgers.exported(CHAIN, redact=True),
}
whole = st.sampled_from(sorted(FILES)).map(lambda name: list(FILES[name]))
numbers = st.integers(1, COUNT)


def at(lines: list[bytes], seq: int) -> int:
    """The index of a record's line."""
    return len(lines) - 2 - COUNT + seq


def named(lines: list[bytes], *given: checkpoint.Checkpoint) -> tuple[str, int]:
    finding = verify(lines, checkpoints=given).finding
    assert finding is not None, "nothing was found"
    return finding.code, finding.seq


def split(data: bytes) -> list[bytes]:
    """As a binary file is read."""
    return [line for line in data.splitlines(keepends=True) if line]


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_export_verifies(name: str) -> None:
    report = verify(FILES[name], checkpoints=[ledgers.noted(CHAIN[:5]), ledgers.noted(CHAIN)])
    assert report.ok, report.finding
    assert (report.first_seq, report.last_seq, report.records) == (1, COUNT, COUNT)
    assert report.root == ledgers.tree_of(CHAIN).root().hex()
    assert report.last_hash == CHAIN[-1][0].hash.hex()
    shown = sum(len(shown) for _, shown in CHAIN)
    assert (report.disclosures, report.withheld) == (
        (0, shown) if name == "redacted" else (shown, 0)
    )
    assert [anchor.state for anchor in report.anchors] == ["holds", "holds"]
    assert not any(anchor.anchored for anchor in report.anchors)


def test_trusted_keys_are_told_apart() -> None:
    report = verify(
        FILES["jsonl"],
        checkpoints=[ledgers.noted(CHAIN)],
        anchored={signature.key_id(ledgers.PUBLIC)},
    )
    assert [anchor.anchored for anchor in report.anchors] == [True]


@given(whole, numbers, st.data())
def test_a_changed_byte(lines: list[bytes], seq: int, data: st.DataObject) -> None:
    index = at(lines, seq)
    place = data.draw(st.integers(0, len(lines[index]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != lines[index][place]))
    text = bytearray(lines[index])
    text[place] = byte
    lines[index] = bytes(text)
    assert named(split_at_newlines(lines)) == ("changed", seq)


def split_at_newlines(lines: list[bytes]) -> list[bytes]:
    pieces = b"".join(lines).split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


@given(whole, numbers)
def test_a_record_sealed_anew(lines: list[bytes], seq: int) -> None:
    """Its hash fits it again, those behind it do not."""
    prev = CHAIN[seq - 2][0].hash if seq > 1 else record.GENESIS
    index = at(lines, seq)
    lines[index] = forged(lines[index], seq, prev)
    assert named(lines) == ("changed", seq)


def forged(like: bytes, seq: int, prev: bytes, org: str = ledgers.ORG) -> bytes:
    draft = record.Draft("x", ledgers.AT, "a.b", {"id": "e"}, "", None, {})
    sealed = record.seal(draft, org=org, seq=seq, prev=prev)
    line = export.json_line if like.startswith(b"{") else export.csv_line
    return line(seq, sealed.hash, sealed.data)


@given(whole, numbers, numbers)
def test_removed_records(lines: list[bytes], first: int, last: int) -> None:
    first, last = sorted((first, last))
    del lines[at(lines, first) : at(lines, last) + 1]
    assert named(lines) == ("removed", first)


@given(whole, numbers, numbers)
def test_two_records_swapped(lines: list[bytes], one: int, other: int) -> None:
    if one == other:
        return
    a, b = at(lines, one), at(lines, other)
    lines[a], lines[b] = lines[b], lines[a]
    assert named(lines) == ("reordered", min(one, other))


@given(whole, numbers, numbers)
def test_a_record_moved(lines: list[bytes], seq: int, to: int) -> None:
    if seq == to:
        return
    start = at(lines, 1)
    text = lines.pop(at(lines, seq))
    lines.insert(start + to - 1, text)
    assert named(lines) == ("reordered", min(seq, to))


@given(whole, numbers, numbers)
def test_a_record_put_in_twice(lines: list[bytes], seq: int, before: int) -> None:
    index = at(lines, before)
    lines.insert(index, lines[at(lines, seq)])
    code, found = named(lines)
    assert (code, found) == ("inserted", seq)
    finding = verify(lines).finding
    assert finding
    assert finding.line in (index + 1, index + 2)  # of two equal lines either is the one too many


@given(whole, numbers, st.integers(1, COUNT + 3), st.booleans())
def test_a_forged_record_put_in(lines: list[bytes], before: int, seq: int, linked: bool) -> None:
    prev = CHAIN[before - 2][0].hash if before > 1 else record.GENESIS
    index = at(lines, before)
    lines.insert(index, forged(lines[index], seq, prev if linked else b"\x07" * 32))
    assert named(lines) == ("inserted", seq)
    finding = verify(lines).finding
    assert finding
    assert finding.line == index + 1


@given(whole, numbers, st.sampled_from([b"\n", b"{}\n", b"garbage\n", b'{"end":{}}\n']))
def test_a_line_that_is_no_record_put_in(lines: list[bytes], before: int, text: bytes) -> None:
    lines.insert(at(lines, before), text)
    assert named(lines) == ("inserted", before)


@given(whole, st.data())
def test_a_file_cut_off(lines: list[bytes], data: st.DataObject) -> None:
    file = b"".join(lines)
    least = sum(map(len, lines[: at(lines, 1)]))
    end = data.draw(st.integers(least, len(file) - 1))
    left = split_at_newlines([file[:end]])
    records = sum(line.endswith(b"\n") for line in left) - at(lines, 1)
    assert named(left) == ("truncated", min(records, COUNT) + 1)


@given(whole, st.integers(0, COUNT - 1), numbers)
def test_a_tail_cut_off_with_care(lines: list[bytes], keep: int, noted: int) -> None:
    """The end line was made anew: only an earlier checkpoint knows."""
    csv = not lines[0].startswith(b"{")
    short = CHAIN[:keep]
    last = short[-1][0].hash if short else record.GENESIS
    end = export.end_line(keep, last, ledgers.tree_of(short).root(), csv=csv)
    cut = [*lines[: at(lines, keep + 1)], end]
    assert verify(cut).ok
    note = ledgers.noted(CHAIN[:noted])
    if noted > keep:
        assert named(cut, note) == ("truncated", keep + 1)
    else:
        assert verify(cut, checkpoints=[note]).ok


def test_a_chain_made_anew_is_caught_by_checkpoints() -> None:
    other = ledgers.chain(COUNT, data=[{"n": seq} for seq in range(COUNT)])
    lines = ledgers.exported(other)
    assert verify(lines).ok
    assert named(lines, ledgers.noted(CHAIN[:4])) == ("rewritten", 1)
    mixed = [ledgers.noted(other[:4]), ledgers.noted(CHAIN[:9])]
    assert named(lines, *mixed) == ("rewritten", 5)


@given(whole, st.data())
def test_other_lines_changed(lines: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.sampled_from([at(lines, 1) - 1, len(lines) - 1]))
    text = bytearray(lines[index])
    place = data.draw(st.integers(0, len(text) - 2))
    text[place] ^= data.draw(st.integers(1, 127).filter(lambda bit: text[place] ^ bit != 10))
    lines[index] = bytes(text)
    assert not verify(lines).ok


def test_what_stands_behind_the_end() -> None:
    for lines in FILES.values():
        more = forged(lines[-2], COUNT + 1, CHAIN[-1][0].hash)
        assert named([*lines, more]) == ("inserted", COUNT + 1)


def test_a_disclosure_of_another_record() -> None:
    sealed = CHAIN[0][0]
    lines = list(FILES["jsonl"])
    lines[at(lines, 1)] = export.json_line(1, sealed.hash, sealed.data, CHAIN[1][1])
    assert named(lines) == ("changed", 1)
    twice = CHAIN[0][1] * 2
    lines[at(lines, 1)] = export.json_line(1, sealed.hash, sealed.data, twice)
    assert named(lines) == ("changed", 1)


def test_other_organizations_are_told_apart() -> None:
    theirs = ledgers.chain(3, org="0198c0de-0000-7000-8000-000000000002")
    lines = ledgers.exported(theirs)
    assert named(lines) == ("foreign", 1)
    note = ledgers.noted(CHAIN)._replace(org="another")
    assert named(FILES["jsonl"], note) == ("foreign", 0)


@pytest.mark.parametrize("text", [b"", b"\n", b"{}\n", b"seq,hash\n", b"\x00\xff" * 40])
def test_what_is_no_export(text: bytes) -> None:
    assert named([text] if text else []) == ("unreadable", 0)


def gap(first: int, last: int, reason: str) -> segment.Segment:
    """What stands for some records of the chain."""
    node = merkle.kept([merkle.leaf_hash(sealed.hash) for sealed, _ in CHAIN])
    prev = CHAIN[first - 2][0].hash if first > 1 else record.GENESIS
    nodes = [node(*place) for place in merkle.ranges(first - 1, last)]
    root = ledgers.tree_of(CHAIN[:last]).root()
    return segment.Segment(
        ledgers.ORG, first, last, prev, CHAIN[first - 1][0].hash, CHAIN[last - 1][0].hash,
        nodes, root, reason, ledgers.AT,
    )  # fmt: skip


def without(
    lines: list[bytes], first: int, last: int, *, sign: bool = True, secret: bytes = ledgers.SECRET
) -> list[bytes]:
    made = gap(first, last, "retention")
    line = segment.sign(made, secret) if sign else segment.line_of(made)
    stand_in = export.special("segment", line, csv=not lines[0].startswith(b"{"))
    return [*lines[: at(lines, first)], stand_in, *lines[at(lines, last) + 1 :]]


@given(whole, numbers, numbers)
def test_what_survives_retention_verifies(lines: list[bytes], first: int, last: int) -> None:
    first, last = sorted((first, last))
    left = without(lines, first, last)
    notes = [ledgers.noted(CHAIN[:last]), ledgers.noted(CHAIN)]
    report = verify(left, checkpoints=notes, anchored={notes[0].key_id})
    assert report.ok, report.finding
    assert report.records == COUNT - (last - first + 1)
    assert report.root == ledgers.tree_of(CHAIN).root().hex()
    kinds = {(anchor.kind, anchor.state, anchor.anchored) for anchor in report.anchors}
    assert kinds == {("segment", "holds", True), ("checkpoint", "holds", True)}
    assert named(without(lines, first, last, sign=False)) == ("forged", first)


@given(whole, numbers, numbers)
def test_a_strangers_segment_hides_no_records(lines: list[bytes], first: int, last: int) -> None:
    """Everybody can compute the nodes of what they take out, and sign with a key of their own."""
    first, last = sorted((first, last))
    left = without(lines, first, last, secret=signature.new_key()[0])
    for notes in ([ledgers.noted(CHAIN)], [ledgers.noted(CHAIN[:last])]):
        assert named(left, *notes) == ("removed", first)
    finding = verify(left, anchored={signature.key_id(ledgers.PUBLIC)}).finding
    assert finding is not None
    assert (finding.code, finding.seq) == ("removed", first)
    if first > 1:
        assert named(left) == ("removed", first)


@pytest.mark.parametrize(
    "told",
    [
        {"format": export.FORMAT, "from_seq": 1, "org": ledgers.ORG, "note": "complete"},
        {"format": export.FORMAT, "from_seq": True, "org": ledgers.ORG},
    ],
)
def test_the_first_line_says_nothing_else(told: dict[str, object]) -> None:
    line = export.special("ledger", canonical(told), csv=False)
    assert named([line, *FILES["jsonl"][1:]]) == ("unreadable", 0)


def test_a_checkpoint_inside_of_what_was_removed_cannot_be_asked() -> None:
    left = without(list(FILES["jsonl"]), 1, 6)
    report = verify(left, checkpoints=[ledgers.noted(CHAIN[:3])])
    assert report.ok
    assert [anchor.state for anchor in report.anchors if anchor.kind == "checkpoint"] == [
        "not_reached"
    ]


@given(numbers.filter(lambda seq: seq > 1), st.booleans())
def test_an_export_that_begins_later(seq: int, csv: bool) -> None:
    lines = FILES["csv" if csv else "jsonl"]
    begin = export.first_lines(ledgers.ORG, seq, csv=csv).splitlines(keepends=True)
    stand_in = export.special("segment", segment.line_of(gap(1, seq - 1, "export")), csv=csv)
    later = [*begin, stand_in, *lines[at(list(lines), seq) :]]
    report = verify(later, checkpoints=[ledgers.noted(CHAIN)])
    assert report.ok, report.finding
    assert report.first_seq == seq
    assert named([*begin, *later[len(begin) + 1 :]]) == ("removed", 1)
    del later[len(begin) + 1]
    assert named(later) == ("removed", seq)


def test_a_segment_that_leads_elsewhere() -> None:
    lines = list(FILES["jsonl"])
    made = gap(1, 6, "retention")
    wrong = made._replace(nodes=[b"\x01" * 32, *made.nodes[1:]])
    line = export.special("segment", segment.sign(wrong, ledgers.SECRET), csv=False)
    assert named([lines[0], line, *lines[at(lines, 7) :]])[0] == "changed"
    signed = segment.sign(made, ledgers.SECRET).replace(b'"retention"', b'"retentioM"')
    line = export.special("segment", signed, csv=False)
    assert named([lines[0], line, *lines[at(lines, 7) :]])[0] == "forged"


def test_a_report_is_json() -> None:
    import json

    report: Report = verify(FILES["jsonl"], checkpoints=[ledgers.noted(CHAIN)])
    told = json.loads(json.dumps(report.as_dict()))
    assert told["ok"] is True
    assert told["anchors"][0]["kind"] == "checkpoint"
