"""A guided tour: the plan explained stop by stop, in the order in which its work builds up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from buildrunner.spec.document import Entity, index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.narrative.facts import Facts, below, find, line, lines, status_of
from buildrunner.spec.narrative.language import Voice
from buildrunner.spec.narrative.story import Sentence
from buildrunner.spec.narrative.tell import narrate

Plan = dict[str, Any]
#: A tour of more stops is walked by nobody to its end.
MOST_STOPS = 24


class Stop:
    """One place of the tour: what it is, and a question with the answer that the plan gives."""

    __slots__ = ("answer", "entity_id", "kind", "question", "sentences", "title")

    def __init__(
        self, entity: Entity, title: str, sentences: list[Sentence], question: str, answer: Sentence
    ) -> None:
        self.entity_id = entity.id
        self.kind = "project" if entity.kind == "root" else entity.kind
        self.title = title
        self.sentences = sentences
        self.question = question
        self.answer = answer

    def as_dict(self) -> dict[str, Any]:
        """As it is answered."""
        return {
            "entity_id": self.entity_id,
            "kind": self.kind,
            "title": self.title,
            "sentences": [each.as_dict() for each in self.sentences],
            "question": self.question,
            "answer": self.answer.as_dict(),
        }


def walkthrough(
    plan: Plan,
    *,
    audience: str = "technical",
    language: str = "en",
    proven: Collection[str] | None = None,
) -> list[Stop]:
    """The whole plan first, then each milestone followed by the microstep that matters most in it.

    Arguments as of `tell.narrate`. At most `MOST_STOPS`.
    """
    voice = Voice(language, plain=audience != "technical")
    graph = Graph(plan)
    root = find(plan, "")
    stops = []
    for entity in [root, *_way(root, graph)][:MOST_STOPS]:
        told = narrate(plan, entity.id, audience=audience, language=language, proven=proven)
        said = [each for section in told.sections for each in section.sentences][:6]
        question, answer = _asked(voice, Facts(plan, entity, graph, proven))
        stops.append(Stop(entity, told.title, said, question, answer))
    return stops


def _way(root: Entity, graph: Graph) -> list[Entity]:
    """Milestones in the order of their work, each with its weightiest open microstep."""
    try:
        order = {row.id: place for place, row in enumerate(graph.topological())}
    except SpecError:
        order = {}
    milestones = [child for child in root.children() if child.id and below(child)]
    milestones.sort(key=lambda each: min(order.get(row.id, each.index) for row in below(each)))
    way = []
    for milestone in milestones:
        way.append(milestone)
        rows = [row for row in below(milestone) if row.id]
        if rows:
            way.append(
                max(
                    rows, key=lambda row: (status_of(row) != "done", len(graph.affected_by(row.id)))
                )
            )
    return way


def _asked(voice: Voice, facts: Facts) -> tuple[str, Sentence]:
    entity = facts.entity
    title = line(entity.value.get("title")) or entity.id or voice.say("untitled")
    criteria = [text for row in facts.rows for text in lines(row.value.get("criteria"))][:3]
    needs = [need for row, chain in facts.waiting()[:3] for need in (chain[-1],)]
    if needs and entity.kind != "root":
        entities = index(facts.plan)
        named = [
            line(entities[need].value.get("title")) if need in entities else need
            for need in dict.fromkeys(needs)
        ]
        text = voice.several([f"“{name}”" for name in named])
        return (
            voice.say("tour.ask.waits", title=title),
            Sentence(voice.say("tour.answer", text=text), (entity.id, *dict.fromkeys(needs))),
        )
    text = " · ".join(criteria) or voice.say("criteria.none")
    cites = tuple(row.id for row in facts.rows if row.value.get("criteria"))[:3] or (entity.id,)
    return (
        voice.say("tour.ask.criteria", title=title),
        Sentence(voice.say("tour.answer", text=text), cites),
    )
