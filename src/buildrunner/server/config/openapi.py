"""What ninja does not say of the API: what the edge adds to every route, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ninja.openapi.schema import OpenAPISchema

from buildrunner.server.config.openapi_examples import add_examples
from buildrunner.server.config.openapi_native import NATIVE
from buildrunner.server.config.openapi_problems import PROBLEM, RESPONSES, content_of
from buildrunner.server.platform.http.deprecation import Deprecation

TAGS = [
    {"name": "account", "description": "The caller"},
    {"name": "organizations", "description": "Tenants"},
    {
        "name": "members",
        "description": "Who belongs to organizations and projects, and invitations",
    },
    {"name": "projects", "description": "What holds a plan"},
    {"name": "plans", "description": "The plan itself, its revisions and sync"},
    {"name": "claims", "description": "Who works on which microstep"},
    {"name": "events", "description": "What happens, live"},
    {"name": "webhooks", "description": "Events sent to addresses of yours"},
    {"name": "keys", "description": "API keys"},
    {"name": "usage", "description": "What is used: events, sums, months"},
    {"name": "costs", "description": "Prices, charges, invoices"},
    {"name": "sign-in", "description": "Signing a terminal in (RFC 8628)"},
    {"name": "health", "description": "Whether the server is well"},
]

HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": {
        "description": "The request's name in the server's log; a harmless one of yours is kept",
        "schema": {"type": "string"},
        "example": "019b0c5a3f6c7d2e8f1a2b3c4d5e6f70",
    },
    "RateLimit": {
        "description": "What is left (`r`) and seconds to the next window (`t`), by policy",
        "schema": {"type": "string"},
        "example": '"caller";r=5987;t=31, "organization";r=29012;t=31',
    },
    "RateLimitPolicy": {
        "description": "Requests (`q`) a window of `w` seconds, by policy",
        "schema": {"type": "string"},
        "example": '"caller";q=6000;w=60, "organization";q=30000;w=60',
    },
    "ETag": {
        "description": "Names these very bytes: for `If-None-Match` and `If-Match`",
        "schema": {"type": "string"},
        "example": '"5f0c3a1b9e8d7c6b5a4f3e2d"',
    },
    "Link": {
        "description": 'The next page (`rel="next"`); absent on the last',
        "schema": {"type": "string"},
        "example": '</api/projects?limit=50&cursor=WyIwMTliOGU1YyJd>; rel="next"',
    },
    "Replayed": {
        "description": "`true`: the answer to the first request with this Idempotency-Key",
        "schema": {"const": "true"},
        "example": "true",
    },
    "Deprecation": {
        "description": "Since when the route should not be used (RFC 9745)",
        "schema": {"type": "string"},
        "example": "@1772323200",
    },
    "Sunset": {
        "description": "When it ends (RFC 8594)",
        "schema": {"type": "string"},
        "example": "Tue, 01 Sep 2026 00:00:00 GMT",
    },
}
_EVERY = {
    "X-Request-ID": "RequestId",
    "RateLimit": "RateLimit",
    "RateLimit-Policy": "RateLimitPolicy",
}


def _header(name: str, words: str, example: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": words,
        "schema": {"type": "string"},
        "example": example,
    }


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "1 to 255 printable ASCII characters of your own, best a UUID, plain or in quotes. For a day "
    "the same request with the same key is answered the same and carried out once.",
    "8e03978e-40d5-43e8-bc93-6894a57f9324",
)
IF_MATCH = _header(
    "If-Match", "The `ETag` of what is to be changed; 412 if it has changed since.", '"5f0c3a1b"'
)
IF_NONE_MATCH = _header(
    "If-None-Match", "The `ETag` of your copy; 304 while it is current.", '"5f0c3a1b"'
)
# One text each, to which every operation refers.
SHARED = {
    "IdempotencyKey": IDEMPOTENCY_KEY,
    "IfMatch": IF_MATCH,
    "IfNoneMatch": IF_NONE_MATCH,
}


def describe(
    document: OpenAPISchema, deprecations: Mapping[str, Deprecation] | None = None
) -> OpenAPISchema:
    """Complete ninja's document in place. `deprecations` are those of operations, by their id."""
    components = document["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {
        name: {key: value for key, value in answer.items() if key != "name"}
        for name, answer in ((one["name"], one) for one in RESPONSES.values())
    }
    components["headers"] = HEADERS
    components["parameters"] = SHARED
    for path, operation in NATIVE.items():
        method = "post" if "requestBody" in operation else "get"
        document["paths"].setdefault(path, {}).setdefault(method, deepcopy(operation))
    used: set[str] = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path not in NATIVE or (path.startswith("/api") and method == "get"):
                _add_edge(path, method, operation, readable="get" in methods)
            notice = (deprecations or {}).get(operation["operationId"])
            if notice:
                _announce(operation, notice)
            used.update(operation.get("tags", ()))
    add_examples(document)
    known = {tag["name"] for tag in TAGS}
    document["tags"] = [tag for tag in TAGS if tag["name"] in used]
    document["tags"] += [{"name": name, "description": name} for name in sorted(used - known)]
    return document


