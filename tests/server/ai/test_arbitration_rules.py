"""When a judge is believed, and whom a comparison takes for how much."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.ai.rules import arbitration as rules
from buildrunner.server.domains.ai.types.arbitrations import Side, Verdict
from buildrunner.server.domains.ai.types.routing import Candidate

NAMES = [one.name for one in rules.RUBRIC]
OTHER: dict[Side, Side] = {"A": "B", "B": "A", "tie": "tie"}
MARKS = st.fixed_dictionaries({name: st.integers(0, 100) for name in NAMES})
SAID = st.fixed_dictionaries(
    {
        "scores": st.fixed_dictionaries({"A": MARKS, "B": MARKS}),
        "winner": st.sampled_from(["A", "B", "tie"]),
        "confidence": st.integers(0, 100),
        "rationale": st.text(max_size=20),
    }
)
VERDICTS = st.none() | st.builds(
    Verdict,
    winner=st.sampled_from(["A", "B", "tie"]),
    confidence=st.integers(0, 100),
    rationale=st.just(""),
    scores=st.fixed_dictionaries({"A": MARKS, "B": MARKS}),
)


def turned(one: Verdict | None) -> Verdict | None:
    """The same verdict with the labels given out the other way round."""
    if one is None:
        return None
    marks = {"A": one.scores["B"], "B": one.scores["A"]}
    return Verdict(OTHER[one.winner], one.confidence, one.rationale, marks)  # type: ignore[arg-type]


@given(VERDICTS, VERDICTS)
def test_neither_labels_nor_the_order_of_passes_matter(
    one: Verdict | None, other: Verdict | None
) -> None:
    ruling = rules.decide(one, other)
    assert rules.decide(other, one) == ruling
    mirrored = rules.decide(turned(one), turned(other))
    assert mirrored.winner == (None if ruling.winner is None else OTHER[ruling.winner])
    if ruling.winner is not None:
        assert one is not None
        assert other is not None
        assert one.winner == other.winner == ruling.winner
        assert (one.confidence + other.confidence) / 2 >= rules.CONFIDENCE
    else:
        assert ruling.why


@given(SAID)
def test_a_swapped_pass_is_read_in_terms_of_the_record(said: dict[str, object]) -> None:
    answer = json.dumps(said)
    plain, why = rules.read_verdict(answer, rules.RUBRIC, swapped=False)
    swapped, same = rules.read_verdict(answer, rules.RUBRIC, swapped=True)
    assert (turned(plain), why) == (swapped, same)
    if plain is not None and plain.winner == "A":
        assert sum(plain.scores["A"].values()) >= sum(plain.scores["B"].values())


@given(st.text(max_size=300))
def test_whatever_a_judge_says_is_read(text: str) -> None:
    found, why = rules.read_verdict(text, rules.RUBRIC, swapped=False)
    assert (found is None) == bool(why)


@given(VERDICTS)
def test_a_judge_that_takes_whichever_is_first_decides_nothing(one: Verdict | None) -> None:
    if one is not None and one.winner != "tie":
        assert rules.decide(one, turned(one)).winner is None


PRICES = st.one_of(st.none(), st.decimals(0, 5, places=3))


@given(
    st.lists(PRICES, min_size=2, max_size=5),
    st.lists(PRICES, min_size=1, max_size=3),
    st.decimals(1, 10, places=2),
)
def test_what_is_taken_stays_within_the_multiple(
    answers: list[Decimal | None], passes: list[Decimal | None], most: Decimal
) -> None:
    costs = {f"m{number}": cost for number, cost in enumerate(answers)}
    judging = {f"j{number}": cost for number, cost in enumerate(passes)}
    first, *seconds = costs
    found, closest = rules.cast(
        first, seconds, list(judging), costs.__getitem__, judging.__getitem__, most
    )
    if found is None:
        assert closest is None or closest.multiplier > most
        return
    single, second, judge = costs[first], costs[found.second], judging[found.judge]
    assert single is not None
    assert second is not None
    assert judge is not None
    assert single + second + 2 * judge == found.total
    assert single + second <= most * single + Decimal("0.001")


def test_another_provider_runs_beside_the_first_and_candidates_do_not_judge() -> None:
    found = [Candidate(name, maker, Decimal(1)) for name, maker in
             (("a", "x"), ("b", "x"), ("c", "y"))]  # fmt: skip
    assert rules.seconds_for(found) == ["c", "b"]
    assert rules.judges_for(["a", "d", "c"], "a", "c") == ["d"]
    assert rules.judges_for(["a", "c"], "a", "c") == ["a", "c"]


def test_the_least_quality_of_a_project_holds_for_the_winner() -> None:
    marks = dict.fromkeys(NAMES, 40)
    weak = Verdict("A", 95, "", {"A": marks, "B": dict.fromkeys(NAMES, 10)})
    assert rules.decide(weak, weak, least=Decimal(4)).winner == "A"
    assert rules.decide(weak, weak, least=Decimal("4.5")).winner is None
