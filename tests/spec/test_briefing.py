"""Context packs: never above the budget, what is needed first, what is missing is counted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.briefing import LEAST_BUDGET, Section, brief, tokens
from buildrunner.spec.document import loads, microsteps

PLAN = loads((Path(__file__).parents[1] / "data/plans/buildrunner-phase8.json").read_bytes())
IDS = [entity.id for entity in microsteps(PLAN)]


@given(
    place=st.integers(0, len(IDS) - 1),
    budget=st.integers(LEAST_BUDGET, 3_000),
    lines=st.lists(st.text(max_size=400), max_size=30),
)
def test_a_pack_keeps_its_budget_and_counts_what_is_missing(place, budget, lines):
    pack = brief(PLAN, IDS[place], budget=budget, more=[Section("files", "## Files", lines)])
    assert pack.tokens == tokens(pack.text) <= budget
    wanted = sum(len(section.lines) for section in pack.sections)
    shown = pack.text.count("\n- ")
    assert shown + sum(pack.left_out.values()) == wanted
    assert (f"({wanted - shown} lines did not fit" in pack.text) == (wanted > shown)


def test_the_criteria_come_before_everything_that_can_be_done_without():
    plan = {
        "title": "P",
        "milestones": [
            {
                "id": "m",
                "title": "M",
                "steps": [
                    {
                        "id": "m.s",
                        "title": "S",
                        "microsteps": [
                            {
                                "id": "m.s.a",
                                "title": "A",
                                "status": "todo",
                                "criteria": ["first thing", "second thing"],
                                "description": "x " * 2_000,
                                "depends_on": ["m.s.b", "gone"],
                                "checks": [{"id": "c", "criterion": 1, "run": "make test"}],
                            },
                            {"id": "m.s.b", "title": "B", "status": "todo", "criteria": ["b"]},
                            {
                                "id": "m.s.c",
                                "title": "C",
                                "status": "todo",
                                "criteria": ["c"],
                                "depends_on": ["m.s.a"],
                            },
                        ],
                    }
                ],
            }
        ],
    }
    pack = brief(plan, "m.s.a", budget=LEAST_BUDGET)
    assert "- first thing\n- second thing" in pack.text
    assert pack.left_out["notes"] == 1
    whole = brief(plan, "m.s.a", budget=4_000).text
    assert "criterion 2: `make test`" in whole
    assert "- m.s.b (open): B" in whole
    assert "- gone (open): not in the plan" in whole
    assert "## Waits for this\n- m.s.c (todo): C" in whole


def test_only_a_microstep_has_a_pack():
    with pytest.raises(KeyError):
        brief(PLAN, "m1")
    with pytest.raises(KeyError):
        brief(PLAN, "nowhere")
