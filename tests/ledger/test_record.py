"""What is sealed is RFC 8785, whatever it is made of; disclosures go back to their places."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.ledger import record
from buildrunner.ledger.errors import LedgerError

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(values)
def test_any_json_is_sealed_as_rfc_8785_says(value: Any) -> None:
    assert record.sealable(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        0, -1, 10**15, 10**15 - 1, 2**53 - 1, -(2**53) + 1, 1.0, 1e21, 1e-7, -0.0, 5e-324, 0.1,
        [1.5], {"a": [10**16 // 2, 2.5]}, "1.5", ["1.5", "-12345678901234567"], "\x7f", "\u2028",
        {"\ue000": 1, "\U0001f600": 2}, {"b": 1, "a": {"d": [], "c": {}}}, "a\\b\"c\n\x01é", "",
    ],
)  # fmt: skip
def test_where_encoders_differ(value: Any) -> None:
    assert record.sealable(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "sealed"),
    [
        (2**53, b'"9007199254740992"'),
        ([-(2**70)], b'["-1180591620717411303424"]'),
        (float("inf"), b'"inf"'),
        ({"x": float("nan")}, b'{"x":"nan"}'),
        ("\ud800", b'"?"'),
    ],
)
def test_sealing_never_fails(value: Any, sealed: bytes) -> None:
    assert record.sealable(value) == sealed


def test_a_record_and_its_disclosures() -> None:
    shown = [
        record.disclose("/actor/name", "Ada", salt=b"0" * 16),
        record.disclose("/payload/data/people/0/e~1mail", "a@b", salt=b"1" * 16),
    ]
    data = {"people": [{"role": "qa"}]}
    draft = record.Draft(
        "1", "2026-03-01T09:00:00.000000Z", "a.b", {"id": "p"}, "e", None, data, shown
    )
    sealed = record.seal(draft, org="o", seq=1, prev=record.GENESIS)
    assert b"Ada" not in sealed.data
    read = record.read(sealed.data)
    assert record.sealable(read) == sealed.data
    assert read["payload"]["sd"] == sorted(map(record.digest, shown))
    whole = record.disclosed(read, shown)
    assert whole["actor"] == {"id": "p", "name": "Ada"}
    assert whole["payload"]["data"]["people"] == [{"role": "qa", "e/mail": "a@b"}]
    assert record.disclosed(read, [])["actor"] == {"id": "p"}
    with pytest.raises(LedgerError, match="another record"):
        record.disclosed(read, [record.disclose("/actor/name", "Eve")])


def test_a_disclosure_is_as_sd_jwt_makes_it() -> None:
    """RFC 9901, section 4.2.3: the digest is over the ASCII of the base64url text."""
    made = record.disclose("/a", "möbius", salt=bytes(16))
    assert record.opened(made) == ("/a", "möbius")
    example = "WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert record.digest(example) == "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY"


@pytest.mark.parametrize("text", ["", "e30", "W10", "WyJhIiwiYiIsMV0", "!!"])
def test_what_is_no_disclosure(text: str) -> None:
    with pytest.raises(LedgerError):
        record.opened(text)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"v":1,"payload":{"seq":"1"}}', b"\xff"])
def test_what_is_no_record(data: bytes) -> None:
    with pytest.raises(LedgerError):
        record.read(data)


def test_escaped_names() -> None:
    assert record.escaped("a/b~c") == "a~1b~0c"
    assert json.dumps(record.GENESIS.hex())
