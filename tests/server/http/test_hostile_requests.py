"""Whatever somebody sends to their own addresses, no answer is a 5xx."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from factories import Tenant, make_tenant, small_plan
from factories.addresses import KNOWN, addresses, fill, parameters

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
WRITES = [(method, route) for method, route in addresses() if method != "GET"]
READS = [route for method, route in addresses() if method == "GET"]
NAMES = [
    "title",
    "name",
    "email",
    "password",
    "client_name",
    "device_code",
    "user_code",
    "answer",
    "scopes",
    "org_id",
    "project_id",
    "microstep_id",
    "holder",
    "ttl_seconds",
    "base_revision",
    "operations",
    "document",
    "resolutions",
    "message",
    "field",
    "value",
    "status",
    "expected",
    "base",
    "id",
    "parent",
    "after",
    "entity_id",
    "token",
    "next",
    "limit",
    "cursor",
    "days",
    "owner",
]


def forms() -> list[bytes]:
    """Every field with something it does not expect."""
    values = ["%00", "%ff", "%ed%a0%80", "a" * 5000, "-1", "99999999999999999999", "%0d%0a", "[]"]
    return ["&".join(f"{name}={value}" for name in NAMES).encode() for value in values]


def bodies() -> list[bytes]:
    """The same in JSON, all types at every member, alone and together."""
    values: list[object] = [
        None, True, -1, 10**30, 1.5e308, "", "\x00", "\ud800", "x" * 5000, [], [[]], {}, {"": None},
    ]  # fmt: skip
    found = [json.dumps(dict.fromkeys(NAMES, value)).encode() for value in values]
    for value in values:
        found.append(json.dumps({"title": value, "name": value}).encode())
        found.append(json.dumps({"microstep_id": value}).encode())
        found.append(json.dumps({"base_revision": 1, "operations": value}).encode())
        found.append(json.dumps({"base_revision": value, "operations": []}).encode())
        found.append(json.dumps({"base_revision": 1, "operations": [value]}).encode())
        found.append(json.dumps({"name": "k", "scopes": [value]}).encode())
    return found


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.mark.parametrize(("method", "route"), WRITES)
def test_no_body_breaks_an_address(own: Tenant, method: str, route: str) -> None:
    path = fill(route, parameters(own))
    if route.startswith("/api/"):
        client = Client(headers={"Authorization": f"Bearer {own.key}"})
        tries = [(JSON, body) for body in bodies()] + [(FORM, forms()[0]), ("text/x\x80", b"{}")]
    else:
        client = Client()
        client.force_login(own.person)
        tries = [(FORM, body) for body in forms()]
        tries.append(("multipart/form-data; boundary=x", b"--x\r\nbroken"))
    client.raise_request_exception = False
    for media_type, body in tries:
        answer = client.generic(method, path, body, content_type=media_type)
        assert answer.status_code < 500, (media_type, body[:200], answer.content[:300])
        if answer.status_code == 401:  # the body ended its own key
            return


@pytest.mark.parametrize("route", READS)
def test_no_query_breaks_an_address(own: Tenant, route: str) -> None:
    path = fill(route, parameters(own))
    client = Client(raise_request_exception=False)
    client.force_login(own.person)
    for query in [form.decode() for form in forms()]:
        answer = client.get(f"{path}?{query}")
        assert answer.status_code < 500, (query[:200], answer.content[:300])


@pytest.mark.parametrize("route", [route for route in READS if "<" in route or "{" in route])
def test_no_parameter_breaks_an_address(own: Tenant, route: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(own.person)
    for value in ("%00", "%ff", "..", "%2e%2e%2f", "a" * 3000, "-1", "9" * 40, "%F0%9F%92%A5"):
        answer = client.get(fill(route, dict.fromkeys(KNOWN, value)))
        assert answer.status_code < 500, (value, answer.content[:300])
    odd = parameters(own)
    odd.update({"number": "9" * 40, "microstep_id": "%ff%00", "token": "%00"})
    assert client.get(fill(route, odd)).status_code < 500
