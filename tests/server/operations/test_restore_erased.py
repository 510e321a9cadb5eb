"""Whoever was erased after a backup is not brought back by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from kits.operator import operate

pytestmark = pytest.mark.e2e


def test_an_older_backup_brings_nobody_back(start: Callable[..., Server], tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "old.backup"
    server = start(data)
    key = server.words["api_key"]
    me = json.loads(server.get("/api/me", key=key)[1])
    org, person = me["organizations"][0]["id"], me["id"]
    assert operate(data, "backup", str(kept)).code == 0
    server.stop()
    with (
        embedded.start(data) as cluster,
        psycopg.connect(embedded_database(cluster).direct) as owner,
    ):
        owner.execute(
            "INSERT INTO audit_erasure (id, created_at, org_id, person_id, people, erased_by)"
            " VALUES (gen_random_uuid(), now(), %s, %s, %s, '{}')",
            [org, person, json.dumps([person])],
        )
    said = operate(data, "restore", str(kept), "--replace")
    assert said.code == 0, said.out
    with (
        embedded.start(data) as cluster,
        psycopg.connect(embedded_database(cluster).direct) as owner,
    ):
        keys = owner.execute(
            "SELECT count(*) FROM audit_person_key WHERE org_id = %s AND person = %s",
            [org, person],
        ).fetchone()
        named = owner.execute(
            "SELECT count(*) FROM events_event WHERE org_id = %s AND actor->>'id' = %s"
            " AND actor->>'name' <> 'Erased person'",
            [org, person],
        ).fetchone()
        noted = owner.execute("SELECT person_id::text FROM audit_erasure").fetchall()
    assert (keys, named, noted) == ((0,), (0,), [(person,)])
