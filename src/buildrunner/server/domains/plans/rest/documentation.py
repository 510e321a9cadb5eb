"""What the OpenAPI document says beyond what types tell."""

from __future__ import annotations

from typing import Any

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
IF_MATCH: dict[str, Any] = {
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


_REFUSALS: dict[int, str] = {
    409: "`sync_conflict` with the fields that both sides changed, or `base_unknown`",
    412: "`plan_moved`: the plan has a newer revision than `If-Match` names",
    422: "`plan_invalid` with findings, `invalid_operations`, `idempotency_key_reused`",
    428: "`precondition_required`: say with `If-Match` which revision is replaced",
}
NOT_PROVEN = (
    "`not_proven`: a microstep would become done while a criterion has neither passing evidence "
    "nor a sign-off; `microsteps` lists what is missing, `next_command` what to run. "
    "`transition_refused`: the policy does not let this status follow; `before`, `after`, "
    "`allowed`, `clause` and `owner` say what would go and who can change the rule"
)
CLAIM_HELD = "`claim_held`: another holder has it, until `expires_at`"


def refusals(*statuses: int, **words: str) -> dict[str, Any]:
    """Answers that only these operations give; `s409="…"` says it in other words."""
    told = {status: _REFUSALS.get(status, "") for status in statuses}
    told |= {int(name[1:]): text for name, text in words.items()}
    return {"responses": {status: {"description": text} for status, text in told.items()}}
