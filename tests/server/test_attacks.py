"""Stored XSS, CSRF, open redirects, mass assignment and direct object references, on every route.

Routes are found by walking, so those of a new room are attacked by themselves. Addresses that
users choose (SSRF) have their tests beside the guarded client; other tenants have
test_isolation_fuzz.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from buildrunner.server.config.api import api as ninja_api
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.access import tables
from buildrunner.server.platform.db.scope import SETTING
from buildrunner.server.platform.errors import Forbidden, NotFound
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan
from factories.addresses import PARAMETER, addresses, fill, parameters

PAGES = sorted({route for _, route in addresses() if not route.startswith("/api")})
CHANGES = [(method, route) for method, route in addresses() if method != "GET"]
API_CHANGES = [one for one in CHANGES if one[1].startswith("/api")]
# Whoever reads a project may make one like it, says where they are, and chooses what they hear of.
READERS = ("/duplicate", "/presence/{uuidstr:place}", "/watches")
PROJECT_CHANGES = [
    one for one in CHANGES if "project_id" in one[1] and not one[1].endswith(READERS)
]
TENANT_TABLES = sorted(model._meta.db_table for model in tables() if model.tenant_column)
# What may be asked without being signed in, so that no session is there to be ridden on.
OPEN = {"/api/auth/device", "/api/auth/device/token"}
DOCUMENT = ninja_api.get_openapi_schema(path_prefix="/api/")

PROBE = "\"'><xss-probe onxss=1></textarea></title></script><xss-probe>{{7*7}}"
LINK = "javascript:xssprobe()"


def browser(person: object, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(person)  # type: ignore[arg-type]
    return client


def address(route: str, tenant: Tenant, values: dict[str, object] | None = None) -> str:
    """A route as an address; Django's regular expressions stand for nothing that exists."""
    if "(?P" in route:
        return re.sub(r"\(\?P<\w+>[^)]*\)", "invented", route).replace("^", "").replace("$", "")
    return fill(route, parameters(tenant) if values is None else values)


class Tags(HTMLParser):
    """Whether markup that a text brought along became markup of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if name in {"href", "src", "action", "formaction", "hx-get", "hx-post"}:
                scheme = (value or "").strip().lower().partition(":")[0]
                picture = tag == "img" and (value or "").startswith("data:image/")
                if scheme in {"javascript", "data", "vbscript"} and not picture:
                    self.found.append(f"<{tag} {name}={value}>")
        if tag == "xss-probe":
            self.found.append(f"<{tag}>")


def infected_plan() -> dict[str, Any]:
    plan = small_plan()
    microstep = plan["milestones"][0]["steps"][0]["microsteps"][0]
    microstep |= {
        "title": PROBE, "description": PROBE, "criteria": [PROBE], "links": [LINK, PROBE],
        "owner": PROBE, "assignee": PROBE, "tags": [PROBE], "notes": PROBE,
        "demo_script": [PROBE], "unknown_field": {PROBE: PROBE},
    }  # fmt: skip
    plan["milestones"][0] |= {"title": PROBE, "phase": PROBE, "description": PROBE}
    plan["milestones"][0]["steps"][0]["title"] = PROBE
    return {**plan, "title": PROBE}


@pytest.fixture(scope="module")
def infected(django_db_setup: None, django_db_blocker: object) -> Iterator[Tenant]:
    """Everything that takes a text holds one that wants to be markup. It is only read."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield infect()
        connection.close()


@pytest.fixture(scope="module")
def infected_values(infected: Tenant) -> dict[str, object]:
    """Its rows are kept from test to test, so each is made once."""
    return parameters(infected)


def infect() -> Tenant:
    tenant = make_tenant(name=PROBE[:100])
    tenancy.rename_project(tenant.actor, tenant.project_id, title=PROBE)
    data = json.dumps(infected_plan()).encode()
    plans.save_plan(tenant.actor, tenant.project_id, data=data)
    api = Api(tenant.key)
    api.post(
        f"/api/projects/{tenant.project_id}/claims",
        {"microstep_id": "m1.s1.ms1", "holder": PROBE[:60]},
    )
    api.post("/api/keys", {"name": PROBE, "scopes": ["*"]})
    api.post(f"/api/orgs/{tenant.org_id}/api-keys", {"name": PROBE, "scopes": ["*"]})
    return tenant


