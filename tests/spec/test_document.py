"""Reading, walking and hashing a plan."""

import hashlib
import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec import document
from buildrunner.spec.errors import PlanSyntaxError, SpecError

PLANS = ("buildrunner-phase4.json", "buildrunner-phase8.json")

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", PLANS)
def test_loads_reads_real_plans_like_json(name, data_dir):
    data = (data_dir / "plans" / name).read_bytes()
    assert document.loads(data) == json.loads(data)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_loads_agrees_with_json_on_any_object(value):
    data = json.dumps(value, ensure_ascii=False).encode()
    assert document.loads(data) == value


def test_loads_takes_a_byte_order_mark_and_surrounding_space():
    assert document.loads(b'\xef\xbb\xbf \r\n{"a": 1}\n\n') == {"a": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"[]",
        b"7",
        b"null",
        b'{"a": 1} {"b": 2}',
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"deep": [{"a": 1, "a": 1}]}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"1" * 10_000 + b"}",
        b"\x00\x01\x02",
    ],
)
def test_loads_refuses_what_is_no_plan_and_says_where(data):
    with pytest.raises(PlanSyntaxError) as caught:
        document.loads(data)
    assert caught.value.code.startswith("BR1")
    assert caught.value.line is not None
    assert caught.value.line >= 1
    assert caught.value.column is not None
    assert caught.value.column >= 1


def test_walk_gives_document_order_parents_and_pointers(data_dir):
    plan = document.loads((data_dir / "plans" / PLANS[0]).read_bytes())
    entities = list(document.walk(plan))
    assert [e.id for e in entities[:3]] == ["m1", "m1.s1", "m1.s1.ms1"]
    assert [e.kind for e in entities[:3]] == ["milestone", "step", "microstep"]
    assert [e.parent for e in entities[:3]] == ["", "m1", "m1.s1"]
    for entity in entities:
        place = plan
        for token in entity.pointer.split("/")[1:]:
            place = place[int(token) if isinstance(place, list) else token]
        assert place is entity.value
    assert [e.id for e in document.microsteps(plan)] == [
        e.id for e in entities if e.kind == "microstep"
    ]


def test_index_finds_every_id_and_the_first_of_equal_ones():
    first, second = {"id": "m1", "title": "a"}, {"id": "m1", "title": "b"}
    found = document.index({"milestones": [first, second]})
    assert list(found) == ["m1"]
    assert found["m1"].value is first


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"milestones": 7},
        {"milestones": None},
        {"milestones": [1, None, []]},
        {"milestones": [{"steps": {}}]},
        {"milestones": [{"id": 3, "steps": [{"microsteps": "x"}]}]},
    ],
)
def test_walk_and_index_tolerate_malformed_plans(plan):
    assert all(isinstance(e.value, dict) for e in document.walk(plan))
    assert document.index(plan) == {}


@given(JSON)
def test_canonical_equals_the_reference_implementation(value):
    assert document.canonical(value) == rfc8785.dumps(value)


def test_canonical_orders_keys_by_utf16_unit():
    value = {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3}
    assert document.canonical(value) == rfc8785.dumps(value)
    assert list(json.loads(document.canonical(value))) == ["\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    "value",
    [
        {"a": math.nan},
        {"a": math.inf},
        {"a": 2**53},
        {"a": -(2**53)},
        {"a": "\ud800"},
        {"\udfff": 1},
        {"a": object()},
        {1: "a"},
    ],
)
def test_canonical_refuses_what_has_no_canonical_form(value):
    with pytest.raises(SpecError) as caught:
        document.canonical(value)
    assert caught.value.code == "not_canonical"
    assert caught.value.hint


def test_canonical_refuses_endless_nesting():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(SpecError):
        document.canonical(value)


def test_document_hash_ignores_updated_at_and_schema_and_key_order():
    plan = {"title": "A", "version": "1.0.0"}
    same = {"$schema": "x", "version": "1.0.0", "updatedAt": "2025-01-01T00:00:00Z", "title": "A"}
    expected = "sha256:" + hashlib.sha256(b'{"title":"A","version":"1.0.0"}').hexdigest()
    assert document.document_hash(plan) == document.document_hash(same) == expected
    assert document.document_hash({**plan, "title": "B"}) != expected


def test_content_hash_ignores_only_the_entitys_own_aliases():
    step = {"id": "m1.s1", "microsteps": [{"id": "m1.s1.ms1", "aliases": ["x"]}]}
    assert document.content_hash({**step, "aliases": ["m1.s9"]}) == document.content_hash(step)
    other = {"id": "m1.s1", "microsteps": [{"id": "m1.s1.ms1"}]}
    assert document.content_hash(other) != document.content_hash(step)
