"""New keys for old ones while everything that they guard goes on."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.crypto import resealing
from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.crypto.sealing import SealBroken, key_name, mark_of, seal, unseal
from kits.operator import operate

pytestmark = pytest.mark.e2e


@pytest.fixture
def vault(owner_sql: psycopg.Connection) -> Iterator[psycopg.Connection]:
    owner_sql.execute(
        "CREATE TABLE test_vault (id uuid PRIMARY KEY, secret text, nested jsonb, undeclared text)"
    )
    yield owner_sql
    owner_sql.execute("DROP TABLE test_vault")


@pytest.fixture
def as_owner(databases: Any, commits: None) -> Iterator[None]:
    from django.db import connection

    from buildrunner.server.config.settings import environment

    web = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environment.database(databases.owner, "DATABASE_URL"))
    yield
    connection.close()
    connection.settings_dict.update(web)


def test_every_declared_column_moves_and_the_rest_is_found(
    vault: psycopg.Connection, as_owner: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        resealing,
        "sealed_columns",
        lambda: [
            resealing.SealedColumn("test_vault", "id", "secret", "test.vault", False),
            resealing.SealedColumn("test_vault", "id", "nested", "test.nested", True),
        ],
    )
    settings.BR_MASTER_KEYS = ["old"]
    mark = mark_of("old")
    for number in range(1203):  # more than two batches
        vault.execute(
            "INSERT INTO test_vault VALUES (%s, %s, %s, %s)",
            [
                uuid.uuid4(),
                seal(f"word {number}", "test.vault"),
                json.dumps({"codes": [seal("a", "test.nested"), 7, "plain"]}),
                seal("x", "elsewhere") if number == 5 else None,
            ],
        )
    vault.execute(
        "INSERT INTO test_vault VALUES (%s, %s)", [uuid.uuid4(), seal("x", "another purpose")]
    )
    settings.BR_MASTER_KEYS = ["new", "old"]
    done = resealing.reseal_all(mark)
    assert done.moved == 2 * 1203
    assert done.broken == {"test_vault.secret": 1}
    assert resealing.left_under(mark) == {"test_vault.secret": 1, "test_vault.undeclared": 1}
    assert resealing.reseal_all(mark).moved == 0

    settings.BR_MASTER_KEYS = ["new"]
    rows = vault.execute(
        "SELECT secret, nested FROM test_vault WHERE nested IS NOT NULL"
    ).fetchall()
    assert {unseal(secret, "test.vault") for secret, _ in rows} == {
        f"word {number}" for number in range(1203)
    }
    codes = rows[0][1]["codes"]
    assert [unseal(codes[0], "test.nested"), *codes[1:]] == ["a", 7, "plain"]


def test_what_rooms_keep_sealed_is_declared() -> None:
    """Each declaration names a column that exists; those that are known to be sealed are there."""
    found = {(one.table, one.column): one for one in resealing.sealed_columns()}
    assert {
        ("http_keptanswer", "body"),
        ("identity_browsersession", "session_data"),
        ("identity_outboxmessage", "body"),
        ("mfa_authenticator", "data"),
        ("notifications_endpoint", "secret"),
        ("notifications_endpoint", "previous_secret"),
    } <= set(found)
    assert found["mfa_authenticator", "data"].is_json
    assert all(one.purpose for one in found.values())


def test_a_process_sees_a_rotation_without_a_restart(settings: Any, tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "secrets.json")
    keyring.keep("master_key", "one")
    settings.BR_KEYRING = str(keyring.path)
    first = seal("word", "test")
    keyring.keep("master_key", "two one")
    second = seal("word", "test")
    assert second.startswith(mark_of("two"))
    assert unseal(first, "test") == "word"
    keyring.keep("master_key", "two")
    assert unseal(second, "test") == "word"
    with pytest.raises(SealBroken):
        unseal(first, "test")


def test_the_running_server_gets_new_keys(installation: Server, tmp_path: Path) -> None:
    data = installation.data_dir
    before = Keyring(data / "secrets.json").read("master_key") or ""
    said = operate(data, "keys", "rotate", "master")
    assert said.code == 0, said.out
    assert said.json["dropped"] == [key_name(before)]
    assert said.json["left"] == {}
    after = Keyring(data / "secrets.json").read("master_key") or ""
    assert before not in after
    assert installation.get("/api/me", key=installation.words["api_key"])[0] == 200

    told = operate(data, "keys")
    assert told.code == 0
    names = {one["name"]: one for one in told.json["keys"]}
    assert names["master_key"]["name_in_seals"] == key_name(after)
    assert names["master_key"]["days"] == 0
    values = [value for value in Keyring(data / "secrets.json").everything().values() if value]
    assert not any(value in told.out for value in values if len(value) > 20)
    refused = operate(data, "keys", "rotate")
    assert refused.code == 1
    assert "Which key" in refused.message
    theirs = operate(data, "keys", "rotate", "master", BR_MASTER_KEY="theirs")
    assert theirs.code == 1
    assert "NEW,OLD" in theirs.json["error"]["hint"]


def test_a_session_survives_a_new_secret_key(tmp_path: Path) -> None:
    """Signed in with a keyring under a passphrase; the key is rotated; still signed in."""
    words = tmp_path / "words"
    words.write_text("correct horse\n")
    guarded = {"BR_KEYRING_PASSPHRASE_FILE": str(words)}
    data = tmp_path / "data"
    server = Server(data, **guarded).ready()
    cookie = sign_in(server)
    assert page(server, cookie) == 200
    assert Keyring(data / "secrets.json").protected
    moved = operate(data, "keys", "rotate", "master", **guarded)
    assert moved.code == 0, moved.out
    assert moved.json["moved"] > 0  # the session is sealed, too
    assert moved.json["left"] == {}
    assert len(moved.json["dropped"]) == 1
    assert page(server, cookie) == 200  # by processes that run on
    said = operate(data, "keys", "rotate", "secret", **guarded)
    assert said.code == 0, said.out
    plain = operate(data, "backup", str(tmp_path / "b"), **guarded)
    assert plain.code == 1
    assert "in the clear" in plain.message
    port = str(server.port)
    server.stop()
    server = Server(data, "--port", port, **guarded).ready()
    try:
        assert page(server, cookie) == 200
        assert server.get("/api/me", key="br_wrong")[0] == 401
    finally:
        server.stop()


def sign_in(server: Server) -> str:
    """Redeem the printed link; the session's cookie."""
    import http.cookiejar
    import urllib.parse
    import urllib.request

    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(server.words["sign_in_url"], timeout=20) as reply:
        html = reply.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    if token:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode()
        with opener.open(server.words["sign_in_url"], data=body, timeout=20) as reply:
            reply.read()
    return next(one.value or "" for one in jar if one.name == "buildrunner_session")


def page(server: Server, session: str) -> int:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(
            "GET",
            "/projects",
            headers={
                "Host": f"localhost:{server.port}",
                "Cookie": f"buildrunner_session={session}",
            },
        )
        return connection.getresponse().status
    finally:
        connection.close()