@pytest.mark.parametrize("route", PAGES)
def test_a_stored_text_never_becomes_markup(
    infected: Tenant, infected_values: dict[str, object], route: str
) -> None:
    client = browser(infected.person)
    path = address(route, infected, infected_values)
    for query in ("", "?" + urlencode({"q": PROBE, "next": LINK, "user_code": PROBE})):
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(path + query, headers=headers)
            if answer.streaming:
                continue
            assert answer.status_code < 500
            if "html" in answer.get("Content-Type", "html"):
                tags = Tags()
                tags.feed(answer.content.decode())
                assert tags.found == [], f"{route}{query}"
                assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_the_probe_is_shown(infected: Tenant) -> None:
    """Else the test above would prove nothing."""
    client = browser(infected.person)
    for path in ("/projects", f"/projects/{infected.project_id}/plan", "/settings/keys"):
        page = client.get(path, follow=True).content.decode()
        assert "&lt;xss-probe" in page, path
        assert "{{7*7}}" in page, f"{path}: 49 would mean that texts are run as templates"


def test_json_is_never_taken_for_a_page(infected: Tenant) -> None:
    for path in ("/api/me", f"/api/projects/{infected.project_id}/plan", "/api/keys"):
        answer = Api(infected.key).get(path)
        assert "xss-probe" in answer.content.decode(), path
        assert answer["Content-Type"].startswith("application/json")
        assert answer["X-Content-Type-Options"] == "nosniff"


def stored(tenant: Tenant) -> list[object]:
    """Everything of an organization and its people."""
    found: list[object] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(tenant.org_id)])
        for table in TENANT_TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found.append((table, cursor.fetchall()))
        cursor.execute("SELECT set_config(%s, '', true)", [SETTING])
        cursor.execute("SELECT id, email, name, is_staff FROM identity_person ORDER BY 1")
        return [*found, cursor.fetchall()]


@pytest.mark.parametrize(("method", "route"), CHANGES)
@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.test", "X-CSRFToken": "a" * 32}])
def test_a_foreign_site_changes_nothing_with_a_visitors_cookies(
    tenant: Tenant, method: str, route: str, headers: dict[str, str]
) -> None:
    if route in OPEN:
        return
    client = browser(tenant.person, enforce_csrf_checks=True)
    if headers:
        client.cookies["buildrunner_csrf"] = "a" * 32
    path = address(route, tenant)
    before = stored(tenant)
    for body, media_type in (
        ("title=x&name=x", "application/x-www-form-urlencoded"),
        ('{"title": "x", "name": "x"}', "text/plain"),
        ('{"title": "x", "name": "x", "scopes": ["*"]}', "application/json"),
    ):
        answer = client.generic(method, path, body, content_type=media_type, headers=headers)
        # 405: the page is only read. 404: it does not exist for anybody.
        refused = {403, 404, 405} if method == "POST" and not route.startswith("/api") else {403}
        assert answer.status_code in refused, (answer.status_code, answer.content[:300])
    assert stored(tenant) == before


EVIL = (
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "http:///evil.test",
    "/%09/evil.test",
    "\t//evil.test",
    "javascript:alert(1)",
    "https://localhost@evil.test",
    "https://testserver.evil.test",
)


def destination(answer: Any) -> str:
    return str(answer.get("Location") or answer.get("HX-Redirect") or answer.get("HX-Location", ""))


@pytest.mark.parametrize("evil", EVIL)
def test_no_page_sends_a_visitor_elsewhere(tenant: Tenant, evil: str) -> None:
    fields = dict.fromkeys(
        ("next", "redirect", "redirect_to", "return_to", "url", "to", "continue", "return"), evil
    )
    known, nobody = browser(tenant.person), Client(raise_request_exception=False)
    values = parameters(tenant)  # rows of the tenant are made once
    for route in PAGES:
        path = address(route, tenant, values)
        for client in (known, nobody):
            answers = [client.get(path, fields)]
            if evil == EVIL[1]:
                answers.append(client.get(path, fields, headers={"HX-Request": "true"}))
            if "sign" in route:
                answers.append(client.post(f"{path}?{urlencode(fields)}", fields))
            for answer in answers:
                parts = urlsplit(destination(answer))
                assert parts.scheme in {"", "http", "https"}, f"{path}: {destination(answer)}"
                assert parts.netloc in {"", "testserver", "localhost:8400"}, f"{path}: {parts}"
                assert not re.match(r"[/\\]{2}", destination(answer)), path
        known.force_login(tenant.person)


PRIVILEGES: dict[str, object] = {
    "id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b03", "is_staff": True, "is_superuser": True,
    "is_active": True, "role": "owner", "org_role": "owner", "permissions": ["*"],
    "person_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b01", "created_at": "2020-01-01T00:00:00Z",
    "revision": 99, "head_revision": 99, "key_hash": "x", "password": "x", "actor": "x",
}  # fmt: skip


