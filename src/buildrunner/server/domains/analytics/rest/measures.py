"""The dashboard's figures by API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.rest.measure_schemas import (
    EXAMPLE,
    FigureRowsOut,
    MeasuresOut,
)
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of

router = Router(tags=["analytics"])
Form = Literal["csv", "json", "pdf"]
_MEDIA = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
_FILES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/MeasuresOut"},
                    "example": EXAMPLE,
                },
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "section,measure,by,key,title,value,unit\n",
                },
                "application/pdf": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "%PDF-1.7",
                },
            },
        }
    }
}


class MeasuresQuery(Schema):
    """Which figures."""

    project_id: UUID = Field(..., description="Of this project")
    from_: date | None = Field(
        None, alias="from", description="First day (UTC); without, four weeks up to the last"
    )
    to: date | None = Field(None, description="Last day, included; without, today")
    who: str = Field(
        "", max_length=300, description="Only of `person:<id>` or `agent:<id or label>`"
    )
    phase: str = Field("", max_length=512, description="Only of the milestone with this id")


@router.get(
    "/analytics/measures",
    response=MeasuresOut,
    operation_id="getMeasures",
    summary="Read velocity, quality, duration, cost and budgets",
)
def get_measures(request: HttpRequest, asked: Query[MeasuresQuery]) -> MeasuresOut:
    """With the definition of each figure and the page with the rows behind it. Needs
    `analytics.read` and `plan.read`."""
    return MeasuresOut.of(_read(request, asked))


class RowsQuery(MeasuresQuery):
    """Which figure's rows."""

    of: str = Field(
        ..., max_length=64, description="Name of the figure, such as `finished` or `cost`"
    )
    by: str = Field("", max_length=64, description="One part of its breakdown by this: `phase`, …")
    key: str = Field("", max_length=512, description="The part's key, as the breakdown has it")


@router.get(
    "/analytics/rows",
    response=FigureRowsOut,
    operation_id="getFigureRows",
    summary="Read the rows behind a figure",
)
def get_rows(request: HttpRequest, asked: Query[RowsQuery]) -> FigureRowsOut:
    """Exactly what the figure, or a part of its breakdown, is made from. Needs `analytics.read` and
    `plan.read`."""
    with project_scope(actor_of(request), asked.project_id, "analytics.read") as access:
        found = analytics.rows_behind(
            access,
            asked.of,
            by=asked.by,
            key=asked.key,
            first=asked.from_,
            last=asked.to,
            who=asked.who,
            phase=asked.phase,
        )
    return FigureRowsOut.made_of(asked.project_id, found)


@router.get(
    "/analytics/export",
    response=MeasuresOut,
    operation_id="exportAnalytics",
    summary="Export the figures as a file",
    openapi_extra=_FILES,
)
def export(
    request: HttpRequest,
    asked: Query[MeasuresQuery],
    form: Annotated[Form, Query(alias="format", description="What to answer with")] = "json",
) -> HttpResponse | MeasuresOut:
    """The same figures as CSV (a row for each number), JSON, or PDF with their charts. Needs
    `analytics.read` and `plan.read`."""
    found = _read(request, asked)
    if form == "json":
        return MeasuresOut.of(found)
    content = analytics.as_csv(found) if form == "csv" else analytics.measures_pdf(found)
    answer = HttpResponse(content, content_type=_MEDIA[form])
    name = f"analytics-{found.chosen.first}-{found.chosen.last}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _read(request: HttpRequest, asked: MeasuresQuery) -> analytics.Measures:
    with project_scope(actor_of(request), asked.project_id, "analytics.read") as access:
        return analytics.measures(access, asked.from_, asked.to, who=asked.who, phase=asked.phase)
