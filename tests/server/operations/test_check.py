"""The preflight: everything in order, and each thing that is not."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_up import Server

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from kits.operator import Said, operate

pytestmark = pytest.mark.e2e


def checks(said: Said) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in said.json["checks"]}


def test_a_running_server_is_in_order(installation: Server) -> None:
    said = operate(installation.data_dir, "check")
    found = checks(said)
    assert said.code == 0, said.out
    assert set(found) >= {
        "data folder",
        "disk",
        "PostgreSQL",
        "settings",
        "tables",
        "row-level security",
        "web role",
        "reader role",
        "clock",
        "port",
        "keys",
        "sealed secrets",
        "mail",
    }
    assert all(one["ok"] for one in found.values())
    assert "this server's" in found["port"]["detail"]
    assert str(installation.port) in found["port"]["detail"]


def test_what_is_wrong_is_named_with_its_remedy(installation: Server, tmp_path: Path) -> None:
    data = installation.data_dir
    cluster = embedded.attach(data)
    assert cluster is not None
    with psycopg.connect(embedded_database(cluster).owner, autocommit=True) as owner:
        owner.execute("ALTER TABLE plans_revision NO FORCE ROW LEVEL SECURITY")
        (data / "secrets.json").chmod(0o644)
        try:
            said = operate(
                data,
                "check",
                BR_EMAIL_URL="smtp://127.0.0.1:1?tls=none",
                BR_SECRET_KEY="short",
            )
        finally:
            owner.execute("ALTER TABLE plans_revision FORCE ROW LEVEL SECURITY")
            (data / "secrets.json").chmod(0o600)
    assert said.code == 1
    wrong = {name: one for name, one in checks(said).items() if not one["ok"]}
    assert set(wrong) == {"data folder", "row-level security", "mail"}
    assert "plans_revision" in wrong["row-level security"]["detail"]
    assert wrong["row-level security"]["remedy"] == "br server migrate --force"
    assert wrong["data folder"]["remedy"].startswith("chmod 600")
    assert "127.0.0.1:1" in wrong["mail"]["detail"]
    assert checks(said)["keys"]["warning"] is True


def test_a_lost_master_key_and_a_taken_port_are_seen(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").ready()
    data = server.data_dir
    cluster = embedded.attach(data)
    assert cluster is not None
    master = Keyring(data / "secrets.json").obtain("master_key")
    with psycopg.connect(embedded_database(cluster).owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO http_keptanswer (id, created_at, fingerprint, status, headers, body)"
            " VALUES ('a', now(), 'a', 200, '{}', %s)",
            ["v1.00000000.AAAA"],
        )
    server.stop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        said = operate(data, "check", BR_PUBLIC_URL=f"http://localhost:{number}")
    wrong = {name: one for name, one in checks(said).items() if not one["ok"]}
    assert set(wrong) == {"port", "sealed secrets"}
    assert "http_keptanswer.body" in wrong["sealed secrets"]["detail"]
    assert str(number) in wrong["port"]["detail"]
    assert master not in said.out


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("BR_WEB_THREADS", "0", "between 1 and 64"),
        ("BR_WEB_THREADS", "many", "whole number"),
        ("BR_METRICS_PORT", "70000", "between 0 and 65535"),
        ("BR_UPGRADE_BACKUP", "perhaps", "neither true nor false"),
    ],
)
def test_settings_are_refused_by_name(
    installation: Server, variable: str, value: str, words: str
) -> None:
    said = operate(installation.data_dir, "check", **{variable: value})
    assert said.code == 1
    assert variable in said.message
    assert words in said.message
    assert "settings.md" in json.loads(said.out)["error"]["hint"]


def test_nobody_serves_with_the_key_that_everybody_knows() -> None:
    from buildrunner.server.config.settings.environment import BUILD_KEY, refuse_build_key
    from buildrunner.server.platform.errors import OperatorProblem

    with pytest.raises(OperatorProblem, match="BR_SECRET_KEY is not set"):
        refuse_build_key(BUILD_KEY)
    refuse_build_key("another")
