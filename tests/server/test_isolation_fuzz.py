"""Random requests with another tenant's ids, keys, cookies, cursors and idempotency keys.

Through every route of the API and every page: nothing of the victim is read, nothing of it is
written. What is drawn is repeatable; a new route is met by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.access import tables
from buildrunner.server.platform.db.scope import SETTING
from buildrunner.server.platform.http.pagination import encode_cursor
from factories import Api, make_key, make_tenant, small_plan
from factories.addresses import KNOWN, PARAMETER, addresses, fill, parameters

CANARY = "canary4f1e"
EXAMPLES = 8
ADDRESSES = addresses()
TENANT_TABLES = sorted(model._meta.db_table for model in tables() if model.tenant_column)
DIGESTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
    for table in TENANT_TABLES
)
ACCOUNT = (
    "SELECT t::text, 0 FROM identity_person t WHERE id = %s"
    " UNION ALL SELECT 'sessions', count(*) FROM identity_browsersession WHERE person_id = %s"
    " UNION ALL SELECT concat(id, scopes, expires_at), 0 FROM tenancy_personal_keys(%s)"
)
# Fields and query parameters of all rooms that may carry an id or a choice.
NAMES = (
    "org_id", "project_id", "person_id", "owner_id", "key_id", "id", "ids", "parent", "after", "holder",
    "microstep_id", "email", "role", "title", "name", "scopes", "cursor", "limit", "q", "status",
    "sort", "document", "revision", "next", "token", "base_revision", "operations", "message",
    "webhook_id", "to", "url", "kinds", "entity_id", "expected", "field", "value",
)  # fmt: skip


def canary_plan() -> dict[str, Any]:
    plan = json.loads(json.dumps(small_plan()).replace('"T"', f'"Task {CANARY}"'))
    return {**plan, "title": f"Plan {CANARY}"}


class Scene:
    """A victim whose every text holds the canary, a stranger, and what the stranger knows."""

    def __init__(self) -> None:
        self.victim = make_tenant(name=f"Victim {CANARY}", plan=canary_plan())
        self.stranger = make_tenant(name="Stranger", plan=small_plan())
        tenancy.rename_project(self.victim.actor, self.victim.project_id, title=f"Project {CANARY}")
        self.org_key = make_key(self.victim.person, org_id=self.victim.org_id)[0]
        owner = Api(self.victim.key)
        path = f"/api/projects/{self.victim.project_id}"
        owner.post(f"{path}/claims", {"microstep_id": "m1.s1.ms1", "holder": f"h {CANARY}"})
        self.replayed = {"title": "Kept", "org_id": str(self.victim.org_id)}
        owner.post("/api/projects", {"title": f"Kept {CANARY}"}, Idempotency_Key="victims")
        owner.post("/api/projects", self.replayed, Idempotency_Key="victims-too")
        self.tag = owner.get(path)["ETag"]
        self.theirs = parameters(self.victim)
        self.own = parameters(self.stranger)
        for name in KNOWN:  # some rows are made when they are asked for: not in the middle
            with suppress(KeyError):
                _ = self.theirs[name], self.own[name]
        browser = Client()
        browser.force_login(self.victim.person)
        self.cookie = browser.cookies["buildrunner_session"].value
        self.clients = self._clients()

    def _clients(self) -> dict[str, Client]:
        """The stranger by each credential, and nobody with what leaked of the victim's."""
        keys = {
            "key": self.stranger.key,
            "org key": make_key(self.stranger.person, org_id=self.stranger.org_id)[1],
            "narrow key": make_key(
                self.stranger.person,
                scopes=["planner.read"],
                org_id=self.stranger.org_id,
                project_id=self.stranger.project_id,
            )[1],
            "victim's prefix": self.victim.key[:11],
            "victim's key id": str(self.victim.key_id),
        }
        found = {
            name: Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
            for name, key in keys.items()
        }
        session = Client(raise_request_exception=False)
        session.force_login(self.stranger.person)
        session.cookies["buildrunner_csrf"] = "a" * 32
        session.defaults["HTTP_X_CSRFTOKEN"] = "a" * 32
        forged = Client(raise_request_exception=False)
        forged.cookies["buildrunner_session"] = self.cookie[:-2] + "xx"
        return {**found, "session": session, "forged": forged}

    def state(self) -> list[object]:
        """Everything stored of the victim."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(self.victim.org_id)])
            cursor.execute(DIGESTS)
            found: list[object] = cursor.fetchall()
            cursor.execute("SELECT set_config(%s, '', true)", [SETTING])
            cursor.execute(ACCOUNT, [self.victim.person.id] * 3)
            return found + cursor.fetchall()


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: object) -> Iterator[Scene]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield Scene()
        connection.close()


def ids(scene: Scene) -> st.SearchStrategy[Any]:
    """What a stranger may know or guess."""
    victim, stranger = scene.victim, scene.stranger
    cursors = [encode_cursor(one) for one in (victim.project_id, victim.key_id, 2)]
    return st.sampled_from(
        [
            str(victim.org_id),
            str(victim.project_id),
            str(victim.person.id),
            str(victim.key_id),
            str(scene.org_key.id),
            str(stranger.org_id),
            str(stranger.project_id),
            str(UUID(int=0)),
            "m1.s1.ms1",
            *cursors,
        ]
    )


def values(scene: Scene) -> st.SearchStrategy[Any]:
    """Members of bodies: mostly the victim's ids, also whole lists and operations of them."""
    scalar = st.one_of(
        ids(scene), st.sampled_from(["owner", "pm", "x", "%", "*", "", 0, 1, True, None])
    )
    operation = st.fixed_dictionaries(
        {"op": st.just("set"), "id": ids(scene), "field": st.just("title"), "value": scalar}
    )
    return st.one_of(
        scalar, st.lists(scalar, max_size=2), st.lists(operation, min_size=1, max_size=2)
    )


