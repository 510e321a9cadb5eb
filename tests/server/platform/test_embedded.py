"""The embedded PostgreSQL: made, started, killed, found again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from buildrunner.server.platform.db import binaries, embedded
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.process import unprivileged_account


def processes_of(data_dir: Path) -> list[int]:
    """Every process that works below a data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                folder = os.readlink(entry / "cwd")
            except OSError:
                continue
            if folder.startswith(str(data_dir)):
                found.append(int(entry.name))
    return found


def await_end(data_dir: Path, seconds: float = 10) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := processes_of(data_dir)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


IDENTITY = "SELECT system_identifier FROM pg_control_system()"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    assert await_end(tmp_path) == []


def start(place: Path) -> embedded.Cluster:
    """Careless about power cuts, so that the tests do not wait for the disk."""
    return embedded.start(place, settings={"fsync": "off"})


def ask(cluster: embedded.Cluster, question: str) -> object:
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def test_a_cluster_is_made_private_and_found_again(place: Path) -> None:
    with start(place) as cluster:
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
        assert ask(cluster, "SHOW data_checksums") == "on"
        assert ask(cluster, "SHOW listen_addresses") == ""
        assert ask(cluster, "SELECT lower('ÄÖ')") == "äö"
        ask(cluster, "SELECT pg_reload_conf()")
        made = ask(cluster, IDENTITY)
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
        assert (place / "postgres").stat().st_mode & 0o777 == 0o700
        assert (place / "secrets.json").stat().st_mode & 0o777 == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(cluster.url(user="postgres", password="x", database="postgres"))
        attached = embedded.attach(place)
        assert attached is not None
        assert attached.superuser_url() == cluster.superuser_url()
        attached.stop()
        assert ask(cluster, "SELECT 1") == 1
    assert embedded.attach(place) is None
    with start(place) as cluster:
        assert ask(cluster, IDENTITY) == made


def test_nothing_above_the_data_folder_changes(place: Path) -> None:
    before = [folder.stat().st_mode for folder in place.parents]
    start(place).stop()
    assert [folder.stat().st_mode for folder in place.parents] == before


def test_a_second_start_is_refused_clearly(place: Path) -> None:
    with start(place), pytest.raises(OperatorProblem, match="already in use") as refusal:
        start(place)
    assert str(os.getpid()) in refusal.value.message
    assert "--data-dir" in refusal.value.hint


def test_a_stale_record_of_a_living_stranger_is_dropped(place: Path) -> None:
    start(place).stop()
    stranger = os.getpid()
    (place / "postgres" / "postmaster.pid").write_text(
        f"{stranger}\n{place}/postgres\n1\n5432\n/tmp\n\n 1 1\nready   \n"
    )
    assert embedded.attach(place) is None
    with start(place) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_data_of_another_version_are_named(place: Path) -> None:
    start(place).stop()
    (place / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(OperatorProblem, match="written by PostgreSQL 12"):
        start(place)


def test_a_long_path_takes_a_short_socket_folder(tmp_path: Path) -> None:
    place = tmp_path / ("long" * 20) / "data"
    with start(place) as cluster:
        assert not cluster.socket_dir.is_relative_to(place)
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
        assert ask(cluster, "SELECT 1") == 1
        assert embedded.attach(place) is not None
    assert not cluster.socket_dir.exists()


def test_the_server_dies_with_a_killed_starter_and_keeps_what_was_committed(place: Path) -> None:
    program = textwrap.dedent(
        """
        import pathlib, sys, psycopg
        from buildrunner.server.platform.db import embedded
        cluster = embedded.start(pathlib.Path(sys.argv[1]), settings={'fsync': 'off'})
        with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        print("ready", flush=True)
        sys.stdin.read()
        """
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "ready\n"
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    # No waiting for the old server here: the next start has to do that itself.
    with start(place) as cluster:
        assert ask(cluster, "SELECT number FROM kept") == 7


def test_a_crashed_server_recovers(place: Path) -> None:
    cluster = start(place)
    ask(cluster, "SELECT set_config('x.y', '', false)")
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert cluster.process is not None
    cluster.process.kill()
    cluster.process.wait()
    assert not cluster.alive()
    cluster.stop()
    with start(place) as cluster:
        assert ask(cluster, "SELECT number FROM kept") == 7


def test_programs_out_of_the_accounts_reach_are_copied_once(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs PostgreSQL as somebody else")
    real = binaries.find()
    closed = tmp_path / "closed"
    home = closed / binaries.PACKAGE / real.folder.name
    home.mkdir(parents=True)
    closed.chmod(0o700)
    for part in ("bin", "lib", "share"):
        (home / part).symlink_to(real.folder / part)
    (closed / f"{binaries.PACKAGE}.libs").symlink_to(
        real.folder.parent.parent / f"{binaries.PACKAGE}.libs"
    )
    hidden = binaries.Binaries(home, real.major)
    account = unprivileged_account(tmp_path / "nothing")
    assert binaries.readable_copy(real, account, tmp_path) is real
    open_place = Path(tempfile.mkdtemp(prefix="br-open-", dir="/var/tmp"))
    open_place.chmod(0o711)
    try:
        copied = binaries.readable_copy(hidden, account, open_place)
        assert copied.folder.is_relative_to(open_place)
        assert account is not None
        answer = subprocess.run(
            [copied.program("initdb"), "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            text=True,
        )
        assert str(real.major) in answer.stdout
        before = copied.folder.stat().st_ino
        assert binaries.readable_copy(hidden, account, open_place).folder.stat().st_ino == before
    finally:
        shutil.rmtree(open_place)
