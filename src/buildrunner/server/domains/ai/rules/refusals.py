"""Errors in the words of the protocol that the caller speaks."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from buildrunner.server.platform.errors import DomainError

# https://platform.openai.com/docs/guides/error-codes
_OPENAI: Final = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
# https://docs.claude.com/en/api/errors
_ANTHROPIC: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def body_of(error: DomainError, protocol: str, request_id: str) -> bytes:
    """The JSON of a refusal. What the error says beyond its words (the budget, the model) stands
    beside them."""
    more = {name: value for name, value in error.extensions.items() if name not in _OWN}
    if protocol == "messages":
        kind = _ANTHROPIC.get(error.status, _broad(error.status))
        inner: dict[str, Any] = {**more, "type": kind, "message": error.detail, "code": error.code}
        return _json({"type": "error", "error": inner, "request_id": request_id})
    inner = {
        **more,
        "message": error.detail,
        "type": _OPENAI.get(error.status, _broad(error.status)),
        "param": error.extensions.get("field"),
        "code": error.code,
    }
    return _json({"error": inner, "request_id": request_id})


def event_of(error: DomainError, protocol: str, request_id: str) -> bytes:
    """The same as the last event of a stream that cannot go on."""
    data = body_of(error, protocol, request_id)
    named = b"event: error\n" if protocol in ("messages", "responses") else b""
    if protocol == "responses":
        inner = {"type": "error", "code": error.code, "message": error.detail, "param": None}
        data = _json({**inner, "sequence_number": 0})
    return named + b"data: " + data + b"\n\n"


_OWN: Final = frozenset({"field", "retry_after", "type", "message", "code"})


def _broad(status: int) -> str:
    return "invalid_request_error" if status < 500 else "api_error"


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=str)
