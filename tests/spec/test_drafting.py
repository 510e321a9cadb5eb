"""Prompt → plan without a model: what comes out, always clean, always the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.diff import apply
from buildrunner.spec.drafting import (
    Request,
    addition,
    chosen,
    draft,
    empty_plan,
    exactly,
    raised,
)
from buildrunner.spec.errors import SpecError
from buildrunner.spec.layout import dumps
from buildrunner.spec.lint import lint
from kits.growth import growth

CORPUS = Path(__file__).parents[1] / "data" / "drafting"
TEXTS = sorted(path.name for path in CORPUS.glob("*.md"))
NOW = "2026-01-02T03:04:05Z"


def drafted(text: str, existing: dict[str, Any] | None = None, **named: Any) -> dict[str, Any]:
    return draft(Request("prompt", text, existing=existing, **named)).as_dict()


def attempted(text: str) -> dict[str, Any] | SpecError:
    """The draft, or the refusal."""
    try:
        return drafted(text)
    except SpecError as error:
        return error


def taken(text: str, plan: dict[str, Any] | None = None) -> dict[str, Any]:
    """The plan after everything that is proposed was accepted."""
    plan = plan or empty_plan("Plan", "p")
    items = drafted(text, plan)["items"]
    return apply(plan, addition(plan, items, now=NOW).operations)


def titles(found: dict[str, Any], kind: str = "microstep") -> list[str]:
    return [item["title"] for item in found["items"] if item["kind"] == kind]


def item(found: dict[str, Any], title: str) -> dict[str, Any]:
    return next(each for each in found["items"] if each["title"] == title)


@pytest.mark.parametrize("name", TEXTS)
def test_golden(name: str) -> None:
    text = (CORPUS / name).read_text("utf-8")
    found = draft(Request("prd" if "#" in text else "prompt", text, name=name)).as_dict()
    made = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    golden = CORPUS / f"{name.removesuffix('.md')}.json"
    if os.environ.get("BR_UPDATE_SNAPSHOTS"):
        golden.write_text(made, "utf-8")
    assert made == golden.read_text("utf-8")
    plan = taken(text)
    assert [finding.as_dict() for finding in lint(dumps(plan).encode())] == []
    assert drafted(text, plan)["items"] == []


def test_a_prompt_becomes_steps_with_measurable_criteria() -> None:
    found = drafted((CORPUS / "shop-prompt.md").read_text("utf-8"))
    assert found["title"] == "Web shop"
    assert {"Payments", "Email and notifications", "Import and export"} <= {*titles(found, "step")}
    webhook = item(found, "Handle the provider's webhooks once")
    assert webhook["fields"]["risk_level"] == "high"
    assert webhook["fields"]["rollback_plan"]
    assert webhook["source"] == {
        "name": "prompt",
        "line": 1,
        "text": webhook["source"]["text"],
    }


def test_vague_words_are_asked_and_assumed_with_a_measure() -> None:
    found = drafted("The search must be fast.\nIt should be user friendly.")
    assert [each["id"] for each in found["questions"]] == ["fast", "easy"]
    assert {each.get("question") for each in found["assumptions"]} >= {"fast", "easy"}
    assert "300 ms" in found["questions"][0]["default"]
    criteria = [text for each in found["items"] for text in each["fields"].get("criteria", ())]
    assert any("assumed for “fast”" in text for text in criteria)


def test_an_answer_takes_the_place_of_the_assumption() -> None:
    found = drafted("The report must be fast.", answers={"fast": "Under 2 s for 500 rows"})
    assert all(each.get("question") != "fast" for each in found["assumptions"])
    assert found["questions"][0]["answer"] == "Under 2 s for 500 rows"
    criteria = [text for each in found["items"] for text in each["fields"].get("criteria", ())]
    assert "Under 2 s for 500 rows" in criteria
    assert not any("assumed for “fast”" in text for text in criteria)


def test_a_measured_wish_raises_no_question() -> None:
    found = drafted("Search must be fast: 95 % of answers in under 200 ms.")
    assert found["questions"] == []


def test_what_is_out_of_scope_is_left_out_and_contradictions_are_asked() -> None:
    found = drafted((CORPUS / "clinic-prd.md").read_text("utf-8"))
    assert "Payments" in [each["text"] for each in found["left_out"]]
    assert "scope-payment" in [each["id"] for each in found["questions"]]


def test_a_prd_keeps_its_order_lines_and_criteria() -> None:
    found = drafted((CORPUS / "clinic-prd.md").read_text("utf-8"))
    booked = item(found, "Book an appointment online")
    assert booked["source"]["line"] == 17
    assert "Only free slots are offered" in booked["fields"]["criteria"]
    assert item(found, "Export appointments as CSV")["fields"]["priority"] == "P1"
    proof = item(found, "Prove: Booking")
    assert proof["fields"]["criteria"][0].startswith("Given a free slot")
    assert "not a bullet" not in json.dumps(found)


def test_phases_become_milestones_and_scenarios_one_criterion() -> None:
    found = drafted((CORPUS / "billing-phases.md").read_text("utf-8"))
    assert titles(found, "milestone")[1:3] == ["Phase 1: Read only", "Phase 2: Money moves"]
    every = [text for each in found["items"] for text in each["fields"].get("criteria", ())]
    scene = next(text for text in every if "declined card" in text and "Then" in text)
    assert "Given a customer" in scene
    assert "And the customer gets an email" in scene
    assert item(found, "Charge subscriptions monthly")["fields"]["priority"] == "P1"
    ticked = item(found, "Import the price list")
    assert ticked["fields"]["status"] == "todo"
    assert any("stays todo until it is proven" in each["text"] for each in found["assumptions"])


def test_hostile_text_stays_text() -> None:
    found = drafted((CORPUS / "hostile.md").read_text("utf-8"))
    told = json.dumps(found, ensure_ascii=False)
    assert "ghp_" not in told
    assert "<script" not in told
    assert "\u202e" not in told
    assert "\u200b" not in told
    assert {each["fields"].get("status") for each in found["items"]} <= {"todo", None}
    assert any(each["text"] == "a secret" for each in found["left_out"])


def test_additions_to_a_plan_repeat_nothing() -> None:
    plan = {
        **empty_plan("Shop", "p"),
        "version": "1.4.2",
        "milestones": [
            {
                "id": "p1",
                "title": "Shop",
                "steps": [
                    {
                        "id": "p1.s1",
                        "title": "Sell",
                        "microsteps": [
                            {
                                "id": "p1.s1.ms1",
                                "title": "Take a payment at the checkout",
                                "status": "done",
                                "criteria": ["x"],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    found = drafted("Customers can pay with Stripe at checkout.", plan)
    assert "Take a payment at checkout" not in titles(found)
    assert found["known"] == [{"id": "p1.s1.ms1", "title": "Take a payment at checkout"}]
    added = addition(plan, chosen(found["items"], None), now=NOW)
    after = apply(plan, added.operations)
    assert after["version"] == "1.5.0"
    assert after["updatedAt"] == NOW
    assert after["milestones"][0] == plan["milestones"][0]
    assert after["milestones"][1]["id"] == "p2"


def test_renamed_and_moved_items_are_known_again() -> None:
    text = "- Create and edit notes\n- Export notes as PDF"
    plan = taken(text)
    renamed = json.loads(json.dumps(plan))
    for milestone in renamed["milestones"]:
        for step in milestone["steps"]:
            for microstep in step["microsteps"]:
                microstep["title"] = "Named otherwise " + microstep["id"]
    assert [each for each in drafted(text, renamed)["items"] if each["kind"] == "microstep"] == []


def test_some_items_are_accepted_with_their_parents() -> None:
    found = drafted("Customers can pay with Stripe. Send reminders by email.")
    one = item(found, "Refund a payment")
    picked = exactly(found["items"], [one["id"]])
    assert [each["kind"] for each in picked] == ["milestone", "step", "microstep"]
    plan = empty_plan("Plan", "p")
    after = apply(plan, addition(plan, picked, now=NOW).operations)
    (milestone,) = after["milestones"]
    (step,) = milestone["steps"]
    assert step["microsteps"][0]["title"] == "Refund a payment"
    assert "depends_on" not in step["microsteps"][0]
    assert lint(dumps(after).encode()) == []
    with pytest.raises(SpecError, match="no item 'zz'"):
        chosen(found["items"], ["zz"])


def test_accepted_twice_adds_once_and_taken_ids_are_replaced() -> None:
    found = drafted("- Create notes\n- Print labels")
    plan = empty_plan("Plan", "p")
    first = addition(plan, found["items"], now=NOW)
    after = apply(plan, first.operations)
    assert addition(after, found["items"], now=NOW).operations == []
    other = taken("Customers can pay with Stripe.")
    moved = addition(other, found["items"], now=NOW)
    assert lint(dumps(apply(other, moved.operations)).encode()) == []


def test_a_parent_that_is_gone_is_refused() -> None:
    plan = taken("Customers can pay with Stripe.")
    found = drafted("Customers can pay with Stripe.\nCustomers can sign in.", plan)
    new = [each for each in found["items"] if each["parent"] in ("m1", "m2")]
    assert new
    with pytest.raises(SpecError, match="no longer in the plan"):
        addition(empty_plan("Plan", "p"), new, now=NOW)


def test_versions() -> None:
    assert raised("1.4.2") == "1.5.0"
    assert raised("0.1.0-rc.1") == "0.2.0"
    assert raised("one") is None


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_nothing_to_draft_from(text: str) -> None:
    found = attempted(text)
    if isinstance(found, SpecError):
        assert found.code == "draft_empty"
        assert found.hint
    else:
        assert found["items"] == []


def test_too_large_is_refused() -> None:
    with pytest.raises(SpecError, match="more than 1,048,576 bytes"):
        drafted("a" * (1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("- add a thing to the list\n", 20_000),
        ("[", 200_000),
        ("> ", 100_000),
        ("*a_", 100_000),
        ("<a", 200_000),
        ("# must do a\n", 20_000),
        ("add a, ", 100_000),
        ("must do this and that\n", 30_000),
        ("|a", 50_000),
        ("“must add 1 ms ”", 30_000),
    ],
)
def test_large_and_odd_input_takes_linear_time(text: str, times: int) -> None:
    assert growth(lambda count: drafted(text * count), times) < 4


_LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [
                "# Title",
                "## Requirements",
                "### Sign in",
                "## Non-goals",
                "Acceptance criteria:",
                "- Users can reset their password",
                "  - within 5 minutes",
                "1. Export invoices as CSV",
                "It must be fast and secure.",
                "As a user, I want to search so that I find things",
                "| Requirement | Priority |",
                "|---|---|",
                "| Pay | High |",
                "```",
                "- [x] Deploy with Docker",
                "Given a user, when they pay, then it is paid",
                "",
            ]
        ),
    ),
    max_size=25,
)


@given(_LINES)
def test_always_clean_deterministic_and_idempotent(lines: list[str]) -> None:
    text = "\n".join(lines)
    first = attempted(text)
    if isinstance(first, SpecError):
        assert first.code == "draft_empty"
        return
    assert json.dumps(first) == json.dumps(drafted(text))
    plan = taken(text)
    assert [finding.as_dict() for finding in lint(dumps(plan).encode())] == []
    assert drafted(text, plan)["items"] == []
