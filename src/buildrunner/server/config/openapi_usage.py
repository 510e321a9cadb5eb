"""`POST /api/usage/events` (config/asgi.py) as an OpenAPI operation."""

from __future__ import annotations

from typing import Any

from buildrunner.server.config.openapi_problems import RESPONSES

_PROJECT = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03"
_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "call-17",
    "source": "//ci/agents",
    "type": "tokens",
    "time": "2026-11-10T12:00:00Z",
    "data": {
        "project_id": _PROJECT,
        "model_name": "gpt-4o",
        "provider": "openai",
        "quantity": 1000,
        "tokens": {"input": 800, "output": 200},
        "microstep_id": "m1.s1.ms1",
    },
}
_COUNT = {"type": "integer", "minimum": 0}
_WORD = {"type": "string", "minLength": 1, "maxLength": 200}
_NULL = {"type": "null"}
_MAYBE = {"anyOf": [_WORD, _NULL]}
_KINDS = ("input", "cache_read", "cache_write", "output", "reasoning")
_DATA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "project_id": {"type": "string", "format": "uuid"},
        "quantity": {"anyOf": [{"type": "number"}, {"type": "string"}]},
        "model_name": _MAYBE,
        "provider": _MAYBE,
        "tokens": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(_KINDS, _COUNT),
        },
        "batch": {"type": "boolean"},
        "team_id": {"type": "string", "format": "uuid"},
        **dict.fromkeys(("milestone_id", "step_id", "microstep_id", "pr", "run"), _MAYBE),
    },
}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _WORD,
        "source": _WORD,
        "type": {"enum": ["tokens", "api_calls", "storage", "compute", "integrations"]},
        "time": {"type": "string", "format": "date-time"},
        "data": _DATA,
    },
}
_MANY = {"type": "array", "maxItems": 5000, "items": _SCHEMA}
_OUTCOME: dict[str, Any] = {
    "type": "object",
    "required": ["id", "source", "status", "cost", "currency", "price_version"],
    "properties": {
        "id": {"type": "string"},
        "source": {"type": "string"},
        "status": {"enum": ["accepted", "duplicate", "rejected"]},
        "cost": {"anyOf": [{"type": "string"}, _NULL]},
        "currency": {"type": "string"},
        "price_version": {"anyOf": [{"type": "string"}, _NULL]},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "http_status": {"type": "integer"},
    },
}
_TOLD: dict[str, Any] = {
    "id": "call-17",
    "source": "//ci/agents",
    "status": "accepted",
    "cost": "0.004000",
    "currency": "USD",
    "price_version": "genai-prices/0.2.3/openai/gpt-4o#1f0c2b1e",
}
_BATCH: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "events"],
    "properties": {
        "accepted": _COUNT,
        "duplicates": _COUNT,
        "rejected": _COUNT,
        "events": {"type": "array", "items": _OUTCOME},
    },
}
_SUM = {"accepted": 1, "duplicates": 0, "rejected": 0, "events": [_TOLD]}


def _answer(words: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "description": words,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


SEND_USAGE: dict[str, Any] = {
    "operationId": "sendUsageEvents",
    "summary": "Report usage events",
    "description": (
        "CloudEvents 1.0, one or up to 5,000 at once. `id` and `source` name an event: sent again "
        "it counts once; with another payload it is refused (409, in a batch 207). Without `time` "
        "it happened when it came. What is answered is durable and in the sums. Needs "
        "`usage.write`; an API key, not a browser's session."
    ),
    "tags": ["usage"],
    "parameters": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _SCHEMA, "example": _EVENT},
            "application/cloudevents-batch+json": {"schema": _MANY, "example": [_EVENT]},
            "application/json": {"schema": {"anyOf": [_SCHEMA, _MANY]}, "example": _EVENT},
        },
    },
    "responses": {
        "200": _answer(
            "A batch of which nothing was rejected, or one event that was counted before",
            {"anyOf": [_BATCH, _OUTCOME]},
            _SUM,
        ),
        "201": _answer("One event, counted", _OUTCOME, _TOLD),
        "207": _answer("A batch of which something was rejected: see each event", _BATCH, _SUM),
        **{
            status: {"$ref": f"#/components/responses/{RESPONSES[status]['name']}"}
            for status in (
                *("400", "401", "403", "404", "409", "413", "415", "422", "429", "503", "default"),
            )
        },
    },
    "security": [{"ApiKey": []}],
}
