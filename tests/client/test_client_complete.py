"""The client against the published description of the API: nothing is missing, shapes agree."""

import inspect
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from buildrunner.client import Client
from buildrunner.client.blocking.resource import Resource

DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "openapi.json").read_text()
)
METHODS = {"get", "post", "put", "patch", "delete"}
# What a program asks for in another way than by a method of a resource.
ELSEWHERE = {"streamEvents": "Client.events", "getReadiness": "for operators"}
# Calls that stand for several operations, by the arguments they are given.
CHOICES: dict[str, list[dict[str, Any]]] = {
    "members": [{"org_id": "o"}, {"project_id": "p"}],
    "keys": [{}, {"org_id": "o"}],
}


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


OPERATIONS = operations()


def find(method: str, path: str) -> tuple[str, str]:
    """The operation that a request means; a path of words goes before one with parameters."""
    fitting = [
        (verb, template)
        for verb, template in OPERATIONS
        if verb == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, f"{method} {path} is no operation of the API"
    return min(fitting, key=lambda found: found[1].count("{"))


def sample(schema: dict[str, Any]) -> Any:
    """A value of a JSON Schema, every member filled in."""
    if "$ref" in schema:
        return sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for key in ("const", "example"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return sample(next(one for one in schema[key] if one.get("type") != "null"))
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(one) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"])] if schema.get("items") else []
    return {"integer": 1, "number": 1.0, "boolean": True, "null": None}.get(kind or "", "text")


class Api:
    """Answers every documented operation with a sample of its first success."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, str], httpx.Request]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        key = find(request.method, request.url.path)
        self.asked.append((key, request))
        code = next(code for code in OPERATIONS[key]["responses"] if code.startswith("2"))
        content = OPERATIONS[key]["responses"][code].get("content", {})
        headers = {"BR-Revision": "1", "BR-Document-Hash": "sha256:x", "ETag": '"1"'}
        headers["BR-Ledger-Size"] = "1"
        if not content:
            return httpx.Response(int(code), headers=headers)
        media, described = next(iter(content.items()))
        if "json" not in media:
            return httpx.Response(int(code), headers=headers, content=b"bytes")
        body = sample(described["schema"])
        if isinstance(body, dict) and "next_cursor" in body:
            body["next_cursor"] = None
        return httpx.Response(int(code), headers=headers, json=body if body != "text" else {})


def argument(hint: Any) -> Any:
    """Something of a type."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return argument(next(one for one in typing.get_args(hint) if one is not type(None)))
    origin = typing.get_origin(hint) or hint
    if origin is str:
        return "1"
    kinds: dict[Any, Any] = {int: 1, bool: True, bytes: b"x", dict: {}, list: [], Mapping: {}}
    return kinds.get(origin, ["x"])


def resources(client: Client) -> Iterator[tuple[str, Resource]]:
    for name, value in vars(client).items():
        if isinstance(value, Resource):
            yield name, value


def calls(client: Client) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every public method of every resource, with arguments."""
    for name, resource in resources(client):
        for verb, method in inspect.getmembers(resource, inspect.ismethod):
            if verb.startswith("_"):
                continue
            hints = typing.get_type_hints(method)
            given = {
                parameter.name: argument(hints[parameter.name])
                for parameter in inspect.signature(method).parameters.values()
                if parameter.default is parameter.empty
            }
            for more in CHOICES.get(name, [{}]):
                yield f"{name}.{verb}", method, given | more


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def client(api: Api) -> Iterator[Client]:
    with Client("http://localhost:1", "br_x", transport=httpx.MockTransport(api)) as made:
        yield made


def test_every_operation_has_a_method_and_answers_fit(client: Client, api: Api) -> None:
    client.me()
    client.rename_me("Ada")
    client.delete_me("ada@example.test")
    client.healthy()
    for name, method, given in calls(client):
        before = len(api.asked)
        found = method(**given)
        if inspect.isgenerator(found):
            assert len(list(found)) == 1, name
        assert len(api.asked) > before, name
    asked = {OPERATIONS[key]["operationId"] for key, _ in api.asked}
    wanted = {operation["operationId"] for operation in OPERATIONS.values()}
    assert wanted - asked - set(ELSEWHERE) == set()


def test_every_write_may_be_repeated_or_is_not(client: Client, api: Api) -> None:
    """A POST is keyed, idempotent by nature, or sent once."""
    by_nature = {"beatPresence", "claimMicrostep", "releaseClaim", "showPresence"}
    once = {"startDeviceSignIn", "pollDeviceSignIn", "syncPlan"}
    for _, method, given in calls(client):
        found = method(**given)
        if inspect.isgenerator(found):
            list(found)
    for key, request in api.asked:
        name = OPERATIONS[key]["operationId"]
        keyed = "Idempotency-Key" in request.headers
        if request.method == "GET" or name in by_nature | once:
            assert not keyed, name
        else:
            assert keyed, name


def test_what_is_sent_has_the_names_that_the_api_knows(client: Client, api: Api) -> None:
    """Every optional argument too."""
    kept = {"org_id", "project_id", "service_id"}
    for name, method, given in calls(client):
        hints = typing.get_type_hints(method)
        for parameter in inspect.signature(method).parameters:
            if not (parameter in kept and name.split(".")[0] in CHOICES):
                given.setdefault(parameter, argument(hints[parameter]))
        found = method(**given)
        if inspect.isgenerator(found):
            list(found)
    for key, request in api.asked:
        described = OPERATIONS[key].get("requestBody", {}).get("content", {})
        schema = described.get("application/json", {}).get("schema", {})
        known = DOCUMENT["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2])
        if known and "properties" in known and request.content:
            assert set(json.loads(request.content)) <= set(known["properties"]), key
        asked = {one.get("name") for one in OPERATIONS[key].get("parameters", [])}
        assert set(request.url.params) <= asked, key