@st.composite
def requests(draw: Any, scene: Scene, method: str, route: str) -> dict[str, Any]:
    """One request to a route: its address, query, body and headers."""
    # Its own address with the victim's ids inside is as likely as the victim's address.
    address = {
        name: scene.theirs[name] if draw(st.integers(0, 3)) else scene.own[name]
        for name in PARAMETER.findall(route)
        if name != "entity_id"
    }
    members = st.dictionaries(st.sampled_from(NAMES), values(scene), max_size=5)
    query = st.dictionaries(st.sampled_from(NAMES), ids(scene), max_size=3)
    headers: dict[str, str] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "Idempotency-Key": st.sampled_from(["victims", "victims-too", "new"]),
                "If-Match": st.sampled_from([scene.tag, "*"]),
                "If-None-Match": st.just(scene.tag),
                "HX-Request": st.just("true"),
                "Last-Event-ID": st.just("1.1.1"),
                "X-Forwarded-For": st.just("127.0.0.1"),
                "X-HTTP-Method-Override": st.just("DELETE"),
            },
        )
    )
    body = draw(st.one_of(st.just(scene.replayed), st.just({"title": f"Kept {CANARY}"}), members))
    return {
        "path": fill(route, address)
        + (f"?{urlencode(draw(query))}" if draw(st.booleans()) else ""),
        "body": {} if method == "GET" else body,
        "headers": headers,
    }


def send(client: Client, method: str, request: dict[str, Any]) -> Any:
    api = request["path"].startswith("/api")
    if api:
        data, media_type = json.dumps(request["body"]), "application/json"
    else:
        data, media_type = urlencode(request["body"], True), "application/x-www-form-urlencoded"
    return client.generic(
        method, request["path"], data, content_type=media_type, headers=request["headers"]
    )


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_nothing_is_read_and_nothing_written(scene: Scene, method: str, route: str) -> None:
    before = scene.state()

    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        request=requests(scene, method, route),
        sender=st.sampled_from(sorted(scene.clients)),
    )
    def attack(request: dict[str, Any], sender: str) -> None:
        with transaction.atomic():
            answer = send(scene.clients[sender], method, request)
            shown = answer.content.decode(errors="replace") + str(dict(answer.items()))
            after = scene.state()
            transaction.set_rollback(True)
        what = f"{sender}: {method} {request['path']} {request['body']} {request['headers']}"
        sent = CANARY in json.dumps(request["body"])
        assert answer.status_code < 500, f"{what}: {answer.status_code}"
        assert sent or CANARY not in shown, f"{what}: {shown[:500]}"
        assert scene.victim.key not in shown, what
        assert "Idempotency-Replayed" not in answer, what
        assert after == before, what

    attack()


def test_the_canary_sings_for_its_owner(scene: Scene) -> None:
    """Else the test above would prove nothing."""
    owner = Api(scene.victim.key)
    project = f"/api/projects/{scene.victim.project_id}"
    for path in ("/api/me", "/api/orgs", project, f"{project}/plan", f"{project}/claims"):
        assert CANARY in owner.get(path).content.decode(), path
    again = owner.post("/api/projects", {"title": f"Kept {CANARY}"}, Idempotency_Key="victims")
    assert again["Idempotency-Replayed"] == "true"
    before = scene.state()
    with suppress(ZeroDivisionError), transaction.atomic():
        owner.patch(project, {"title": f"Renamed {uuid4()}"})
        assert scene.state() != before
        raise ZeroDivisionError