def _add_edge(path: str, method: str, operation: dict[str, Any], *, readable: bool) -> None:
    """Conditions, keys, limits and the refusals that any operation of a kind may answer."""
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    operation["responses"] = responses
    known = bool(operation.get("security"))
    changes = method != "get"
    codes = {"400", "429", "503", "default"}
    if known:
        codes |= {"401", "402", "403"}
    named = {parameter.get("name") for parameter in operation.get("parameters", ())}
    if "{" in path or "requestBody" in operation or named & {"project_id", "org_id"}:
        codes.add("404")
    if operation.get("parameters"):
        codes.add("422")
    if "requestBody" in operation:
        codes |= {"413", "415", "422"}
        for content in operation["requestBody"]["content"].values():
            # A body that may be left out: its schema tells of it, not what an empty one means.
            content["schema"] = content["schema"].get("allOf", [content["schema"]])[0]
    if changes and known:
        codes |= {"409", "422"}
        _add_parameter(operation, "IdempotencyKey")
    if changes and readable and known:
        codes.add("412")
        _add_parameter(operation, "IfMatch")
    for status, answer in responses.items():
        if status >= "400" and "$ref" not in answer:
            answer["content"] = content_of(RESPONSES.get(status, RESPONSES["default"]))
    _add_headers(operation, changes=changes and known)
    for code in codes:
        responses.setdefault(code, {"$ref": f"#/components/responses/{RESPONSES[code]['name']}"})
    operation["responses"] = dict(sorted(responses.items()))


def _add_headers(operation: dict[str, Any], *, changes: bool) -> None:
    responses = operation["responses"]
    for status, answer in list(responses.items()):
        if status >= "300" or "text/event-stream" in answer.get("content", {}):
            continue
        headers = answer.setdefault("headers", {})
        told = dict(_EVERY)
        if changes:
            told["Idempotency-Replayed"] = "Replayed"
        elif "application/json" in answer.get("content", {}) and not changes:
            told["ETag"] = "ETag"
            if operation["operationId"].startswith("list"):
                told["Link"] = "Link"
            _add_parameter(operation, "IfNoneMatch")
            responses.setdefault("304", {"description": "Your copy is current"})
        for name, component in told.items():
            headers.setdefault(name, {"$ref": f"#/components/headers/{component}"})


def _add_parameter(operation: dict[str, Any], shared: str) -> None:
    """Refer to a shared parameter, unless the route describes one of that name itself."""
    given = operation.setdefault("parameters", [])
    if all(one.get("name") != SHARED[shared]["name"] for one in given):
        given.append({"$ref": f"#/components/parameters/{shared}"})


def _announce(operation: dict[str, Any], notice: Deprecation) -> None:
    operation["deprecated"] = True
    end = f" It ends on {notice.sunset:%Y-%m-%d}." if notice.sunset else ""
    successor = f" Use {notice.successor}." if notice.successor else ""
    operation["description"] = (
        f"{operation.get('description', '')}\n\nDeprecated since {notice.since:%Y-%m-%d}.{end}"
        f"{successor} See {notice.link}"
    ).strip()
    for status, answer in operation["responses"].items():
        if status < "300" and "$ref" not in answer:
            headers = answer.setdefault("headers", {})
            headers["Deprecation"] = {"$ref": "#/components/headers/Deprecation"}
            if notice.sunset:
                headers["Sunset"] = {"$ref": "#/components/headers/Sunset"}
