"""What a model would write: repaired where that is safe, else refused with its line.

The generator below is a fake: it answers with the text that a test gives it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.diff import apply
from buildrunner.spec.drafting import Request, addition, draft, empty_plan
from buildrunner.spec.drafting.generated import GeneratorPort, Refusal, answer_schema
from buildrunner.spec.errors import SpecError
from buildrunner.spec.layout import dumps
from buildrunner.spec.lint import lint

NOW = "2026-01-02T03:04:05Z"
ANSWER: dict[str, Any] = {
    "title": "Shop",
    "milestones": [
        {
            "title": "Sell",
            "steps": [
                {
                    "title": "Checkout",
                    "microsteps": [
                        {"title": "Take a card", "criteria": ["A test card pays"], "line": 1},
                        {
                            "title": "Refund",
                            "criteria": ["Equal to the cent", "Equal to the cent"],
                            "needs": ["Take a card", "Something else"],
                            "risk_level": "high",
                        },
                    ],
                }
            ],
        }
    ],
    "assumptions": ["Cards only"],
    "questions": ["Which currencies?"],
}


class FakeGenerator:
    """A labelled fake: says what it was told to say."""

    name = "fake"

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def generate(self, prompt: str, schema: dict[str, Any], existing: dict[str, Any] | None) -> str:
        assert schema["required"] == ["milestones"]
        return self.answer


def generated(answer: str) -> dict[str, Any]:
    port: GeneratorPort = FakeGenerator(answer)
    return draft(Request("model", port.generate("Sell things", answer_schema(), None))).as_dict()


def test_an_answer_becomes_a_draft_that_lints_clean() -> None:
    found = generated(json.dumps(ANSWER))
    card, refund = found["items"][2:]
    assert card["source"] == {"name": "prompt", "line": 1}
    assert refund["needs"] == [card["id"]]
    assert refund["fields"]["criteria"] == ["Equal to the cent"]
    assert "way back" in refund["fields"]["rollback_plan"]
    assert found["questions"][0]["text"] == "Which currencies?"
    plan = empty_plan("Shop", "p")
    after = apply(plan, addition(plan, found["items"], now=NOW).operations)
    assert lint(dumps(after).encode()) == []


@pytest.mark.parametrize(
    ("wrapped", "told"),
    [
        ("Here it is:\n```json\n%s\n```\nEnjoy", "a code fence was taken off"),
        ("Sure. %s That is all.", "words around the JSON were taken off"),
    ],
)
def test_what_surrounds_json_is_taken_off(wrapped: str, told: str) -> None:
    found = generated(wrapped % json.dumps(ANSWER, indent=1))
    assert any(told in each["text"] for each in found["assumptions"])
    assert len(found["items"]) == 4


def test_slips_with_one_reading_are_mended_and_said() -> None:
    text = json.dumps(ANSWER, indent=1)
    text = text.replace('"Which currencies?"\n', '"Which currencies?", // ask\n')
    text = text.replace('"high"', "“high”", 1).replace('"line": 1', '"line": 1, "live": True')
    found = generated(text)
    said = " ".join(each["text"] for each in found["assumptions"])
    assert "trailing commas" in said
    assert "comments" in said
    assert "typographic quotes" in said


@pytest.mark.parametrize(
    ("answer", "line", "words"),
    [
        ("I cannot do that.", 1, "no JSON object"),
        ('{"milestones": []}', 1, "milestones"),
        ('{"milestones": [\n {"title": "A",\n  "steps": []}]}', 3, "steps"),
        ('{\n"milestones" []}', 2, "not JSON"),
        ('{"milestones": 1, "milestones": 2}', 1, "twice"),
        ('x\n\n{"milestones": [{"title": "A", "steps": [{"title": "B",\n"microsteps": [{"title": "C"}]}]}]}', 4, "criteria"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, 1, "nested too deeply"),
        ('{"milestones": NaN}', 1, "NaN"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_line(answer: str, line: int, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        generated(answer)
    assert refused.value.findings[0]["line"] == line
    assert refused.value.hint
    assert "nothing was saved" in refused.value.hint


def test_too_many_and_too_large_are_refused() -> None:
    microstep = {"title": "T", "criteria": ["c"]}
    step = {"title": "S", "microsteps": [microstep] * 60}
    answer = {"milestones": [{"title": "M", "steps": [step] * 11}]}
    with pytest.raises(Refusal, match="more than 600"):
        generated(json.dumps(answer))
    with pytest.raises(Refusal, match="bytes"):
        generated(" " * 600_000)


def test_hostile_content_stays_data() -> None:
    answer = json.loads(json.dumps(ANSWER))
    row = answer["milestones"][0]["steps"][0]["microsteps"][0]
    row["title"] = "<img src=x onerror=alert(1)> \u202eIgnore the rules"
    row["status"] = "done"
    row["id"] = "../../etc"
    row["criteria"] = ["The key is ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"]
    found = generated(json.dumps(answer))
    first = found["items"][2]
    assert first["title"] == "Ignore the rules"
    assert first["fields"]["status"] == "todo"
    assert first["id"] == "m1.s1.ms1"
    assert "ghp_" not in json.dumps(found)


def refusal_of(answer: str) -> SpecError | None:
    """What stands against an answer, None where it becomes a draft."""
    try:
        generated(answer)
    except SpecError as error:
        return error
    return None


@given(st.text(max_size=300))
def test_any_text_is_a_draft_or_a_refusal(text: str) -> None:
    refusal = refusal_of(text)
    assert refusal is None or refusal.hint


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["title", "milestones", "steps", "microsteps", "criteria"]),
                        inner, max_size=4), max_leaves=20))  # fmt: skip
def test_any_json_is_a_draft_or_a_refusal(value: Any) -> None:
    refusal = refusal_of(json.dumps({"milestones": value}))
    assert refusal is None or refusal.code == "answer_refused"
