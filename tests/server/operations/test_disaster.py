"""The disaster-recovery drill: everything is lost but the backup, and work goes on."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.crypto.sealing import seal, unseal
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from buildrunner.server.platform.events.stream import Position, read
from kits.operator import operate

pytestmark = pytest.mark.e2e

Start = Callable[..., Server]


def ask(
    server: Server, path: str, key: str, *, body: bytes | None = None, **headers: str
) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(
        f"{server.words['url']}{path}",
        data=body,
        method="PUT" if body else "GET",
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def next_event(server: Server, key: str, after: str, do: Callable[[], None]) -> tuple[str, str]:
    """The first event that a stream gets which goes on after `after`: its id and kind."""
    request = urllib.request.Request(
        f"{server.words['url']}/api/events/stream",
        headers={"Authorization": f"Bearer {key}", **({"Last-Event-ID": after} if after else {})},
    )
    with urllib.request.urlopen(request, timeout=20) as reply:
        assert reply.readline().startswith(b"retry:")
        do()
        fields: dict[str, str] = {}
        for line in reply:
            name, _, value = line.decode().strip().partition(": ")
            fields[name] = value
            if "id" in fields and "event" in fields:
                return fields["id"], fields["event"]
    raise AssertionError("the stream ended")


def test_the_drill(start: Start, tmp_path: Path, plan_bytes: bytes, settings: object) -> None:
    data = tmp_path / "data"
    server = start(data)
    key, project = server.words["api_key"], server.words["project_id"]
    plan = f"/api/projects/{project}/plan"
    _, headers, document = ask(server, plan, key)
    etag = headers["ETag"]
    master = Keyring(data / "secrets.json").obtain("master_key")
    settings.BR_MASTER_KEYS = [master]  # type: ignore[attr-defined]
    secret = seal("whsec_of_a_customer", "drill")
    old_id, _ = next_event(server, key, "", lambda: server.rename(project, key, "Before"))
    old = Position.from_token(old_id)
    cluster = embedded.attach(data)
    assert cluster is not None
    with psycopg.connect(embedded_database(cluster).owner, autocommit=True) as owner:
        # A subscriber that is up to date, on a server that has seen many transactions.
        owner.execute(
            "INSERT INTO events_cursor (subscriber, epoch, transaction, event_id, created_at,"
            " updated_at) VALUES ('drill', 1, 900000000, 900000000, now(), now())"
        )

    file = tmp_path / "all.backup"
    said = operate(data, "backup", str(file), BR_BACKUP_PASSPHRASE="correct horse")
    assert said.code == 0, said.out
    server.rename(project, key, "Lost, after the backup")
    server.stop()
    shutil.rmtree(data)

    said = operate(data, "restore", str(file), BR_BACKUP_PASSPHRASE="correct horse")
    assert said.code == 0, said.out
    epoch = said.json["epoch"]
    assert epoch > old.epoch
    assert sorted(path.name for path in data.iterdir() if "restor" in path.name) == []

    server = start(data)
    # The same API key answers; the same ETag holds, for reading and for writing.
    assert json.loads(ask(server, f"/api/projects/{project}", key)[2])["title"] == "Before"
    status, headers, again = ask(server, plan, key)
    assert (status, headers["ETag"], again) == (200, etag, document)
    assert ask(server, plan, key, If_None_Match=etag)[0] == 304
    assert ask(server, plan, key, body=plan_bytes, If_Match='"1-000000000000"')[0] == 412
    # Sealed secrets open.
    assert Keyring(data / "secrets.json").read("master_key") == master
    assert unseal(secret, "drill") == "whsec_of_a_customer"
    # Who follows goes on where they were, and gets what is new.
    new_id, kind = next_event(
        server,
        key,
        old_id,
        lambda: None if ask(server, plan, key, body=plan_bytes, If_Match=etag)[0] == 200 else 1 / 0,
    )
    assert Position.from_token(new_id).epoch == epoch
    assert kind.startswith(("plan.", "project."))
    assert asyncio.run(_news_of_the_cursor(data)) != []


async def _news_of_the_cursor(data: Path) -> list[str]:
    cluster = embedded.attach(data)
    assert cluster is not None
    url = embedded_database(cluster).reader
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        batch = await read(connection, Position(1, 900000000, 900000000))
    return [record.kind for record in batch.records]


def test_a_restore_takes_no_place_unasked(start: Start, backup_file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert operate(data, "restore", str(backup_file)).code == 0
    secrets = (data / "secrets.json").read_bytes()
    refused = operate(data, "restore", str(backup_file))
    assert refused.code == 1
    assert "already holds an installation" in refused.message
    assert (data / "secrets.json").read_bytes() == secrets

    server = start(data)
    running = operate(data, "restore", str(backup_file), "--replace")
    assert running.code == 1
    assert "runs (process" in running.message
    server.stop()

    (data / "postgres" / "mark").touch()
    first = operate(data, "restore", str(backup_file), "--replace")
    assert first.code == 0, first.out
    kept = Path(first.json["kept"])
    assert (kept / "postgres" / "mark").exists()
    assert not (data / "postgres" / "mark").exists()
    server = start(data)
    assert server.words["project_id"]


def test_without_keys_the_keyring_is_new(
    start: Start, installation: Server, tmp_path: Path
) -> None:
    file, data = tmp_path / "b", tmp_path / "data"
    operate(installation.data_dir, "backup", str(file), "--without-keys", "--no-verify")
    said = operate(data, "restore", str(file))
    assert said.code == 0, said.out
    assert said.json["keys"] is False
    server = start(data)
    assert server.get("/api/me", key=installation.words["api_key"])[0] == 200
