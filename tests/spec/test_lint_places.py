"""Offsets, lines and pointers in JSON text, however it is spelled."""

import json

from hypothesis import given
from hypothesis import strategies as st
from json_texts import JSON, spelled

from buildrunner.spec import source

VALUES = st.lists(JSON, min_size=1, max_size=4) | st.dictionaries(st.text(max_size=4), JSON)


@st.composite
def spelled_values(draw):
    value = draw(VALUES)
    return value, draw(st.sampled_from(["", " ", "\n"])) + draw(spelled(value))


def places(value, pointer=""):
    """(pointer, value) of everything in a tree."""
    yield pointer, value
    if isinstance(value, (dict, list)):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for token, member in members:
            yield from places(member, f"{pointer}/{source.escape(token)}")


@given(spelled_values())
def test_every_pointer_leads_to_its_value_and_back(pair):
    value, text = pair
    expected = dict(places(value))
    offsets = source.locate(text, expected)
    assert offsets.keys() == expected.keys()
    decoder = json.JSONDecoder()
    for pointer, offset in offsets.items():
        found, end = decoder.raw_decode(text, offset)
        if pointer and isinstance(parent(value, pointer), dict):
            assert found == source.tokens(pointer)[-1]
            offset = source.skip_space(text, source.skip_space(text, end) + 1)
            found, end = decoder.raw_decode(text, offset)
        assert found == expected[pointer]
    back = source.pointers_at(text, offsets.values())
    assert {pointer: back[offset] for pointer, offset in offsets.items()} == {
        pointer: pointer for pointer in offsets
    }


def parent(value, pointer):
    for token in source.tokens(pointer)[:-1]:
        value = value[int(token) if isinstance(value, list) else token]
    return value


@given(spelled_values(), st.lists(st.integers(0, 60), max_size=5))
def test_lines_and_columns_are_those_an_editor_shows(pair, numbers):
    text = pair[1]
    offsets = [min(number, len(text)) for number in numbers]
    for offset, (line, column) in source.lines_and_columns(text, offsets).items():
        assert sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1 == offset


def test_pointers_that_lead_nowhere_are_left_out():
    text = '{"a": [1, {"b": 2}], "c": 3}'
    assert source.locate(text, ["", "/a/1/b", "/a/7", "/d", "/c/x", "/a/x"]) == {
        "": 0,
        "/a/1/b": 11,
    }
    assert source.locate(text, ["/a/x"]) == {}


def test_of_duplicate_keys_the_last_counts():
    text = '{"a": {"b": 1}, "a": {"b": 2}}'
    assert source.locate(text, ["/a", "/a/b"]) == {"/a": 16, "/a/b": 22}
    assert source.occurrences(text, 0, "a") == [1, 16]


def test_long_containers_are_skipped_whole_behind_what_was_asked_for():
    text = '{"a": [' + "1, " * 5000 + '2], "b": 1, ' + '"x": 0, ' * 3000 + '"c": {"d": 3}}'
    offsets = source.locate(text, ["/a/2", "/b", "/c/d", "/a/5000"])
    assert {pointer: text[offset : offset + 3] for pointer, offset in offsets.items()} == {
        "/a/2": "1, ",
        "/b": '"b"',
        "/c/d": '"d"',
        "/a/5000": "2],",
    }
