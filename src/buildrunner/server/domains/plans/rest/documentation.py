"""What the OpenAPI document says beyond what types tell."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.plans.rest.schemas import ProblemOut

_PLAN_EXAMPLE = {
    "projectId": "checkout",
    "title": "Checkout",
    "version": "1.0.0",
    "updatedAt": "2025-08-20T09:30:00Z",
    "milestones": [
        {
            "id": "p1",
            "title": "Pay by card",
            "steps": [
                {
                    "id": "p1.s1",
                    "title": "Card form",
                    "microsteps": [
                        {
                            "id": "p1.s1.ms1",
                            "title": "Validate the card number",
                            "status": "todo",
                            "criteria": ["a wrong check digit is refused"],
                        }
                    ],
                }
            ],
        }
    ],
}
_ETAG = '"7-2c26b46b68ff"'
_REVISION_HEADERS = {
    "ETag": {"schema": {"type": "string"}, "example": _ETAG},
    "BR-Revision": {"schema": {"type": "integer"}, "example": 7},
    "BR-Document-Hash": {"schema": {"type": "string"}},
}
PLAN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A plan; its JSON Schema is docs/reference/plan.schema.json.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": _PLAN_EXAMPLE}},
    }
}
READ_PLAN: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-None-Match",
            "schema": {"type": "string"},
            "example": _ETAG,
            "required": False,
        }
    ],
    "responses": {
        200: {
            "description": "The plan",
            "headers": _REVISION_HEADERS,
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": _PLAN_EXAMPLE}
            },
        },
        304: {"description": "Not modified", "headers": _REVISION_HEADERS},
    },
}
WRITE_PLAN: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "schema": {"type": "string"},
            "example": _ETAG,
            "required": False,
            "description": "The ETag of the plan that is replaced; required from revision 1 on.",
        }
    ],
}


def problems(*statuses: int) -> dict[int, Any]:
    """These statuses answer with problem details."""
    return dict.fromkeys(statuses, ProblemOut)