def example_body(method: str, route: str) -> dict[str, Any] | None:
    """A body that the operation takes."""
    plain = re.sub(r"{(?:\w+:)?(\w+)}", r"{\1}", route)
    operation = DOCUMENT["paths"].get(plain, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None or "$ref" not in content["schema"]:
        return None
    schema = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
    return dict(schema["examples"][0])


@pytest.mark.parametrize(("method", "route"), API_CHANGES)
def test_members_that_are_not_declared_are_refused(
    api: Api, tenant: Tenant, method: str, route: str
) -> None:
    body = example_body(method, route)
    if body is None:
        return
    path = address(route, tenant)
    before = stored(tenant)
    for name, value in PRIVILEGES.items():
        if name in body:
            continue
        answer = api.call(method, path, {**body, name: value})
        plain = DOCUMENT["paths"][re.sub(r"{(?:\w+:)?(\w+)}", r"{\1}", route)][method.lower()]
        reference = plain["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        if name in DOCUMENT["components"]["schemas"][reference.rsplit("/", 1)[1]]["properties"]:
            continue
        assert answer.status_code == 422, f"{name}: {answer.status_code} {answer.content[:200]!r}"
        assert name in answer.content.decode()
    assert stored(tenant) == before


@pytest.mark.parametrize("route", PAGES)
def test_a_form_lifts_nobody(tenant: Tenant, route: str) -> None:
    """A plain member sends every form with every privilege."""
    member = add_person(tenant, project_role="viewer")
    form = {name: str(value) for name, value in PRIVILEGES.items()} | {
        "name": "x", "title": "x", "project_role": "pm", "org_id": str(tenant.org_id),
        "owner": str(member.id), "person_id": str(member.id), "email": member.email,
    }  # fmt: skip
    browser(member).post(address(route, tenant), form)
    member.refresh_from_db()
    assert not member.is_staff
    roles = {one.id: one.role for one in tenancy.organizations_of(member.id)}
    assert roles.get(tenant.org_id, "member") == "member"
    scope = tenancy.project_scope(tenancy.actor_for_person(member), tenant.project_id)
    with suppress(NotFound, Forbidden), scope as access:  # they may have left
        assert access.project_role in {None, "viewer"}


def colleagues(tenant: Tenant) -> Iterator[tuple[str, Client]]:
    """People of the same organization who may not change the project."""
    for name, person in (
        ("no role", add_person(tenant)),
        ("viewer", add_person(tenant, project_role="viewer")),
    ):
        yield name, browser(person)
        key = make_key(person)[1]
        yield (
            f"{name}'s key",
            Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False),
        )


@pytest.mark.parametrize(("method", "route"), PROJECT_CHANGES)
def test_a_colleague_without_the_permission_changes_nothing(
    method: str, route: str, db: None
) -> None:
    tenant = make_tenant(plan=small_plan())
    path = address(route, tenant)
    bodies: list[dict[str, Any]] = [
        {"title": "x"},
        {"microstep_id": "m1.s1.ms1"},
        {"base_revision": 1, "operations": [{"op": "remove", "id": "m1"}]},
        example_body(method, route) or {},
    ]
    for name, client in colleagues(tenant):
        before = stored(tenant)
        for body in bodies:
            if route.startswith("/api"):
                data, media_type = json.dumps(body), "application/json"
            else:
                data, media_type = urlencode(body, True), "application/x-www-form-urlencoded"
            answer = client.generic(method, path, data, content_type=media_type)
            assert answer.status_code < 500, name
        assert stored(tenant) == before, name


def test_what_is_a_persons_own_is_absent_to_a_colleague(tenant: Tenant) -> None:
    colleague = add_person(tenant, org_role="admin")
    for route in ("/api/keys/{uuid:key_id}", "/settings/keys/<uuid:key_id>/revoke"):
        path = fill(route, parameters(tenant))
        method = "DELETE" if "api" in route else "POST"
        for client in (
            browser(colleague),
            Client(headers={"Authorization": f"Bearer {make_key(colleague)[1]}"}),
        ):
            client.raise_request_exception = False
            client.generic(method, path)
    assert Api(tenant.key).get("/api/me").status_code == 200


def test_every_attack_has_its_routes() -> None:
    assert len(PAGES) > 10
    assert len(PROJECT_CHANGES) > 10
    assert all(set(PARAMETER.findall(route)) for _, route in PROJECT_CHANGES)
