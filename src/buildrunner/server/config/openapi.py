"""What ninja does not say of the API: problems, their media type, and what every route may answer."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ninja.openapi.schema import OpenAPISchema

from buildrunner.server.platform.http.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457). Some carry further members, named by their `code`.",
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
    "examples": [
        {
            "type": "urn:buildrunner:problem:project_not_found",
            "title": "Not found",
            "status": 404,
            "detail": "No project … here. `GET /api/projects` lists those you can see.",
            "code": "project_not_found",
            "instance": "/api/projects/…",
            "request_id": "019b0c5a3f6c7d2e8f1a2b3c4d5e6f70",
        }
    ],
}

# Answers that the edge gives for any operation of a kind: status → name and words.
_SHARED = {
    "400": ("BadRequest", "The request is not well-formed"),
    "401": ("NotSignedIn", "No credentials, or they no longer hold"),
    "403": ("Forbidden", "Inside one's own organization: the permission is missing"),
    "404": ("NotFound", "Absent, or not the caller's to see"),
    "413": ("BodyTooLarge", "The body is too large"),
    "415": ("UnsupportedMediaType", "The body is not announced as JSON"),
    "422": ("Invalid", "The content is not acceptable"),
    "429": ("TooManyRequests", "Too many requests; `Retry-After` says how long to wait"),
    "default": ("Error", "Any other error"),
}
_PROBLEM_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

# A native route beside Django's (config/asgi.py), so ninja does not know it.
EVENT_STREAM: dict[str, Any] = {
    "operationId": "streamEvents",
    "summary": "Follow events",
    "description": (
        "Server-sent events. `id` is opaque: send it as `Last-Event-ID` to go on after it; `event` "
        "is the kind; `data` is JSON with id, kind, org_id, project_id, actor, subject, data and "
        "time. Lines `: ping` keep the connection alive."
    ),
    "tags": ["events"],
    "parameters": [
        {
            "in": "query",
            "name": "project_id",
            "required": False,
            "description": "Only of this project",
            "schema": {"type": "string", "format": "uuid"},
        },
        {
            "in": "header",
            "name": "Last-Event-ID",
            "required": False,
            "description": "The last `id` that arrived",
            "schema": {"type": "string"},
        },
    ],
    "responses": {
        "200": {
            "description": "OK",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
    "security": [{"ApiKey": []}, {"BrowserSession": []}],
}

TAGS = [
    {"name": "account", "description": "The caller"},
    {"name": "organizations", "description": "Tenants"},
    {"name": "projects", "description": "What holds a plan"},
    {"name": "plans", "description": "The plan itself, its revisions and sync"},
    {"name": "claims", "description": "Who works on which microstep"},
    {"name": "events", "description": "What happens, live"},
    {"name": "keys", "description": "API keys"},
    {"name": "sign-in", "description": "Signing a terminal in (RFC 8628)"},
]


def describe(document: OpenAPISchema) -> OpenAPISchema:
    """Complete ninja's document in place: errors, the event stream, tags."""
    components = document["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {
        name: {"description": words, "content": _PROBLEM_CONTENT}
        for name, words in _SHARED.values()
    }
    document["paths"].setdefault("/api/events/stream", {"get": deepcopy(EVENT_STREAM)})
    used: set[str] = set()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _add_errors(path, operation)
            used.update(operation.get("tags", ()))
    document["tags"] = [tag for tag in TAGS if tag["name"] in used]
    return document


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    """The errors that the edge may answer for any operation of its kind."""
    codes = {"400", "429", "default"}
    if operation.get("security"):
        codes |= {"401", "403"}
    if "{" in path or "requestBody" in operation:
        codes.add("404")
    if operation.get("parameters"):
        codes.add("422")
    if "requestBody" in operation:
        codes |= {"413", "415", "422"}
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    for status, answer in responses.items():
        if status >= "400":
            answer["content"] = _PROBLEM_CONTENT
    for code in codes:
        responses[code] = {"$ref": f"#/components/responses/{_SHARED[code][0]}"}
    operation["responses"] = dict(sorted(responses.items()))
