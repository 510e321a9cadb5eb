"""The API's description: valid, complete, and changed on purpose only.

To accept a change: `BR_UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/server/http/test_openapi.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client

from buildrunner.server.config import openapi
from buildrunner.server.platform.http import deprecation

SNAPSHOT = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
# What may be asked without credentials.
PUBLIC = {"startDeviceSignIn", "pollDeviceSignIn", "beatPresence", "getHealth", "getReadiness"}

PROBES = {"/healthz", "/readyz"}
# Past Django: no keys, no limits, and whoever sends something else is told so.
SIGNS_OF_LIFE = {"/api/presence/beat"}
# Past Django too: CloudEvents may have members of their own, and are named by id and source.
EVENTS = ("post", "/api/usage/events")


@pytest.fixture(scope="module")
def document(django_db_setup: None) -> dict[str, Any]:
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = json.loads(response.content)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def a_line_each(document: dict[str, Any]) -> str:
    """The document with a line for each operation and component: short, and its changes are read."""

    def packed(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def opened(value: Any, depth: int) -> str:
        if depth == 0 or not isinstance(value, dict) or not value:
            return packed(value)
        rows = (f"{packed(key)}: {opened(one, depth - 1)}" for key, one in value.items())
        return "{\n" + ",\n".join(rows) + "\n}"

    return opened(document, 3) + "\n"


def test_it_is_what_was_agreed(document: dict[str, Any]) -> None:
    shown = {**document, "info": {**document["info"], "version": "0"}}
    if os.environ.get("BR_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(a_line_each(shown), encoding="utf-8")
    agreed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert shown == agreed, "the API changed: see this file's docstring to accept it"


def test_it_is_openapi_3_1(document: dict[str, Any], data_dir: Path) -> None:
    """Against the OpenAPI Initiative's own schema (Apache-2.0)."""
    schema = json.loads((data_dir / "openapi-3.1.schema.json").read_text(encoding="utf-8"))
    assert document["openapi"].startswith("3.1.")
    assert [
        error.message for error in jsonschema_rs.validator_for(schema).iter_errors(document)
    ] == []
    for name, component in document["components"]["schemas"].items():
        dialect = "https://json-schema.org/draft/2020-12/schema"
        assert jsonschema_rs.meta.is_valid({"$schema": dialect, **component}), name
        assert "nullable" not in json.dumps(component), f"{name}: nullable is OpenAPI 3.0"


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    for name, component in document["components"]["schemas"].items():
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for example in component.get("examples", ()):
            assert jsonschema_rs.is_valid(whole, example), name


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that an operation takes or gives, with where it stands."""
    for method, path, operation in operations(document):
        places = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, place in places.items():
            if "$ref" in place:
                place = document["components"]["responses"][place["$ref"].rsplit("/", 1)[1]]
            for media_type, content in place.get("content", {}).items():
                yield f"{method} {path} {name} {media_type}", content


def test_every_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for where, content in bodies(document):
        schema = content["schema"]
        examples = [one["value"] for one in content.get("examples", {}).values()]
        if "example" in content:
            examples.append(content["example"])
        if not examples and "$ref" in schema:
            component = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            examples = component.get("examples", [])
        assert examples, f"{where}: no example"
        whole = {**schema, "components": document["components"]}
        for example in examples:
            assert jsonschema_rs.is_valid(whole, example), f"{where}: {example}"


def names_of_parameters(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Those described in place and those referred to."""
    shared = document["components"]["parameters"]
    return {
        (shared[entry["$ref"].rpartition("/")[2]] if "$ref" in entry else entry)["name"]
        for entry in operation.get("parameters", ())
    }


def test_what_the_edge_may_answer_is_told_of_every_route(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if path in PROBES | SIGNS_OF_LIFE or (method, path) == EVENTS:
            continue
        answers, where = operation["responses"], f"{method} {path}"
        told = names_of_parameters(document, operation)
        expected = {"400", "429", "503", "default"}
        if operation.get("security"):
            expected |= {"401", "403"}
        if "{" in path:
            expected.add("404")
        if "requestBody" in operation:
            expected |= {"413", "415", "422"}
        if method != "get" and operation.get("security"):
            expected |= {"409", "422"}
            assert "Idempotency-Key" in told, where
            if "get" in document["paths"][path]:
                expected.add("412")
                assert "If-Match" in told, where
        assert expected <= set(answers), f"{where}: {expected - set(answers)}"
        for status, answer in answers.items():
            if status < "300" and "text/event-stream" not in answer.get("content", {}):
                assert {"RateLimit", "RateLimit-Policy", "X-Request-ID"} <= set(answer["headers"])


def test_a_deprecated_route_is_marked(document: dict[str, Any]) -> None:
    notice = deprecation.Deprecation(
        datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC), "https://x.test", None
    )
    operation = {"operationId": "getOld", "responses": {200: {"description": "OK"}}}
    plain = {"components": {"schemas": {}}, "paths": {"/api/old": {"get": operation}}}
    openapi.describe(plain, {"getOld": notice})  # type: ignore[arg-type]
    assert operation["deprecated"] is True
    assert "2026-09-01" in str(operation["description"])
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])  # type: ignore[index,call-overload]


def test_every_operation_says_enough(document: dict[str, Any]) -> None:
    ids: set[str] = set()
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        name = operation["operationId"]
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name), f"{where}: name it in camelCase"
        assert name not in ids, where
        ids.add(name)
        assert operation["summary"], where
        assert len(operation.get("description", "")) > 10, where
        assert set(operation["tags"]) <= tags, where
        assert len(operation["tags"]) == 1, where
        assert bool(operation.get("security")) != (name in PUBLIC), where
        assert "default" in operation["responses"] or path in PROBES, where
        declared = names_of_parameters(document, operation)
        assert set(re.findall(r"{(\w+)}", path)) <= declared, where


def test_errors_are_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
            if (status == "default" or status >= "400") and path not in PROBES:
                assert list(answer["content"]) == ["application/problem+json"], f"{method} {path}"


def test_bodies_take_no_undeclared_members(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None or path.endswith("/plan") or path in SIGNS_OF_LIFE:
            continue
        if (method, path) == EVENTS:
            continue
        schema = body["schema"]
        name = schema["$ref"].rsplit("/", 1)[1]
        component = document["components"]["schemas"][name]
        assert component.get("additionalProperties") is False, f"{method} {path}: use bodies.Body"


def test_lists_have_one_shape(document: dict[str, Any]) -> None:
    for name, component in document["components"]["schemas"].items():
        if name.startswith("Page_"):
            assert set(component["properties"]) == {"items", "next_cursor"}
    for method, path, operation in operations(document):
        if operation["operationId"].startswith("list"):
            content = operation["responses"]["200"]["content"]["application/json"]
            assert "/Page_" in content["schema"]["$ref"], f"{method} {path}"


def test_it_is_browsable_without_the_network(django_db_setup: None) -> None:
    page = Client().get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert not re.search(r"https?://", page)
    # Scripts by address only; the settings travel as data, which is not run.
    for script in re.findall(r"<script[^>]*>", page):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r"\son\w+=|style=", page)
