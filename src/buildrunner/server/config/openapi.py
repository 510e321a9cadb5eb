"""What ninja does not say of the API: problems, their media type, and what every route may answer."""

from __future__ import annotations

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

_WORDS = {
    "400": "The request is not well-formed",
    "401": "No credentials, or they no longer hold",
    "403": "Inside one's own organization: the permission is missing",
    "404": "Absent, or not the caller's to see",
    "413": "The body is too large",
    "415": "The body is not announced as JSON",
    "422": "The content is not acceptable",
    "429": "Too many requests; see Retry-After",
    "default": "Any other error",
}

TAGS = [
    {"name": "account", "description": "The caller"},
    {"name": "organizations", "description": "Tenants"},
    {"name": "projects", "description": "What holds a plan"},
    {"name": "plans", "description": "The plan itself, its revisions and sync"},
    {"name": "claims", "description": "Who works on which microstep"},
    {"name": "keys", "description": "API keys"},
    {"name": "sign-in", "description": "Signing a terminal in (RFC 8628)"},
]


def describe(document: OpenAPISchema) -> OpenAPISchema:
    """Complete ninja's document in place: errors, headers, tags."""
    document["components"]["schemas"]["Problem"] = PROBLEM
    used: set[str] = set()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _add_errors(path, operation)
            used.update(operation.get("tags", ()))
    known = [tag for tag in TAGS if tag["name"] in used]
    document["tags"] = known + [
        {"name": name} for name in sorted(used - {tag["name"] for tag in TAGS})
    ]
    return document


def _add_errors(path: str, operation: dict[str, Any]) -> None:
    """The errors that the edge may answer for any operation of its kind."""
    codes = {"400", "429", "default"}
    if operation.get("security"):
        codes |= {"401", "403"}
    if "{" in path:
        codes.add("404")
    if operation.get("parameters"):
        codes.add("422")
    if "requestBody" in operation:
        codes |= {"413", "415", "422"}
    responses: dict[str, Any] = {
        str(status): answer for status, answer in operation["responses"].items()
    }
    for code in codes:
        responses.setdefault(code, {"description": _WORDS[code]})
    for status, answer in responses.items():
        if status == "default" or status >= "400":
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = dict(sorted(responses.items()))
