"""The routes beside Django's (config/asgi.py), which ninja does not know, as OpenAPI paths."""

from __future__ import annotations

from typing import Any

from buildrunner.server.config.openapi_problems import RESPONSES
from buildrunner.server.config.openapi_usage import SEND_USAGE

_PROJECT = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"
_PLACE = "8c1f1c1e-3f53-4e0f-9d56-0f4f2f6f7a10"
_STREAM = """\
id: 1.731.88
event: claim.taken
data: {"id":"1.731.88","kind":"claim.taken","org_id":"019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02",\
"project_id":"019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03","actor":{"kind":"person","name":"Ada"},\
"subject":"p1.s1.ms3","data":{},"time":"2026-01-05T09:41:12Z"}

: ping

"""
_CHECKS = {
    "database": {"ok": True, "detail": "answers"},
    "migrations": {"ok": True, "detail": "current"},
    "worker": {"ok": True, "detail": "last heard of 2 s ago"},
    "realtime": {"ok": True, "detail": "connected"},
}
_CHECK = {
    "type": "object",
    "required": ["ok", "detail"],
    "properties": {"ok": {"type": "boolean"}, "detail": {"type": "string"}},
}


def _readiness(words: str, status: str, checks: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": words,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["status", "checks"],
                    "properties": {
                        "status": {"type": "string"},
                        "checks": {"type": "object", "additionalProperties": _CHECK},
                    },
                },
                "example": {"status": status, "checks": checks},
            }
        },
    }


NATIVE: dict[str, dict[str, Any]] = {
    "/api/events/stream": {
        "operationId": "streamEvents",
        "summary": "Follow events",
        "description": (
            "Server-sent events. `id` is a token that means something to the server only: send "
            "the last one as `Last-Event-ID` to go on after it, whatever process answers. `event` "
            "is the kind; `data` is JSON with id, kind, org_id, project_id, actor, subject, data "
            "and time. Lines `: ping` keep the connection alive. The stream ends when the key is "
            "revoked, the session ends or the rights change: connect again with the last id. A "
            "token from before a restore of the database is answered with what came since."
        ),
        "tags": ["events"],
        "parameters": [
            {
                "in": "query",
                "name": "project_id",
                "required": False,
                "description": "Only of this project",
                "schema": {"type": "string", "format": "uuid"},
                "example": _PROJECT,
            },
            {
                "in": "query",
                "name": "also",
                "required": False,
                "description": (
                    "`presence`: also who comes, moves and goes, as events `presence` without "
                    "`id`, whose data has kind, org_id, project_id and items; an item is a "
                    "PresenceOut without times, or `{id, gone: true}`. Passing news is not replayed"
                ),
                "schema": {"type": "string"},
                "example": "presence",
            },
            {
                "in": "header",
                "name": "Last-Event-ID",
                "required": False,
                "description": "The last `id` that arrived; a browser sends it by itself",
                "schema": {"type": "string"},
                "example": "1.731.88",
            },
        ],
        "responses": {
            "200": {
                "description": "Events, until one side closes the connection",
                "content": {
                    "text/event-stream": {"schema": {"type": "string"}, "example": _STREAM}
                },
            }
        },
        "security": [{"ApiKey": []}, {"BrowserSession": []}],
    },
    "/api/presence/beat": {
        "operationId": "beatPresence",
        "summary": "Show a sign of life",
        "description": (
            "For places shown with `PUT /api/projects/{project_id}/presence/{place}`, every "
            "`beat_seconds`. The tokens are the right to it: no other credentials are read. What is "
            "`lapsed` has to be shown again."
        ),
        "tags": ["discussion"],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["tokens"],
                        "properties": {
                            "tokens": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 20,
                                "items": {"type": "string", "format": "uuid"},
                            }
                        },
                    },
                    "example": {"tokens": [_PLACE]},
                }
            },
        },
        "responses": {
            "200": {
                "description": "Which of them hold nothing any more",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["lapsed"],
                            "properties": {
                                "lapsed": {
                                    "type": "array",
                                    "items": {"type": "string", "format": "uuid"},
                                }
                            },
                        },
                        "example": {"lapsed": []},
                    }
                },
            },
            **{
                status: {"$ref": f"#/components/responses/{RESPONSES[status]['name']}"}
                for status in ("413", "422", "503", "default")
            },
        },
    },
    "/api/usage/events": SEND_USAGE,
    "/healthz": {
        "operationId": "getHealth",
        "summary": "Whether the process answers",
        "description": "For a supervisor: asks nobody else, needs no credentials and no Host.",
        "tags": ["health"],
        "responses": {
            "200": {
                "description": "It does",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["status"],
                            "properties": {"status": {"const": "ok"}},
                        },
                        "example": {"status": "ok"},
                    }
                },
            }
        },
    },
    "/readyz": {
        "operationId": "getReadiness",
        "summary": "Whether it can do its work",
        "description": "For a load balancer: database, migrations, worker and event stream.",
        "tags": ["health"],
        "responses": {
            "200": _readiness("It can", "ok", _CHECKS),
            "503": _readiness(
                "Something is missing: `checks` says what",
                "not ready",
                {"database": {"ok": False, "detail": "OperationalError"}},
            ),
        },
    },
}
