"""Restoring into a PostgreSQL that somebody else runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from test_backup import members
from test_up import Server

from buildrunner.server.platform.db import dump, embedded
from buildrunner.server.platform.db.backup_file import BackupWriter
from buildrunner.server.platform.errors import OperatorProblem
from kits.operator import operate

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Cluster]:
    place = tmp_path_factory.mktemp("theirs") / "data"
    with embedded.start(place, settings={"fsync": "off"}) as cluster:
        yield cluster


@pytest.fixture
def database_url(cluster: embedded.Cluster) -> Iterator[str]:
    """An empty database with another name than the backup's, and its plain owner."""
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE shop LOGIN CREATEROLE PASSWORD 'x'")
        admin.execute("CREATE DATABASE shop OWNER shop")
        yield cluster.url(user="shop", password="x", database="shop")
        admin.execute("DROP DATABASE shop WITH (FORCE)")
        for role in ("shop_web", "shop_reader", "shop"):
            admin.execute(f"DROP ROLE IF EXISTS {role}".encode())


def test_an_embedded_backup_serves_elsewhere(
    backup_file: Path, installation: Server, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    said = operate(data, "restore", str(backup_file), DATABASE_URL=database_url)
    assert said.code == 0, said.out
    server = Server(data, DATABASE_URL=database_url).ready()
    try:
        key = installation.words["api_key"]
        assert server.get("/api/me", key=key)[0] == 200
        running = operate(data, "restore", str(backup_file), "--replace", DATABASE_URL=database_url)
        assert running.code == 1
        assert "runs" in running.message
    finally:
        server.stop()
    assert operate(data, "check", DATABASE_URL=database_url).code == 0

    refused = operate(data, "restore", str(backup_file), DATABASE_URL=database_url)
    assert refused.code == 1
    assert "already holds tables" in refused.message
    replaced = operate(data, "restore", str(backup_file), "--replace", DATABASE_URL=database_url)
    assert replaced.code == 0, replaced.out
    assert replaced.json["epoch"] > said.json["epoch"]
    kept = replaced.json["kept"].removeprefix("schema ")
    lying = miscounted(backup_file, tmp_path / "lying.backup")
    failed = operate(data, "restore", str(lying), "--replace", DATABASE_URL=database_url)
    assert failed.code == 1
    assert "tenancy_project" in failed.message
    assert operate(data, "check", DATABASE_URL=database_url).code == 0
    with psycopg.connect(database_url) as owner:
        row = owner.execute("SELECT events_epoch()").fetchone()
        assert row == (replaced.json["epoch"],)
    with psycopg.connect(database_url) as owner:
        for schema in (kept, "public"):
            row = owner.execute(
                f"SELECT count(*) FROM {schema}.tenancy_project".encode()
            ).fetchone()
            assert row == (1,)
    again = operate(data, "backup", str(tmp_path / "b"), DATABASE_URL=database_url)
    assert again.code == 0, again.out


def miscounted(path: Path, target: Path) -> Path:
    """A backup that is whole and says another number of rows than it holds."""
    with target.open("wb") as file:
        writer = BackupWriter(file, None)
        for name, data in members(path).items():
            if name == "manifest.json":
                manifest = json.loads(data)
                manifest["tables"]["tenancy_project"]["rows"] += 1
                data = json.dumps(manifest).encode()
            if name != "checksums.json":
                writer.add(name, data)
        writer.finish()
    return target


def test_half_a_dump_changes_nothing(installation: Server, database_url: str) -> None:
    from buildrunner.server.platform.db.roles import embedded_database

    source = embedded.attach(installation.data_dir)
    assert source is not None
    with dump.snapshot(embedded_database(source).direct) as moment:
        whole = b"".join(moment.dump())
    half = whole[: len(whole) * 3 // 4]
    with pytest.raises(OperatorProblem, match="nothing was changed"):
        dump.restore(database_url, [whole], [half])

    def breaking() -> Iterator[bytes]:
        yield half
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        dump.restore(database_url, [whole], breaking())
    with psycopg.connect(database_url) as owner:
        row = owner.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()
        assert row == (0,)
