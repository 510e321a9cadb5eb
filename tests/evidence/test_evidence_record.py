"""A record: what it must say, its address, and a signature that no byte survives."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.evidence.errors import EvidenceError
from buildrunner.evidence.record import address, check_shape, parse, sign, to_bytes, verify
from buildrunner.evidence.signing import generate, key_id, public_key
from kits.records import KEY, OTHER_KEY, plan_with, run_of, signoff_of

PLAN = plan_with({"criteria": ["It äöü works"], "checks": [{"id": "c", "kind": "command"}]})
RUN = run_of(PLAN, "c")
SIGNOFF = signoff_of(PLAN)


@pytest.mark.parametrize("record", [RUN, SIGNOFF], ids=["evidence", "signoff"])
def test_a_whole_record_verifies_and_reads_back(record: dict[str, Any]) -> None:
    assert verify(record) is None
    assert parse(to_bytes(record)) == record
    assert address(parse(to_bytes(record))) == address(record)


@given(st.data())
def test_no_changed_byte_survives(data: st.DataObject) -> None:
    record = data.draw(st.sampled_from([RUN, SIGNOFF]))
    stored = bytearray(to_bytes(record))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = parse(bytes(stored))
    except EvidenceError:
        return
    # Bytes that still read as the same record cannot come of changing one: RFC 8785 is unique.
    assert address(changed) != address(record)
    assert verify(changed) is not None


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in _leaves(each, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, each in enumerate(value) for leaf in _leaves(each, (*path, key))]
    return [path]


@given(
    st.data(), st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))
)
def test_no_changed_member_survives(data: st.DataObject, value: Any) -> None:
    record = copy.deepcopy(data.draw(st.sampled_from([RUN, SIGNOFF])))
    path = data.draw(st.sampled_from(_leaves(record)))
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    if holder[path[-1]] == value and holder[path[-1]].__class__ is value.__class__:
        return
    holder[path[-1]] = value
    assert verify(record) is not None


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
    | st.from_type(dict)
)
def test_whatever_is_judged_nothing_is_raised(value: Any) -> None:
    assert verify(value) is not None


def test_a_signature_of_another_record_does_not_fit() -> None:
    failed = run_of(PLAN, "c", outcome="failed")
    assert verify({**failed, "signature": RUN["signature"]}) is not None


def test_a_key_is_named_by_its_own_fingerprint() -> None:
    signed = sign({k: v for k, v in RUN.items() if k != "signature"}, OTHER_KEY)
    assert signed["signature"]["key"] == key_id(public_key(OTHER_KEY))
    signed["signature"]["key"] = key_id(public_key(KEY))
    finding = verify(signed)
    assert finding is not None
    assert "does not name" in finding.message
    assert len(generate()) == 32
    assert generate() != generate()


def test_unknown_members_are_refused() -> None:
    with pytest.raises(EvidenceError, match="approved is no member"):
        check_shape({**RUN, "approved": True})


def test_duplicate_keys_are_refused() -> None:
    text = json.dumps(RUN).replace('"exit": 0', '"exit": 1, "exit": 0')
    with pytest.raises(EvidenceError):
        parse(text.encode())


def test_the_criterion_text_and_its_digest_belong_together() -> None:
    other = {**RUN, "criterion": {**RUN["criterion"], "text": "Something easier"}}
    with pytest.raises(EvidenceError, match=r"criterion\.digest"):
        check_shape(other)
