"""Explanations as the API takes and answers them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from buildrunner.server.domains.ai.types.explanations import Audience, Explanation, Scope, Tour
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http.bodies import Body
from buildrunner.spec.narrative import markdown

LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$"
_SENTENCE: dict[str, Any] = {
    "text": "“Pay by card” is a stage of “Checkout”; it takes 9 tasks.",
    "cites": ["p1.m1"],
}
EXAMPLE: dict[str, Any] = {
    "scope": "milestone",
    "entity_id": "p1.m1",
    "title": "Pay by card",
    "audience": "business",
    "language": "en",
    "asked_language": "en",
    "sections": [
        {"key": "purpose", "title": "What it is for", "listed": False, "sentences": [_SENTENCE]}
    ],
    "citations": ["p1.m1"],
    "revision": 7,
    "written_by": "plan",
    "notice": "",
    "cost": None,
    "text": "# Pay by card\n",
}


class ExplainIn(Body):
    """What to explain, to whom. `project_id` may be left out by a key that is bound to one."""

    project_id: UUID | None = None
    scope: Scope = "project"
    entity_id: Annotated[str, Field(max_length=512, description='Empty for `scope: "project"`')] = (
        ""
    )
    audience: Audience = "general"
    language: Annotated[str, Field(pattern=LANGUAGE, description="A BCP 47 tag")] = "en"
    words: Annotated[
        Literal["plan", "model"],
        Field(
            description="Who words it: the plan itself, or a model in any language, which costs"
            " what its tokens cost"
        ),
    ] = "plan"

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scope": "milestone",
                    "entity_id": "p1.m1",
                    "audience": "business",
                    "language": "en",
                }
            ]
        }
    )


class SentenceOut(Schema):
    """One statement and the ids that it stands on; "" is the plan as a whole."""

    text: str
    cites: list[str]


class SectionOut(Schema):
    """`listed` sentences read as a list."""

    key: str
    title: str
    listed: bool
    sentences: list[SentenceOut]


class ExplanationOut(Schema):
    """A narrative; `text` is the same as Markdown. `language` is the one that it became."""

    scope: Scope
    entity_id: str
    title: str
    audience: Audience
    language: str
    asked_language: str
    sections: list[SectionOut]
    citations: list[str]
    revision: int
    written_by: str = Field(description="`plan`, or the model that worded it")
    notice: str = Field(description="Why no model did, where one was asked")
    cost: str | None = Field(description="USD; null where nothing was paid or no price is known")
    text: str

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    @classmethod
    def of(cls, explanation: Explanation) -> ExplanationOut:
        """From the room's own type."""
        cost = None if explanation.cost is None else metering.money(explanation.cost)
        told = markdown.render(explanation.narrative)
        return cls(**explanation.as_json(), cost=cost, text=told)


class StopOut(Schema):
    """A stop: what there is to know, a question, and the answer that the plan gives."""

    entity_id: str
    kind: Scope
    title: str
    sentences: list[SentenceOut]
    question: str
    answer: SentenceOut


class TourOut(Schema):
    """A guided tour through the plan."""

    revision: int
    title: str
    language: str
    stops: list[StopOut]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 7,
                    "title": "Checkout",
                    "language": "en",
                    "stops": [
                        {
                            "entity_id": "p1.m1",
                            "kind": "milestone",
                            "title": "Pay by card",
                            "sentences": [_SENTENCE],
                            "question": "How would you show somebody that it is finished?",
                            "answer": {"text": "The plan says: …", "cites": ["p1.m1"]},
                        }
                    ],
                }
            ]
        }
    )

    @classmethod
    def of(cls, tour: Tour) -> TourOut:
        """From the room's own type."""
        stops = [StopOut(**stop.as_dict()) for stop in tour.stops]
        return cls(revision=tour.revision, title=tour.title, language=tour.language, stops=stops)
