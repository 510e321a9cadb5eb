"""The plan in prose."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest.explain_schemas import (
    EXAMPLE,
    LANGUAGE,
    ExplainIn,
    ExplanationOut,
    TourOut,
)
from buildrunner.server.domains.ai.types.explanations import Audience
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page

router = Router(tags=["models"])
AudienceQuery = Annotated[Audience, Query(description="Whom it is for")]
LanguageQuery = Annotated[str, Query(pattern=LANGUAGE, description="A BCP 47 tag")]
_FORMS: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The overview",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["items"],
                        "properties": {
                            "items": {
                                "type": "array",
                                "items": {"$ref": "#/components/schemas/ExplanationOut"},
                            },
                            "next_cursor": {"type": ["string", "null"]},
                        },
                    },
                    "example": {"items": [EXAMPLE], "next_cursor": None},
                },
                "text/markdown": {"schema": {"type": "string"}, "example": "# Checkout\n"},
                "application/pdf": {"schema": {"type": "string", "format": "binary"},
                                    "example": "%PDF-1.7"},
            },
        }
    }
}  # fmt: skip


@router.post(
    "/explain",
    response=ExplanationOut,
    operation_id="explainPlan",
    summary="Explain a part of a plan",
)
def explain(request: HttpRequest, payload: ExplainIn) -> ExplanationOut:
    """A narrative in which every sentence names the ids it stands on. Nothing is stored, but what a
    model was asked is routed, paid for and on the record."""
    actor = actor_of(request)
    wanted = "" if payload.scope == "project" else payload.entity_id
    if payload.scope != "project" and not wanted:
        raise Invalid(f"a {payload.scope} has an id; say which", field="entity_id")
    project_id = ai.project_meant(actor, payload.project_id)
    how: dict[str, Any] = {"audience": payload.audience, "language": payload.language}
    with project_scope(actor, project_id, "plan.read") as access:
        found = ai.explain(access, wanted, **how)
    if found.narrative.scope != payload.scope:
        raise Invalid(
            f"{wanted} is a {found.narrative.scope}, not a {payload.scope}", field="scope"
        )
    if payload.words == "model":
        found = ai.word_explanation(actor, project_id, wanted, **how)
    return ExplanationOut.of(found)


@router.get(
    "/projects/{uuid:project_id}/overview",
    response={200: Page[ExplanationOut]},
    operation_id="getOverview",
    summary="Get the project overview",
    openapi_extra=_FORMS,
)
def get_overview(
    request: HttpRequest,
    project_id: UUID,
    form: Annotated[
        Literal["json", "markdown", "pdf"], Query(alias="format", description="What to answer with")
    ] = "json",
    audience: AudienceQuery = "general",
    language: LanguageQuery = "en",
) -> Any:
    """The Human-Readable Project Overview: the plan in prose, then each milestone."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        told = ai.overview(access, audience=audience, language=language)
    if form == "json":
        return Page(items=[ExplanationOut.of(one) for one in told])
    return document(told, form)


@router.get(
    "/projects/{uuid:project_id}/tour",
    response=TourOut,
    operation_id="getTour",
    summary="Walk through a plan",
)
def get_tour(
    request: HttpRequest,
    project_id: UUID,
    audience: AudienceQuery = "technical",
    language: LanguageQuery = "en",
) -> TourOut:
    """Stop by stop, in the order in which the work builds up, with a question at each."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return TourOut.of(ai.tour(access, audience=audience, language=language))


def document(told: list[ai.Explanation], form: str) -> HttpResponse:
    """The overview as a file."""
    if form == "pdf":
        answer = HttpResponse(ai.overview_pdf(told), content_type="application/pdf")
    else:
        answer = HttpResponse(
            ai.overview_markdown(told), content_type="text/markdown; charset=utf-8"
        )
    ending = "pdf" if form == "pdf" else "md"
    answer["Content-Disposition"] = f'attachment; filename="overview.{ending}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
