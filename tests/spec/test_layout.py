"""Writing a plan against its old text changes only what changed."""

import copy
import difflib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_texts import JSON, OBJECTS, spelled

from buildrunner.spec import document, layout
from buildrunner.spec.errors import SpecError

PLANS = ("buildrunner-phase4.json", "buildrunner-phase8.json")


@st.composite
def texts(draw, values=OBJECTS):
    """(value, text of it) in a conventional or an arbitrary layout."""
    value = draw(values)
    indent = draw(st.sampled_from([None, 0, 2, 4, "\t", "free"]))
    if indent == "free":
        text = draw(spelled(value))
    else:
        text = json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans()))
        if draw(st.booleans()):
            text = text.replace("\n", "\r\n")
    prefix = draw(st.sampled_from(["", "\ufeff", "\n", " "]))
    return value, prefix + text + draw(st.sampled_from(["", "\n", "\r\n", "\n\n"]))


def read(text):
    return json.loads(text.removeprefix("\ufeff"))


def identical(one, other):
    """Equality that tells 1 from 1.0 and true, but not key order."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def changed_lines(old, new):
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@given(texts())
def test_an_unchanged_value_keeps_its_text_byte_for_byte(pair):
    value, text = pair
    assert layout.dumps(value, like=text) == text
    assert layout.dumps(read(text), like=text) == text


@given(texts(), OBJECTS)
def test_whatever_the_old_text_the_new_value_is_what_is_read_back(pair, new):
    assert identical(read(layout.dumps(new, like=pair[1])), new)


@st.composite
def edits(draw, value):
    """A copy of `value` with a few random members replaced, added, removed or moved."""
    value = copy.deepcopy(value)
    containers = []

    def collect(node):
        if isinstance(node, (dict, list)):
            containers.append(node)
            for member in node.values() if isinstance(node, dict) else node:
                collect(member)

    collect(value)
    for _ in range(draw(st.integers(1, 3))):
        node = draw(st.sampled_from(range(len(containers))).map(containers.__getitem__))
        if isinstance(node, dict):
            key = draw(st.sampled_from([*sorted(node), "new"]))
            if draw(st.booleans()):
                node[key] = draw(JSON)
            else:
                node.pop(key, None)
        elif node:
            place = draw(st.integers(0, len(node) - 1))
            action = draw(st.sampled_from(["replace", "remove", "move", "add"]))
            if action == "replace":
                node[place] = draw(JSON)
            elif action == "add":
                node.insert(place, draw(JSON))
            else:
                taken = node.pop(place)
                if action == "move":
                    node.insert(draw(st.integers(0, len(node))), taken)
        else:
            node.append(draw(JSON))
    return value


@given(st.data(), texts())
def test_edits_are_read_back_whatever_the_layout(data, pair):
    value, text = pair
    new = data.draw(edits(value))
    rendered = layout.dumps(new, like=text)
    assert identical(read(rendered), new)
    assert layout.dumps(new, like=rendered) == rendered


@pytest.mark.parametrize("name", PLANS)
def test_each_status_change_in_a_real_plan_changes_one_line(name, data_dir):
    text = (data_dir / "plans" / name).read_text()
    count = len(list(document.microsteps(json.loads(text))))
    for number in range(count):
        plan = json.loads(text)
        entity = list(document.microsteps(plan))[number]
        entity.value["status"] = "blocked"
        removed, added = changed_lines(text, layout.dumps(plan, like=text))
        assert removed.strip("- ") in ('"status": "todo",', '"status": "done",')
        assert added.strip("+ ") == '"status": "blocked",'


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("convert", ["crlf", "tabs", "bom", "minified", "four", "no newline"])
def test_line_ends_indentation_bom_and_density_are_kept(name, convert, data_dir):
    text = (data_dir / "plans" / name).read_text()
    plan = json.loads(text)
    text = {
        "crlf": lambda: text.replace("\n", "\r\n"),
        "tabs": lambda: json.dumps(plan, indent="\t", ensure_ascii=False) + "\n",
        "bom": lambda: "\ufeff" + text,
        "minified": lambda: json.dumps(plan, separators=(",", ":")),
        "four": lambda: json.dumps(plan, indent=4) + "\n\n",
        "no newline": lambda: text.rstrip(),
    }[convert]()
    assert layout.dumps(plan, like=text) == text
    step = plan["milestones"][1]["steps"][0]
    step["microsteps"][0]["status"] = "doing"
    step["microsteps"].append({"id": "m2.s1.ms4", "title": "Ä", "criteria": ["a", "b"], "n": []})
    new = layout.dumps(plan, like=text)
    assert json.loads(new.removeprefix("\ufeff")) == plan
    assert new.count("\r\n") == (new.count("\n") if convert == "crlf" else 0)
    assert new.startswith("\ufeff") == (convert == "bom")
    assert ("\n" in new) == (convert != "minified")
    assert ("\t" in new) == (convert == "tabs")
    assert len(new) - len(new.rstrip()) == len(text) - len(text.rstrip())
    if convert == "minified":
        assert '"criteria":["a","b"]' in new
    else:
        assert len(changed_lines(text, new)) <= 14


def test_a_new_microstep_looks_like_its_siblings(data_dir):
    text = (data_dir / "plans" / PLANS[0]).read_text()
    plan = json.loads(text)
    plan["milestones"][1]["steps"][0]["microsteps"].append(
        {"id": "m2.s1.ms4", "title": "New", "status": "todo", "criteria": ["a", "b"]}
    )
    added = [line for line in changed_lines(text, layout.dumps(plan, like=text)) if line[0] == "+"]
    assert added == [
        "+            },",
        "+            {",
        '+              "id": "m2.s1.ms4",',
        '+              "title": "New",',
        '+              "status": "todo",',
        '+              "criteria": ["a", "b"]',
    ]


def test_removing_and_moving_touch_only_the_lines_concerned(data_dir):
    text = (data_dir / "plans" / PLANS[1]).read_text()
    plan = json.loads(text)
    siblings = plan["milestones"][0]["steps"][0]["microsteps"]
    siblings.insert(5, siblings.pop(2))
    moved = layout.dumps(plan, like=text)
    assert json.loads(moved) == plan
    assert sorted(moved.splitlines()) == sorted(text.splitlines())
    del siblings[3]
    assert len(changed_lines(moved, layout.dumps(plan, like=moved))) == 6


def test_a_field_goes_in_after_its_predecessor_and_out_with_its_line():
    text = '{\n  "id": "m1",\n  "status": "todo"\n}\n'
    new = layout.dumps({"id": "m1", "title": "T", "status": "todo"}, like=text)
    assert new == '{\n  "id": "m1",\n  "title": "T",\n  "status": "todo"\n}\n'
    assert layout.dumps({"id": "m1", "status": "todo"}, like=new) == text
    assert layout.dumps({"status": "todo", "id": "m1"}, like=text) == text


def test_types_are_told_apart():
    text = '{"a": 1, "b": [1, 0], "c": 1.0, "d": {"e": true}}'
    new = {"a": True, "b": [True, False], "c": 1, "d": {"e": 1}}
    assert layout.dumps(new, like=text) == (
        '{"a": true, "b": [true, false], "c": 1, "d": {"e": 1}}'
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('{"a": {}}', {"a": {"b": 1}}, '{"a": {"b": 1}}'),
        ('{\n "a": []\n}', {"a": [{"b": 1}]}, '{\n "a": [\n  {\n   "b": 1\n  }\n ]\n}'),
        ('{"a": [1, 2]}', {"a": []}, '{"a": []}'),
        ('{"a": [ ]}', {"a": []}, '{"a": [ ]}'),
        ('{\n  "a": 1\n}', {}, "{}"),
        ('{\n  "a": 1\n, "b": 2\n}', {"a": 1, "b": 2, "c": 3}, None),
        ("{}", {"a": 1}, '{\n  "a": 1\n}'),
        ("  not json", {"a": 1}, '{\n  "a": 1\n}\n'),
        ('{"a": 1} trailing', {"a": 1}, '{\n  "a": 1\n}\n'),
        ("[1]", {"a": 1}, '{\n  "a": 1\n}\n'),
        ("", {"a": 1}, '{\n  "a": 1\n}\n'),
        ('{"a"', {"a": 1}, '{\n  "a": 1\n}\n'),
        ('{"a": 1, "a": 2}', {"a": 2}, '{"a": 2}'),
    ],
)
def test_corner_cases(old, new, expected):
    rendered = layout.dumps(new, like=old)
    assert json.loads(rendered) == new
    if expected is not None:
        assert rendered == expected


def test_default_layout_keeps_short_scalar_arrays_on_one_line():
    plan = {"title": "T", "criteria": ["a", "b"], "long": ["x" * 60, "y" * 60], "none": []}
    assert layout.dumps(plan) == (
        '{\n  "title": "T",\n  "criteria": ["a", "b"],\n  "long": [\n    "'
        + "x" * 60
        + '",\n    "'
        + "y" * 60
        + '"\n  ],\n  "none": []\n}\n'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), b"x", {1: 2}, {1, 2}])
def test_values_json_cannot_carry_are_refused(value):
    for like in (None, '{"a": 1}'):
        with pytest.raises(SpecError) as caught:
            layout.dumps({"a": value}, like=like)
        assert caught.value.code == "not_json"


def test_nesting_around_the_readers_limit_is_written_or_refused():
    for levels in range(200, 1000, 7):
        text = '{"a": ' + "[" * levels + "]" * levels + ', "b": 1}'
        try:
            plan = {**document.loads(text.encode()), "b": 2}
            assert layout.dumps(plan, like=text) == text.replace("1}", "2}")
        except SpecError as error:
            assert error.code in ("BR109", "not_json")  # noqa: PT017


def test_endless_nesting_is_refused():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(SpecError):
        layout.dumps({"a": value}, like='{"a": [[[]]]}')
