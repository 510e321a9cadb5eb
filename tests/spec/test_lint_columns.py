"""The fast yes agrees with the validator: it may hesitate, but never errs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import make_plan

from buildrunner.spec import columns, schema

PLANS = ("buildrunner-phase4.json", "buildrunner-phase8.json")
RULES = schema.schema()

TIMES = ["2025-10-31T01:30:00.000Z", "2025-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2025-1-1"]
TIMES += ["2025-10-31T24:00:00Z", "2025-10-31T01:30:00+01:00", "2025-10-31T01:30:00.Z", "٢025", ""]
TIMES += ["2025-10-31 01:30:00Z", "2025-10-31T01:30:60Z", "2025-10-31T01:30:00", "0000-01-01T0"]
VERSIONS = ["0.0.0", "1.2.3", "01.2.3", "1.2", "1.2.3.4", "1.2.3-rc.1", "1.2.3-", "١.2.3", "1..3"]
ODD = st.sampled_from(
    [None, True, False, 0, 1, 100, 101, 1.0, 1.5, -1, "", " ", "a b", "a", [], {}]
)
ODD |= st.sampled_from(
    ["todo", "P1", "low", "é", "\x1c", "\u3000", "a\ufeff", [""], [1], [{}], 2**70]
)
ODD |= st.sampled_from([{"url": 1}, [{"url": "x"}], [{"url": "x", "title": 1}], [None], "\ud800"])
ODD |= st.sampled_from(TIMES + VERSIONS)


def nodes_of(plan):
    nodes = [plan]
    for milestone in plan["milestones"]:
        nodes.append(milestone)
        for step in milestone["steps"]:
            nodes += [step, *step["microsteps"]]
    return nodes


@settings(max_examples=300)
@given(st.data())
def test_what_it_accepts_the_validator_accepts(data):
    plan = make_plan(12)
    nodes = nodes_of(plan)
    for _ in range(data.draw(st.integers(1, 3))):
        node = data.draw(st.sampled_from(range(len(nodes))).map(nodes.__getitem__))
        names = [name for rule in RULES["$defs"].values() for name in rule["properties"]]
        name = data.draw(st.sampled_from(sorted(names)))
        if data.draw(st.booleans()):
            node[name] = data.draw(ODD)
        else:
            node.pop(name, None)
    if columns.surely_valid(plan, RULES):
        assert schema.is_valid(plan)


@pytest.mark.parametrize("name", PLANS)
def test_it_accepts_real_plans(name, data_dir):
    plan = json.loads((data_dir / "plans" / name).read_bytes())
    assert columns.surely_valid(plan, RULES)


def test_it_accepts_generated_plans_and_every_field():
    plan = make_plan(600)
    plan["milestones"][0]["steps"][0]["microsteps"][0].update(
        links=["https://example.org"],
        checks=[{"id": "a", "criterion": 0, "timeout": 1, "expect": {"exit": 0}, "paths": []}],
        aliases=["x"],
        demo_script=["a"],
        custom={"any": [None]},
    )
    assert columns.surely_valid(plan, RULES)


@pytest.mark.parametrize("value", [None, [], 7, {}, {"milestones": 7}])
def test_it_does_not_accept_what_is_no_plan(value):
    assert not columns.surely_valid(value, RULES)


def test_a_rule_it_does_not_know_is_left_to_the_validator():
    plan = make_plan(3)
    rules = json.loads(json.dumps(RULES))
    rules["$defs"]["Microstep"]["properties"]["title"]["maxLength"] = 1
    assert not columns.surely_valid(plan, rules)
