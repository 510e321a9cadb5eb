"""Where two changes meet: symmetric, complete against the merge, silent about the rest."""

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.document import index, loads, microsteps
from buildrunner.spec.merge import merge
from buildrunner.spec.overlap import overlap

PLAN = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"


@pytest.fixture(scope="module")
def plan():
    return loads(PLAN.read_bytes())


EDIT = st.tuples(
    st.integers(0, 60),
    st.sampled_from(["title", "status", "owner", "priority"]),
    st.sampled_from(["a", "b"]),
)


def edited(plan, edits):
    changed = copy.deepcopy(plan)
    found = list(microsteps(changed))
    for place, field, value in edits:
        if field == "status":
            value = {"a": "doing", "b": "blocked"}[value]
        found[place % len(found)].value[field] = value
    return changed


@given(ours=st.lists(EDIT, max_size=6), theirs=st.lists(EDIT, max_size=6))
def test_every_conflict_of_the_merge_is_a_meeting_and_both_ways_alike(plan, ours, theirs):
    left, right = edited(plan, ours), edited(plan, theirs)
    found = overlap(plan, left, right)
    contested = {meeting.id: sorted(meeting.fields) for meeting in found if meeting.fields}
    wanted = {}
    for conflict in merge(plan, left, right).conflicts:
        wanted.setdefault(conflict.id, []).append(conflict.field)
    assert contested == {name: sorted(fields) for name, fields in wanted.items()}
    back = overlap(plan, right, left)
    assert [each.id for each in back] == [each.id for each in found]
    touched = {e.id for e in microsteps(left) if e.value != index(plan)[e.id].value}
    assert {each.id for each in found} <= touched


def test_a_removal_meets_an_edit_below_it(plan):
    left, right = copy.deepcopy(plan), copy.deepcopy(plan)
    gone = left["milestones"][0]["steps"].pop()
    inside = gone["microsteps"][0]["id"]
    index(right)[inside].value["title"] = "still wanted"
    (meeting,) = overlap(plan, left, right)
    assert meeting.id == inside
    assert meeting.fields
    assert meeting.ours[0]["op"] == "remove"


def test_equal_additions_do_not_meet_and_unequal_ones_do(plan):
    new = {"id": "x9", "title": "New", "steps": []}
    left, right = copy.deepcopy(plan), copy.deepcopy(plan)
    left["milestones"].append(copy.deepcopy(new))
    right["milestones"].append(copy.deepcopy(new))
    assert overlap(plan, left, right) == []
    right["milestones"][-1]["title"] = "Newer"
    (meeting,) = overlap(plan, left, right)
    assert (meeting.id, meeting.fields) == ("x9", ["id"])


def test_both_touching_the_version_is_no_meeting(plan):
    left, right = copy.deepcopy(plan), copy.deepcopy(plan)
    left["version"], right["version"] = "8.8.8", "9.9.9"
    assert overlap(plan, left, right) == []
