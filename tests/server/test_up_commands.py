"""The operator's other commands, on a PostgreSQL that somebody else runs and on the embedded one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from buildrunner.server.platform.db import embedded

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Cluster]:
    place = tmp_path_factory.mktemp("external") / "data"
    with embedded.start(place, settings={"fsync": "off"}) as cluster:
        yield cluster


@pytest.fixture
def surroundings(cluster: embedded.Cluster, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an operator with a database of his own."""
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE shop LOGIN CREATEROLE PASSWORD 'x'")
        admin.execute("CREATE DATABASE shop OWNER shop")
        known = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BR_", "DATABASE_", "DJANGO_"))
        }
        url = cluster.url(user="shop", password="x", database="shop")
        yield {**known, "DATABASE_URL": url, "BR_DATA_DIR": str(tmp_path / "data")}
        admin.execute("DROP DATABASE shop WITH (FORCE)")
        for role in ("shop_web", "shop_reader", "shop"):
            admin.execute(f"DROP ROLE IF EXISTS {role}".encode())


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "buildrunner.server", *words]


def run(environment: dict[str, str], *words: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        command(*words, "--json"), env=environment, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


@contextmanager
def running(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(*words), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)
        assert process.returncode == 0


def answer(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as reply:
        return reply.code, json.load(reply)
    except OSError:
        return 0, {}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def test_the_parts_run_alone_on_somebody_elses_postgresql(surroundings: dict[str, str]) -> None:
    code, check = run(surroundings, "check")
    assert code == 1
    assert {one["name"] for one in check["checks"] if not one["ok"]} >= {"tables"}

    assert run(surroundings, "migrate")[1]["migrations"] > 5
    again = {"migrations": 0, "rights_applied": False, "backup": None}
    assert run(surroundings, "migrate") == (0, again)
    code, check = run(surroundings, "check")
    assert (code, check["ok"]) == (0, True), check
    code, refusal = run(surroundings, "link", "nobody@example.test")
    assert code == 1
    assert "nobody@example.test" in refusal["error"]["message"]

    port = free_port()
    ready = f"http://127.0.0.1:{port}/readyz"
    with running(surroundings, "web", "--port", str(port), "--listen", "127.0.0.1"):
        deadline = time.monotonic() + 30
        while (found := answer(ready))[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        # Pages and API are served without a worker; what waits for one is said.
        assert found[1]["status"] == "degraded", found
        assert not found[1]["checks"]["worker"]["ok"]
        with running(surroundings, "worker"):
            while (found := answer(ready))[1].get("status") != "ok" and time.monotonic() < deadline:
                time.sleep(0.05)
            assert found[1]["status"] == "ok", found


def test_up_uses_somebody_elses_postgresql(surroundings: dict[str, str]) -> None:
    up = [*command("up", "--json", "--no-browser", "--port", "0")]
    process = subprocess.Popen(up, env=surroundings, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    words = json.loads(process.stdout.readline())
    assert words["api_key"].startswith("br_")
    data_dir = Path(surroundings["BR_DATA_DIR"])
    assert not (data_dir / "postgres").exists()

    code, found = run(surroundings, "link")
    assert code == 0
    assert found["sign_in_url"].startswith(f"{words['url']}/sign-in/link/")
    # What web and worker know does not let them be the owner.
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        known = Path(f"/proc/{child}/environ").read_bytes()
        assert surroundings["DATABASE_URL"].encode() not in known
        assert b"DATABASE_WEB_URL" in known
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 130


def test_commands_on_nothing_say_how_to_begin(tmp_path: Path) -> None:
    known = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE")}
    for words in (["check"], ["link"], ["web", "--port", "0"], ["worker"]):
        done = subprocess.run(
            command(*words, "--data-dir", str(tmp_path / "none")),
            env={**known, "BR_SECRET_KEY": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert "br up" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [[], ["up", "--port", "70000"], ["fly"]])
def test_wrong_words_are_usage(words: list[str]) -> None:
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--help" in done.stderr
    told = subprocess.run(command(*words, "--json"), capture_output=True, text=True, timeout=60)
    assert told.returncode == 2
    refusal = json.loads(told.stdout)["error"]
    assert (refusal["code"], refusal["next_command"]) == ("usage", refusal["hint"][4:])
