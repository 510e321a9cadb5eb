"""`Idempotency-Key`: sent again is answered again, and done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.http import replays
from factories import Api, Tenant, make_key, make_tenant

PATH = "/api/projects"


def titles(api: Api) -> list[str]:
    return [item["title"] for item in api.get(f"{PATH}?limit=200").json()["items"]]


def test_a_second_request_is_answered_and_not_carried_out(api: Api) -> None:
    key = str(uuid4())
    first = api.post(PATH, {"title": "Once"}, Idempotency_Key=key)
    again = api.post(PATH, {"title": "Once"}, Idempotency_Key=key)
    quoted = api.post(PATH, {"title": "Once"}, Idempotency_Key=f'"{key}"')
    assert first.status_code == again.status_code == quoted.status_code == 201
    assert first.content == again.content == quoted.content
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again["X-Request-ID"] != first["X-Request-ID"]
    assert titles(api).count("Once") == 1


def test_another_request_under_the_same_key(api: Api, tenant: Tenant) -> None:
    api.post(PATH, {"title": "One"}, Idempotency_Key="k")
    for refused in (
        api.post(PATH, {"title": "Two"}, Idempotency_Key="k"),
        api.post("/api/orgs", {"title": "One"}, Idempotency_Key="k"),
        api.patch(f"{PATH}/{tenant.project_id}", {"title": "One"}, Idempotency_Key="k"),
    ):
        assert refused.status_code == 422
        assert refused.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 256, '"', '"a', "a\tb"])
def test_keys_that_are_none(api: Api, key: str) -> None:
    refused = api.post(PATH, {"title": "x"}, Idempotency_Key=key)
    assert refused.status_code == 400
    assert refused.json()["code"] == "idempotency_key_malformed"


def test_a_key_belongs_to_its_caller(api: Api, tenant: Tenant, stranger: Tenant) -> None:
    mine = api.post(PATH, {"title": "Mine"}, Idempotency_Key="k")
    theirs = Api(stranger.key).post(PATH, {"title": "Mine"}, Idempotency_Key="k")
    other_key = Api(make_key(tenant.person)[1]).post(PATH, {"title": "Mine"}, Idempotency_Key="k")
    assert len({mine.json()["id"], theirs.json()["id"], other_key.json()["id"]}) == 3
    assert all("Idempotency-Replayed" not in one for one in (mine, theirs, other_key))
    browser = Api()
    browser.client.force_login(tenant.person)
    for answer in (mine, theirs, other_key):
        assert answer.status_code == 201
    assert browser.get(PATH).status_code == 200


def test_a_refusal_is_kept_but_not_what_decided_nothing(api: Api, as_key: Any) -> None:
    bad = {"title": ""}
    assert api.post(PATH, bad, Idempotency_Key="r").status_code == 422
    again = api.post(PATH, bad, Idempotency_Key="r")
    assert again.json()["code"] == "invalid_request"
    assert again["Idempotency-Replayed"] == "true"
    nobody = as_key("br_wrong").post(PATH, {"title": "x"}, Idempotency_Key="r")
    assert nobody.status_code == 401


def test_a_failure_is_not_kept_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = tenancy.create_project

    def broken(*arguments: Any, **named: Any) -> None:
        working(*arguments, **named)
        raise RuntimeError("after the change")

    monkeypatch.setattr(tenancy, "create_project", broken)
    assert api.post(PATH, {"title": "Half"}, Idempotency_Key="f").status_code == 500
    assert "Half" not in titles(api)
    monkeypatch.setattr(tenancy, "create_project", working)
    whole = api.post(PATH, {"title": "Half"}, Idempotency_Key="f")
    assert whole.status_code == 201
    assert "Idempotency-Replayed" not in whole
    assert titles(api).count("Half") == 1


def test_reading_needs_no_key(api: Api) -> None:
    one, two = (api.get("/api/me", Idempotency_Key="same") for _ in range(2))
    assert one.status_code == two.status_code == 200
    assert "Idempotency-Replayed" not in two


def test_an_answer_too_large_is_not_given_again_nor_its_action_done_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "LARGEST", 8)
    assert api.post(PATH, {"title": "Large"}, Idempotency_Key="l").status_code == 201
    again = api.post(PATH, {"title": "Large"}, Idempotency_Key="l")
    assert again.status_code == 409
    assert again.json()["code"] == "idempotency_answer_not_kept"
    assert again.json()["answered"] == 201
    assert titles(api).count("Large") == 1


def test_secrets_in_answers_are_sealed(tenant: Tenant, owner_sql: psycopg.Connection) -> None:
    body = {"name": "k", "scopes": ["planner.read"]}
    made = Api(tenant.key).post("/api/keys", body, Idempotency_Key="s").json()
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT * FROM http_keptanswer")
    assert made["key"].startswith("br_")


def test_what_is_stored_tells_nothing(commits: None, owner_sql: psycopg.Connection) -> None:
    tenant = make_tenant()
    body = {"name": "k", "scopes": ["planner.read"]}
    made = Api(tenant.key).post("/api/keys", body, Idempotency_Key="plain-word").json()
    rows = str(owner_sql.execute("SELECT k::text FROM http_keptanswer k").fetchall())
    assert rows
    assert made["key"] not in rows
    assert "plain-word" not in rows
    assert str(tenant.person.id) not in rows


def test_a_day_later_the_key_is_free_again(commits: None, owner_sql: psycopg.Connection) -> None:
    api = Api(make_tenant().key)
    for expected in (1, 1, 2):
        if expected == 2:
            owner_sql.execute("UPDATE http_keptanswer SET created_at = now() - interval '25 hours'")
        assert api.post(PATH, {"title": "Daily"}, Idempotency_Key="day").status_code == 201
        assert titles(api).count("Daily") == expected
    owner_sql.execute("UPDATE http_keptanswer SET created_at = now() - interval '25 hours'")
    replays.purge_answers()
    assert owner_sql.execute("SELECT count(*) FROM http_keptanswer").fetchone() == (0,)


class Held:
    """An action that stops after its change until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed, self.go_on = threading.Event(), threading.Event()
        self.backend = 0
        working = tenancy.create_project

        def held(*arguments: Any, **named: Any) -> Any:
            view = working(*arguments, **named)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.backend = cursor.fetchone()[0]
            self.changed.set()
            assert self.go_on.wait(20)
            return view

        monkeypatch.setattr(tenancy, "create_project", held)


