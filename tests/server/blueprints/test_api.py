"""Blueprints over the API, and documents from addresses."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan
from factories.blueprints import make_blueprint_rows, small_blueprint, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}/blueprints"


class Shelf(BaseHTTPRequestHandler):
    """Answers what lies in `files`."""

    files: dict[str, tuple[int, dict[str, str], bytes]] = {}

    def do_GET(self) -> None:
        status, headers, body = self.files.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shelf(settings: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """A server on this machine that the operator allows, and what it answers."""
    settings.BR_OUTBOUND_HTTP = True
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    Shelf.files = {}
    server = HTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Shelf.files
    server.shutdown()
    server.server_close()


def test_list_preview_apply_rate(api: Api, base: str) -> None:
    listed = api.get(f"{base}?source=shipped&sort=title").json()["items"]
    assert [one["name"] for one in listed] == [
        "data-pipeline",
        "email",
        "billing",
        "rest-service",
        "auth",
    ]
    wanted = {"blueprints": [{"name": "auth", "values": {"attempts": "3"}}]}
    seen = api.post(f"{base}/preview", wanted).json()
    assert seen == api.post(f"{base}/preview", wanted).json()
    assert seen["changes"][0]["title"] == "Sign-in and permissions"
    stale = api.post(f"{base}/apply", {**wanted, "expected_revision": 7})
    assert stale.status_code == 412
    done = api.post(f"{base}/apply", {**wanted, "expected_revision": seen["revision"]})
    assert done.status_code == 201
    assert api.post(f"{base}/apply", wanted).status_code == 200
    one = listed[-1]["id"]
    assert api.put(f"{base}/{one}/rating", {"stars": 5}).json()["rating"] == 5.0
    assert api.get(f"{base}/applied").json()["items"][0]["revision"] == 2
    assert api.get(f"{base}/{one}").json()["own_stars"] == 5
    assert api.get(f"{base}/{one}?version=9.9.9").json()["code"] == "blueprint_absent"


def test_conflicts_and_wrong_values_are_problems(api: Api, base: str) -> None:
    document = small_blueprint()
    document["plan"]["milestones"][0]["title"] = "M"
    wanted = {"blueprints": [{"document": text_of(document)}]}
    refused = api.post(f"{base}/apply", wanted)
    assert refused.status_code == 409
    (conflict,) = refused.json()["conflicts"]
    answer = {"id": conflict["id"], "field": conflict["field"], "choice": "both"}
    assert api.post(f"{base}/apply", {**wanted, "resolutions": [answer]}).status_code == 201
    wrong = api.post(f"{base}/preview", {"blueprints": [{"name": "auth", "values": {"x": "1"}}]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "blueprint_parameters")
    assert wrong.json()["problems"][0]["name"] == "x"


def test_publish_show_withdraw_and_export(api: Api, base: str, tenant: Tenant) -> None:
    home = f"/api/orgs/{tenant.org_id}/blueprints"
    exported = api.get(f"{base}/export?name=ours&ids=m1").json()["document"]
    made = api.post(home, {"document": json.dumps(exported), "visibility": "organization"})
    assert made.status_code == 201
    one = made.json()["id"]
    shown = api.patch(f"{home}/{one}", {"visibility": "public"})
    assert shown.json()["visibility"] == "public"
    assert [row["name"] for row in api.get(home).json()["items"]] == ["ours"]
    assert api.delete(f"{home}/{one}").status_code == 204
    assert api.get(home).json()["items"] == []
    broken = api.post("/api/blueprints/validate", {"document": "{"}).json()
    assert not broken["valid"]
    assert broken["findings"][0]["line"] == 1


def test_a_member_sees_neither_private_ones_nor_publishes(api: Api, tenant: Tenant) -> None:
    identifier = make_blueprint_rows(tenant)["blueprint_id"]
    member = Api(make_key(add_person(tenant, project_role="contributor"))[1])
    base = f"/api/projects/{tenant.project_id}/blueprints"
    assert api.get(f"{base}/{identifier}").status_code == 200
    assert member.get(f"{base}/{identifier}").status_code == 404
    refused = member.post(
        f"/api/orgs/{tenant.org_id}/blueprints", {"document": text_of(small_blueprint())}
    )
    assert refused.status_code == 403
    assert refused.json()["missing"] == ["blueprint.publish"]


def test_an_address_is_fetched_and_judged(
    api: Api, base: str, shelf: tuple[str, dict[str, Any]]
) -> None:
    place, files = shelf
    text = text_of(small_blueprint()).encode()
    files["/pack.json"] = (200, {}, text)
    files["/moved"] = (302, {"Location": "/pack.json"}, b"")
    files["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000))
    files["/large"] = (200, {}, b" " * 6_000_000)
    outcomes = {}
    for path in files:
        answer = api.post(f"{base}/preview", {"blueprints": [{"url": place + path}]})
        outcomes[path] = (answer.status_code, answer.json().get("code"))
    assert outcomes == {
        "/pack.json": (200, None),
        "/moved": (422, "blueprint_fetch_failed"),
        "/bomb": (422, "blueprint_invalid"),
        "/large": (422, "blueprint_fetch_failed"),
    }


def test_the_marketplace_is_what_the_operator_chose(
    api: Api, base: str, shelf: tuple[str, dict[str, Any]], settings: Any
) -> None:
    assert api.get(f"{base}/marketplace").json()["items"] == []
    place, files = shelf
    good = {"name": "a", "title": "A", "summary": "S", "version": "1.0.0", "url": f"{place}/a"}
    items = [good, {**good, "url": "javascript:alert(1)"}, {"name": 1}, None]
    index = {"format": "buildrunner.marketplace/1", "items": items}
    files["/index.json"] = (200, {}, json.dumps(index).encode())
    settings.BR_MARKETPLACE_URL = f"{place}/index.json"
    assert [one["name"] for one in api.get(f"{base}/marketplace").json()["items"]] == ["a"]
    settings.BR_MARKETPLACE_URL = f"{place}/nothing"
    assert api.get(f"{base}/marketplace").json()["code"] == "blueprint_fetch_failed"


def test_what_changed_since_it_was_looked_at_is_not_applied(
    api: Api, base: str, shelf: tuple[str, dict[str, Any]]
) -> None:
    place, files = shelf
    files["/pack.json"] = (200, {}, text_of(small_blueprint()).encode())
    wanted = {"url": f"{place}/pack.json"}
    seen = api.post(f"{base}/preview", {"blueprints": [wanted]}).json()
    wanted["digest"] = seen["packs"][0]["digest"]
    files["/pack.json"] = (200, {}, text_of(small_blueprint(summary="Another.")).encode())
    refused = api.post(f"{base}/apply", {"blueprints": [wanted]})
    assert (refused.status_code, refused.json()["code"]) == (409, "blueprint_moved")
    files["/pack.json"] = (200, {}, text_of(small_blueprint()).encode())
    assert api.post(f"{base}/apply", {"blueprints": [wanted]}).status_code == 201
