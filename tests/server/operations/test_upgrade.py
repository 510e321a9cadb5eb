"""Upgrades: what changes is told, backed up, and never by an older version over a newer one."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from kits.operator import operate

pytestmark = pytest.mark.e2e

# As a version without a newest migration, which no other needs, would have left the database.
WITHOUT_NEWEST = (
    *(
        f"ALTER TABLE discussion_{table} ALTER COLUMN person_id SET NOT NULL"
        for table in ("comment", "reaction", "attachment")
    ),
    "DELETE FROM django_migrations WHERE app = 'discussion' AND name = '0004_talk_travels'",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server is stopped."""
    server = Server(tmp_path_factory.mktemp("upgrade") / "data").ready()
    server.stop()
    return server.data_dir


def sql(data: Path, *statements: str) -> None:
    with embedded.start(data) as cluster:
        url = embedded_database(cluster).owner
        with psycopg.connect(url, autocommit=True) as owner:
            for statement in statements:
                owner.execute(statement.encode())


def test_tables_change_only_after_a_backup(data: Path, tmp_path: Path) -> None:
    told = json.loads((data / "version.json").read_text())
    assert told["layout"] == 1
    assert told["schema"].startswith("sha256:")
    assert operate(data, "migrate", "--check").json == {"missing": []}

    sql(data, *WITHOUT_NEWEST)
    plan = operate(data, "migrate", "--plan")
    assert plan.code == 0
    assert [step["name"] for step in plan.json["missing"]] == ["discussion.0004_talk_travels"]
    assert plan.json["missing"][0]["breaks"] == []
    assert operate(data, "migrate", "--check").code == 1

    (data / "backups").mkdir(exist_ok=True)
    for number in range(6):
        (data / "backups" / f"before-0.0.{number}-20200101T000000Z.backup").touch()
    done = operate(data, "migrate")
    assert done.code == 0, done.out
    assert done.json["migrations"] == 1
    made = Path(done.json["backup"])
    assert made.parent == data / "backups"
    assert len(list(made.parent.iterdir())) == 5
    assert operate(data, "migrate", "--check").code == 0
    # Going back is a restore of it, and going forward again brings it up to date.
    back = operate(tmp_path / "back", "restore", str(made))
    assert back.code == 0, back.out
    assert back.json["migrations"] == 1


def test_nothing_changes_where_no_backup_can_be_made(data: Path) -> None:
    sql(data, *WITHOUT_NEWEST)
    backups = data / "backups"
    backups.rename(data / "elsewhere")
    backups.write_text("in the way")
    refused = operate(data, "migrate")
    assert refused.code == 1
    assert operate(data, "migrate", "--check").code == 1
    without = operate(data, "migrate", BR_UPGRADE_BACKUP="0")
    assert without.code == 0, without.out
    assert without.json["backup"] is None
    backups.unlink()


def test_an_older_version_leaves_a_newer_database_alone(data: Path) -> None:
    sql(data, "INSERT INTO django_migrations VALUES (DEFAULT, 'tenancy', '9999_future', now())")
    for words in (("migrate",), ("migrate", "--plan"), ("up", "--port", "0", "--no-browser")):
        refused = operate(data, *words)
        assert refused.code == 1, words
        assert "newer BuildRunner (tenancy.9999_future)" in refused.message
        assert "Upgrade" in refused.json["error"]["hint"]
    sql(data, "DELETE FROM django_migrations WHERE name = '9999_future'")
    told = json.loads((data / "version.json").read_text())
    (data / "version.json").write_text(json.dumps(told | {"layout": 99, "product": "9.0"}))
    for words in (("migrate",), ("up", "--port", "0", "--no-browser")):
        refused = operate(data, *words)
        assert refused.code == 1
        assert "written by BuildRunner 9.0" in refused.message
    (data / "version.json").write_text(json.dumps(told))
    assert operate(data, "migrate", "--check").code == 0
