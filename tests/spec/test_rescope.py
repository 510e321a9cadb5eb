"""Rescoping: what acts and instructions make of a plan, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.spec.diff import apply
from buildrunner.spec.document import index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.rescope import propose
from buildrunner.spec.rescope_words import Unclear, understand

Plan = dict[str, Any]


def micro(name: str, title: str, **fields: Any) -> Plan:
    base = {"id": name, "title": title, "status": "todo", "criteria": [f"{title} holds"]}
    return base | fields


def shop() -> Plan:
    """Three milestones; billing waits for the cart, the report for billing."""
    return {
        "projectId": "shop",
        "title": "Shop",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "Store",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "Cart",
                        "microsteps": [
                            micro("m1.s1.ms1", "Cart table", status="done"),
                            micro("m1.s1.ms2", "Cart page", depends_on=["m1.s1.ms1"]),
                            micro("m1.s1.ms3", "Wish list", priority="P3", effort_points=8),
                        ],
                    },
                ],
            },
            {
                "id": "m2",
                "title": "Billing",
                "steps": [
                    {
                        "id": "m2.s1",
                        "title": "Invoices",
                        "microsteps": [
                            micro("m2.s1.ms1", "Invoice model", depends_on=["m1.s1.ms2"]),
                            micro("m2.s1.ms2", "Invoice page", depends_on=["m2.s1.ms1"]),
                        ],
                    },
                ],
            },
            {
                "id": "m3",
                "title": "Reports",
                "steps": [
                    {
                        "id": "m3.s1",
                        "title": "Sales",
                        "microsteps": [
                            micro("m3.s1.ms1", "Sales report", depends_on=["m2.s1.ms2"]),
                            micro("m3.s1.ms2", "Visitors report"),
                        ],
                    },
                ],
            },
        ],
    }


def order(plan: Plan) -> list[str]:
    return [e.id for e in index(plan).values() if e.kind == "microstep"]


def test_a_milestone_goes_last_with_what_waits_for_it() -> None:
    made = propose(shop(), instruction="defer billing")
    milestones = [milestone["id"] for milestone in made.after["milestones"]]
    assert milestones[:2] == ["m1", "m3"]
    assert milestones[2] == "m2"
    assert made.after["milestones"][3]["title"] == "Later"
    assert "m3.s1.ms1 goes along: it waits for m2.s1.ms2" in made.reasons
    assert order(made.after)[-1] == "m3.s1.ms1"
    assert made.ready


def test_a_microstep_goes_into_the_next_milestone() -> None:
    made = propose(shop(), instruction="postpone wish list")
    home = index(made.after)["m1.s1.ms3"].above
    assert home is not None
    assert home.value["title"] == "Cart"
    assert home.above is not None
    assert home.above.id == "m2"


def test_what_waits_goes_along_where_it_would_stand_before() -> None:
    made = propose(shop(), instruction="defer cart page to m3")
    later = {e.id for e in index(made.after).values() if e.above is not None and e.kind == "microstep" and e.above.above.id == "m3"}  # fmt: skip
    assert {"m1.s1.ms2", "m2.s1.ms1", "m2.s1.ms2"} <= later
    assert "m2" not in index(made.after)


def test_dropping_bridges_the_dependencies() -> None:
    made = propose(shop(), instruction="drop invoice model")
    assert index(made.after)["m2.s1.ms2"].value["depends_on"] == ["m1.s1.ms2"]
    assert made.impact["criteria_removed"] == 1
    assert "m2.s1.ms2 waited for something dropped: it waits for m1.s1.ms2 now" in made.reasons


def test_nice_to_haves_are_those_of_low_priority() -> None:
    made = propose(shop(), instruction="drop everything nice-to-have")
    assert "m1.s1.ms3" not in index(made.after)
    assert made.impact["effort"] == {"before": 13, "after": 5}


def test_a_split_deals_criteria_by_words_and_drafts_what_is_missing() -> None:
    made = propose(shop(), instruction="split m2.s1.ms2 into Invoice API and Invoice screen")
    after = index(made.after)
    assert after["m2.s1.ms2"].value["title"] == "Invoice API"
    assert after["m2.s1.ms3"].value["criteria"] == [
        "“Invoice screen” is shown to work by a check that fails without it"
    ]
    assert after["m3.s1.ms1"].value["depends_on"] == ["m2.s1.ms2", "m2.s1.ms3"]
    short = propose(shop(), instruction="split m2.s1.ms2 into API and UI")
    assert index(short.after)["m2.s1.ms2"].value["title"] == "Invoice page: API"


def test_a_cut_keeps_the_critical_path_within_the_budget() -> None:
    plan = shop()
    plan["milestones"][2]["steps"][0]["microsteps"][1]["effort_points"] = 5
    plan["milestones"][0]["steps"][0]["microsteps"][2]["effort_points"] = 2
    with pytest.raises(SpecError) as refused:
        propose(plan, instruction="cut to 3 points")
    assert refused.value.code == "budget_too_small"
    made = propose(plan, instruction="cut to 6 points by dropping")
    assert made.impact["effort"]["after"] <= 6
    assert (
        made.impact["critical_path"]["before"]["ids"]
        == made.impact["critical_path"]["after"]["ids"]
    )


def test_unblocking_brings_the_blocker_forward() -> None:
    plan = shop()
    plan["milestones"][0]["steps"][0]["microsteps"][1] |= {
        "depends_on": ["m3.s1.ms2"],
        "priority": "P1",
    }
    made = propose(plan, instruction="unblock cart page")
    assert order(made.after).index("m3.s1.ms2") < order(made.after).index("m1.s1.ms2")
    assert index(made.after)["m3.s1.ms2"].value["priority"] == "P1"


def test_a_deadline_and_a_priority() -> None:
    made = propose(
        shop(),
        instruction="move the deadline of billing to 2027-02-01; set priority of reports to high",
    )
    after = index(made.after)
    assert after["m2"].value["due"] == "2027-02-01"
    assert after["m3.s1.ms2"].value["priority"] == "P1"


def test_duplicates_are_merged_and_missing_criteria_drafted() -> None:
    plan = shop()
    microsteps = plan["milestones"][1]["steps"][0]["microsteps"]
    microsteps.append(micro("m2.s1.ms3", "Page: invoice", criteria=[]))
    made = propose(plan, instruction="merge duplicates then add missing criteria")
    assert "m2.s1.ms3" not in index(made.after)
    alone = propose(plan, instruction="add missing criteria")
    assert len(index(alone.after)["m2.s1.ms3"].value["criteria"]) == 1


@pytest.mark.parametrize(
    "instruction",
    [
        "defer page",
        "drop page",
        "make it better",
        "drop everything but billing",
        "split cart into one",
    ],
)
def test_what_is_unclear_is_asked(instruction: str) -> None:
    with pytest.raises(Unclear):
        understand(shop(), instruction)


def test_every_choice_of_a_question_means_one_thing() -> None:
    with pytest.raises(Unclear) as question:
        understand(shop(), "drop page")
    choices = [choice["instruction"] for choice in question.value.choices]
    assert len(choices) >= 2
    for choice in choices:
        assert len(understand(shop(), choice)) == 1


@pytest.mark.parametrize(
    "instruction", ["drop cart table", "split m1.s1.ms1 into A and B", "defer m1.s1.ms1"]
)
def test_what_is_done_stays(instruction: str) -> None:
    with pytest.raises(SpecError) as refused:
        propose(shop(), instruction=instruction)
    assert refused.value.code == "done_stays"


def test_evidence_that_no_longer_counts_is_told() -> None:
    made = propose(shop(), instruction="drop invoice model", proven=["m1.s1.ms2", "m2.s1.ms1"])
    assert made.impact["evidence"] == ["m2.s1.ms1"]


def test_the_operations_lead_to_what_is_shown() -> None:
    plan = shop()
    made = propose(plan, [{"act": "cut", "budget": 10}])
    assert apply(plan, made.operations) == made.after
    assert not Graph(made.after).knots()
