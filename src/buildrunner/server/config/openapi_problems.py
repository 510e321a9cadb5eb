"""The refusals of the API in its description: one shared response a status, each with an example."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.http.problems import MEDIA_TYPE

_ORIGIN = "https://build.example.com"
_ID = "019b0c5a3f6c7d2e8f1a2b3c4d5e6f70"

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": (
        "An error (RFC 9457). Some carry further members, named by their `code`. `type` is the "
        "address of a page about the code; all of them: docs/reference/problems.md."
    ),
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened and what to do"},
        "code": {"type": "string", "description": "Stable; what programs branch on"},
        "instance": {"type": "string", "description": "The path that was asked for"},
        "request_id": {"type": "string", "description": "Also in the header X-Request-ID"},
        "missing": {"type": "array", "items": {"type": "string"}},
        "retry_after": {"type": "integer", "description": "Seconds; also in `Retry-After`"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "field", "message", "code"],
                "properties": {
                    "in": {"type": "string"},
                    "field": {"type": "string"},
                    "pointer": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}


def _problem(status: int, code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": f"{_ORIGIN}/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": "/api/projects",
        "request_id": _ID,
        **more,
    }


PROBLEM["examples"] = [
    _problem(
        404,
        "project_not_found",
        "Not found",
        "No project … here. `GET /api/projects` lists those you can see.",
    )
]


def content_of(response: dict[str, Any]) -> dict[str, Any]:
    """The content of an own response of a route, with the example of its status."""
    found: dict[str, Any] = response["content"]
    return found


def _response(name: str, words: str, *examples: dict[str, Any], **headers: str) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content["examples"] = {one["code"]: {"value": one} for one in examples}
    answer: dict[str, Any] = {"name": name, "description": words, "content": {MEDIA_TYPE: content}}
    if headers:
        answer["headers"] = {
            key.replace("_", "-"): {"schema": {"type": "string"}, "example": value}
            for key, value in headers.items()
        }
    return answer


RESPONSES: dict[str, dict[str, Any]] = {
    "400": _response(
        "BadRequest",
        "The request is not well-formed",
        _problem(400, "malformed_json", "The body is not a JSON object", "Line 2: …", line=2),
        _problem(400, "bad_cursor", "The cursor cannot be read", "Take next_cursor of the …"),
    ),
    "401": _response(
        "NotSignedIn",
        "No credentials, or they no longer hold",
        _problem(401, "not_signed_in", "Sign in first", "Nobody is signed in. Run `br login`, …"),
        _problem(401, "key_invalid", "Sign in first", "This API key is unknown, was revoked …"),
        WWW_Authenticate='Bearer realm="BuildRunner"',
    ),
    "402": _response(
        "NotInThePlan",
        "The tier of the organization has no such feature, or its calls of the month are used up",
        _problem(
            402,
            "feature_not_included",
            "Not part of the plan of this organization",
            "Teams, chat delivery and live presence: not part of Free. Pro has it.",
            feature="collaboration",
            tier="free",
            tier_needed="pro",
            setup_url="/orgs/…/tier",
        ),
    ),
    "403": _response(
        "Forbidden",
        "Inside one's own organization: the permission is missing, and who can grant it",
        _problem(
            403,
            "forbidden",
            "Not allowed",
            "You may not change the plan (plan.write). An owner of the organization can grant it.",
            permission="plan.write",
            missing=["plan.write"],
            granted_by=["owner", "admin", "pm"],
        ),
        _problem(
            403,
            "scope_missing",
            "Not allowed",
            "This key may not change the plan (plan.write). Use a key with the scope …",
            scopes=["planner.write", "*"],
        ),
    ),
    "404": _response("NotFound", "Absent, or not the caller's to see", PROBLEM["examples"][0]),
    "409": _response(
        "Conflict",
        "The state of things stands against it, or the first request with this key still runs",
        _problem(
            409,
            "idempotency_in_flight",
            "The first request with this key still runs",
            "A request with this key still runs. Ask again in a second.",
            retry_after=1,
        ),
        _problem(
            409,
            "concurrent_change",
            "Somebody changed the same at the same moment",
            "Nothing was changed. Send the request again.",
            retry_after=1,
        ),
    ),
    "412": _response(
        "PreconditionFailed",
        "`If-Match` names a version that is no longer current",
        _problem(
            412,
            "precondition_failed",
            "The resource has changed",
            "The resource has changed since. Fetch it again, …",
            etag="5f0c3a1b9e8d7c6b5a4f3e2d",
        ),
    ),
    "413": _response(
        "BodyTooLarge",
        "The body is too large",
        _problem(413, "body_too_large", "The body is too large", "… bytes; …", limit=262144),
    ),
    "415": _response(
        "UnsupportedMediaType",
        "The body is not announced as JSON",
        _problem(415, "unsupported_media_type", "Send application/json", "The body is …"),
    ),
    "422": _response(
        "Invalid",
        "The content is not acceptable",
        _problem(
            422,
            "invalid_request",
            "Unprocessable Content",
            "title: Field required",
            errors=[
                {
                    "in": "body",
                    "field": "title",
                    "pointer": "/title",
                    "message": "Field required",
                    "code": "missing",
                }
            ],
        ),
        _problem(
            422,
            "idempotency_key_reused",
            "This idempotency key belongs to another request",
            "This key was sent with another request before. Send a new key.",
        ),
    ),
    "428": _response(
        "PreconditionRequired",
        "The request needs `If-Match`",
        _problem(
            428,
            "precondition_required",
            "If-Match is required",
            "Send If-Match with the ETag of the version that you changed.",
        ),
    ),
    "429": _response(
        "TooManyRequests",
        "Too many requests; `Retry-After` says how long to wait",
        _problem(
            429,
            "rate_limited",
            "Too many requests",
            "6000 requests a minute are allowed here (caller). Go on in 31 seconds.",
            retry_after=31,
            policy="caller",
            limit=6000,
            window_seconds=60,
        ),
        Retry_After="31",
    ),
    "503": _response(
        "Unavailable",
        "The server or its database is away or too busy for a moment",
        _problem(
            503,
            "database_unavailable",
            "The database is not available at the moment",
            "Try again in a moment.",
            retry_after=2,
        ),
        Retry_After="2",
    ),
    "default": _response(
        "Error",
        "Any other error",
        _problem(500, "internal_error", "Internal Server Error", "Something went wrong …"),
    ),
}