def in_thread(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        with suppress(Exception):
            connection.close()


def test_while_the_first_runs_the_second_is_told_to_wait(
    commits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(make_tenant().key)
    held = Held(monkeypatch)

    def post() -> Any:
        return api.post(PATH, {"title": "Slow"}, Idempotency_Key="slow")

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(in_thread, post)
        assert held.changed.wait(20)
        busy = post()
        assert busy.status_code == 409
        assert busy.json()["code"] == "idempotency_in_flight"
        assert busy["Retry-After"] == "1"
        held.go_on.set()
        first = running.result(20)
    again = post()
    assert first.status_code == 201
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert titles(api).count("Slow") == 1


def test_a_process_that_dies_leaves_neither_the_change_nor_the_lock(
    commits: None, monkeypatch: pytest.MonkeyPatch, web_sql: psycopg.Connection
) -> None:
    api = Api(make_tenant().key)
    held = Held(monkeypatch)

    def post() -> Any:
        return api.post(PATH, {"title": "Crash"}, Idempotency_Key="crash")

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(in_thread, post)
        assert held.changed.wait(20)
        # What the death of the process looks like to the database.
        web_sql.execute("SELECT pg_terminate_backend(%s, 5000)", [held.backend])
        held.go_on.set()
        assert running.result(20).status_code >= 500
    assert "Crash" not in titles(api)
    assert post().status_code == 201
    again = post()
    assert again["Idempotency-Replayed"] == "true"
    assert titles(api).count("Crash") == 1
