"""The dependency graph of a project."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.http import etags
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.ui.colours import colours

router = Router(tags=["workbench"])
_TYPES = {
    "json": "application/json",
    "svg": "image/svg+xml; charset=utf-8",
    "dot": "text/vnd.graphviz; charset=utf-8",
}
_TAG = '"f-2c26b46b68ffc68ff99b453c1d304134"'
_EXAMPLE: dict[str, Any] = {
    "revision": 7,
    "title": "Checkout",
    "nodes": [
        {
            "id": "p1.s1.ms2",
            "title": "Charge the card",
            "status": "todo",
            "group": "p1",
            "step": "p1.s1",
            "x": 272.0,
            "y": 46.0,
            "risk": "high",
            "priority": "P1",
            "effort": 3.0,
            "ready": True,
            "critical": True,
            "proof": "",
            "flags": [],
        }
    ],
    "edges": [{"source": "p1.s1.ms1", "target": "p1.s1.ms2", "critical": False, "through": ""}],
    "groups": [
        {
            "id": "p1",
            "title": "Pay by card",
            "layer": 0,
            "width": 476.0,
            "height": 110.0,
            "counts": {"todo": 1, "doing": 0, "blocked": 0, "done": 1},
            "risk": "",
            "phase": "",
            "missing": [],
            "x": 0.0,
            "y": 0.0,
        }
    ],
    "critical_path": ["p1.s1.ms2"],
    "critical_effort": 3.0,
    "layers": 2,
}
_EXTRA: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-None-Match",
            "schema": {"type": "string"},
            "example": _TAG,
            "required": False,
        }
    ],
    "responses": {
        200: {
            "description": "The graph",
            "headers": {"ETag": {"schema": {"type": "string"}, "example": _TAG}},
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE},
                "image/svg+xml": {"schema": {"type": "string"}, "example": "<svg>…</svg>"},
                "text/vnd.graphviz": {"schema": {"type": "string"}, "example": "digraph plan {}"},
            },
        },
        304: {"description": "The copy named by `If-None-Match` still holds"},
    },
}


@router.get(
    "/projects/{uuid:project_id}/flow",
    response={200: dict[str, Any], 304: None},
    operation_id="getFlow",
    summary="Read the dependency graph",
    openapi_extra=_EXTRA,
)
def get_flow(
    request: HttpRequest,
    project_id: UUID,
    form: Annotated[
        Literal["json", "svg", "dot"], Query(alias="format", description="What to answer with")
    ] = "json",
    collapsed: Annotated[
        list[str], Query(description="Milestones that the picture shows closed")
    ] = [],  # noqa: B006  ninja copies it
) -> HttpResponse:
    """Nodes are placed within their group (a milestone), groups among each other, in the same
    units; `flags` says in words what a flag of a node means."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        flow = workbench.read_flow(access)
    if form == "svg":
        body = workbench.flow_svg(flow, colours(), collapsed).encode()
    elif form == "dot":
        body = workbench.flow_dot(flow).encode()
    else:
        body = workbench.flow_json(flow)
    tag = f"f-{sha256(body).hexdigest()[:32]}"
    if etags.unchanged(request, tag):
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(body, content_type=_TYPES[form])
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    answer["ETag"] = f'"{tag}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer
