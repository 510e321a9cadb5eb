"""Plans told in prose: true, grounded, the same each time, in every language."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import buildrunner.spec.narrative
from buildrunner.spec.document import index, loads
from buildrunner.spec.narrative import markdown
from buildrunner.spec.narrative.language import LANGUAGES
from buildrunner.spec.narrative.story import AUDIENCES
from buildrunner.spec.narrative.tell import narrate
from buildrunner.spec.narrative.tour import MOST_STOPS, walkthrough
from spec.formats.plans_with_any_text import plans_with_any_text
from spec.test_graph import tangled

REAL = Path("tests/data/plans/buildrunner-phase8.json")
FOLDER = Path(buildrunner.spec.narrative.__file__).parent


def house():
    return {
        "title": "House",
        "milestones": [
            {
                "id": "m1",
                "title": "Shell",
                "description": "Four walls and a roof.",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "Walls",
                        "microsteps": [
                            {
                                "id": "a",
                                "title": "Lay stones",
                                "status": "done",
                                "criteria": ["Plumb"],
                            },
                            {
                                "id": "b",
                                "title": "Plaster",
                                "status": "todo",
                                "depends_on": ["c"],
                                "criteria": [],
                                "risk_level": "high",
                            },
                            {
                                "id": "c",
                                "title": "Dry out",
                                "status": "doing",
                                "owner": "ann",
                                "criteria": ["Below 3 % moisture"],
                                "effort_points": 5,
                            },
                        ],
                    }
                ],
            }
        ],
    }


def text_of(narrative, key):
    return [
        s.text for section in narrative.sections if section.key == key for s in section.sentences
    ]


def test_a_plan_is_told_as_it_stands():
    told = narrate(house(), audience="technical", proven=set())
    assert told.scope == "project"
    assert text_of(told, "purpose") == [
        "“House” is a plan of one milestone with 1 steps and 3 microsteps."
    ]
    assert text_of(told, "state") == [
        "1 of 3 microsteps are done (33 %).",
        "None of them is proven by evidence; they count as unproven.",
        "One is being worked on: “Dry out”.",
        "The open work is estimated at 5 effort points.",
    ]
    assert text_of(told, "waiting") == ["“Plaster” waits for “Dry out”."]
    assert text_of(told, "risks")[0] == "“Plaster” carries a high risk."
    assert "No way back is written down for it." in text_of(told, "risks")


def test_a_microstep_is_told_to_an_engineer():
    told = narrate(house(), "b", audience="technical")
    assert text_of(told, "criteria") == ["No acceptance criterion says when it is done."]
    assert text_of(told, "needs") == ["It needs “Dry out”, which is not done yet."]
    assert told.sections[0].sentences[0].cites == ("b",)
    doing = narrate(house(), "c")
    assert text_of(doing, "state")[0] == "ann is working on it."
    assert text_of(doing, "effect") == ["“Plaster” waits for it."]


def test_done_and_proven_are_told_apart():
    said = {
        state: text_of(narrate(house(), "a", proven=proven), "state")[0]
        for state, proven in (("unknown", None), ("proven", {"a"}), ("unproven", set()))
    }
    assert said == {
        "unknown": "It is done.",
        "proven": "It is done, and evidence proves it.",
        "unproven": "It is marked as done, but nothing proves it.",
    }


def test_the_business_hears_of_tasks():
    told = markdown.render(narrate(house(), audience="business"))
    assert "1 of 3 tasks are done" in told
    assert "microstep" not in told
    assert narrate(house(), language="de").language == "de"
    other = narrate(house(), language="ja")
    assert (other.language, other.asked) == ("en", "ja")


def test_refusals():
    with pytest.raises(KeyError):
        narrate(house(), "nowhere")
    with pytest.raises(ValueError):
        narrate(house(), audience="king")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_what_the_others_say(language):
    read = {
        name: tomllib.loads((FOLDER / f"words.{name}.toml").read_text("utf-8"))
        for name in ("en", language)
    }

    def bare(words):
        return {re.sub(r"(\.plain|\.one)+$", "", key) for key in words}

    assert bare(read["en"]) == bare(read[language])
    for key, text in read[language].items():
        known = {"n", "title", "steps", "rows", "above", "text", "done", "share", "proven", "names",
                 "owner", "why", "need", "state", "level"}  # fmt: skip
        assert set(re.findall(r"{(\w*)}", text)) <= known, key


@given(plans_with_any_text() | tangled(), st.sampled_from(AUDIENCES), st.sampled_from(LANGUAGES))
def test_any_plan_is_told_and_every_sentence_names_its_source(plan, audience, language):
    known = {"", *index(plan)}
    for identifier in known:
        told = narrate(plan, identifier, audience=audience, language=language, proven=set())
        assert told.sections
        for section in told.sections:
            for sentence in section.sentences:
                assert sentence.cites
                assert set(sentence.cites) <= known
                assert "\n" not in sentence.text
        assert (
            told.as_dict()
            == narrate(
                plan, identifier, audience=audience, language=language, proven=set()
            ).as_dict()
        )
    stops = walkthrough(plan, language=language)
    assert 1 <= len(stops) <= MOST_STOPS
    assert all(stop.question and stop.answer.text for stop in stops)


@given(plans_with_any_text())
def test_what_a_plan_says_is_never_markup(plan):
    for text in (
        markdown.render(narrate(plan, audience="technical")),
        markdown.render_tour("Tour", walkthrough(plan), "en"),
    ):
        tokens = [
            (token.type, child.type)
            for token in MarkdownIt().enable("table").parse(text)
            for child in (token.children or [token])
        ]
        forbidden = {"html_inline", "html_block", "link_open", "image", "em_open", "fence", "code_block", "table_open"}  # fmt: skip
        assert not forbidden & {kind for pair in tokens for kind in pair}


def test_a_real_plan_reads_well():
    plan = loads(REAL.read_bytes())
    told = markdown.render(narrate(plan, audience="business"))
    assert "is a project in 7 stages with 66 tasks" in told
    tour = walkthrough(plan)
    assert [stop.kind for stop in tour[:3]] == ["project", "milestone", "microstep"]
