"""PostgreSQL in a folder: made, started and stopped with the process that needs it.

<data dir>/postgres/      the cluster, owned by the account PostgreSQL runs as, 0700
<data dir>/socket/        its Unix socket, 0700 (or a short temporary folder, see `socket`)
<data dir>/secrets.json   passwords, 0600
<data dir>/postgres.lock  held as long as a process of ours uses the cluster
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import quote

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db.binaries import Binaries, find, readable_copy
from buildrunner.server.platform.db.cluster_files import (
    PORT,
    SUPERUSER,
    await_leftover,
    identity,
    initialize,
    pid_file,
    prepare,
    seen_from,
    socket_folder,
    version_of,
)
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.process import (
    Account,
    spawn,
    unprivileged_account,
    working_in,
)

# For one small machine: few processes, little memory, nothing of the data in the log.
SETTINGS: dict[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "max_parallel_workers_per_gather": "0",  # containers give /dev/shm 64 MB
    "max_logical_replication_workers": "0",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
}


class Cluster:
    """A running PostgreSQL. `stop()` ends it when this process started it."""

    def __init__(self, data_dir: Path, socket_dir: Path, major: int) -> None:
        self.data_dir = data_dir
        self.socket_dir = socket_dir
        self.major = major
        self.keyring = Keyring(data_dir / "secrets.json")
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._temporary_socket = False
        self._launch: Callable[[], subprocess.Popen[bytes]] | None = None

    def url(self, *, user: str, password: str, database: str) -> str:
        """A connection address over the Unix socket, as `DATABASE_URL` takes it."""
        return (
            f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{quote(database, safe='')}"
            f"?host={quote(str(self.socket_dir), safe='')}&port={PORT}"
        )

    def superuser_url(self, database: str = "postgres") -> str:
        """The address of the superuser: for making roles and databases, nothing else."""
        password = self.keyring.obtain("superuser")
        return self.url(user=SUPERUSER, password=password, database=database)

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is None or self.process.poll() is None

    def leftover(self) -> bool:
        """Whether sessions of a server that has ended by itself are still ending."""
        return bool(working_in(self.data_dir / "postgres"))

    def relaunch(self) -> None:
        """Start it again after it has ended by itself and nothing is left over, at its address.

        Returns before it accepts connections: recovery may take a while, and who connects is told
        so. Call it in the main thread, as `start`.
        """
        assert self._launch is not None  # noqa: S101
        await_leftover(self.data_dir / "postgres")
        self.process = self._launch()

    def stop(self, timeout: float = 15.0) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk. Safe to repeat."""
        if self.process is not None:
            for number, patience in ((signal.SIGINT, timeout), (signal.SIGQUIT, 5.0)):
                if self.process.poll() is None:
                    self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(patience)
                    break
            else:
                self.process.kill()
                self.process.wait()
        if self._temporary_socket:
            shutil.rmtree(self.socket_dir, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    data_dir: Path,
    *,
    settings: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    timeout: float = 120.0,
) -> Cluster:
    """Start the PostgreSQL of `data_dir`, making it first if there is none.

    Call it in the main thread: PostgreSQL ends with it, even when it is killed. `settings` add to
    or replace `SETTINGS`; `log` takes the server's own words (else `logs/postgres.log`). `timeout`
    in seconds covers recovery after a crash. Raises `OperatorProblem` when another process uses
    the folder, the data are of another version, or the server does not come up.
    """
    data_dir = prepare(data_dir)
    lock = _take_lock(data_dir)
    try:
        home = data_dir / "postgres"
        account = unprivileged_account(home)
        await_leftover(home)
        binaries = readable_copy(find(version_of(home)), account, data_dir)
        if not (home / "PG_VERSION").exists():
            careless = (settings or {}).get("fsync") == "off"  # data that nobody will miss
            initialize(binaries, data_dir, home, account, sync=not careless)
        socket_dir, temporary = socket_folder(data_dir, account)
        cluster = Cluster(data_dir, socket_dir, binaries.major)
        cluster._lock = lock
        cluster._temporary_socket = temporary
        cluster._launch = partial(_launch, binaries, home, socket_dir, account, settings or {}, log)
        cluster.process = cluster._launch()
    except BaseException:
        lock.close()
        raise
    try:
        _await_ready(cluster, home, time.monotonic() + timeout)
    except BaseException:
        cluster.stop(timeout=2.0)
        raise
    return cluster


def attach(data_dir: Path) -> Cluster | None:
    """The cluster of `data_dir` that another process keeps running, or `None`."""
    data_dir = data_dir.expanduser().resolve()
    home = data_dir / "postgres"
    lines = pid_file(home)
    if len(lines) < 8 or lines[7].strip() != "ready" or int(lines[0]) not in working_in(home):
        return None
    return Cluster(data_dir, Path(lines[4].strip()), version_of(home) or 0)


def _take_lock(data_dir: Path) -> IO[str]:
    lock = (data_dir / "postgres.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise OperatorProblem(
            f"The database in {data_dir} is already in use"
            f"{f' by process {holder}' if holder else ''}.",
            hint="Use the server that runs, stop it (Ctrl-C in its terminal), "
            "or choose another --data-dir DIR.",
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _launch(
    binaries: Binaries,
    home: Path,
    socket_dir: Path,
    account: Account | None,
    settings: Mapping[str, str],
    log: IO[bytes] | None,
) -> subprocess.Popen[bytes]:
    command = [binaries.program("postgres"), "-D", seen_from(home, account)]
    newer = {"io_method": "sync"} if binaries.major >= 18 else {}  # three processes fewer
    wanted = {**SETTINGS, **newer, **settings, "unix_socket_directories": str(socket_dir)}
    for name, value in {**wanted, "port": str(PORT)}.items():
        command += ["-c", f"{name}={value}"]
    output = log or _log_file(home.parent)
    try:
        return spawn(
            command,
            when_parent_ends=signal.SIGINT,  # a fast shutdown
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **identity(account),
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise OperatorProblem(
            f"PostgreSQL could not be started: {problem}.",
            hint="Set DATABASE_URL to a PostgreSQL you run.",
        ) from None
    finally:
        if log is None:
            output.close()


def _log_file(data_dir: Path) -> IO[bytes]:
    folder = data_dir / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "postgres.log"
    if path.exists() and path.stat().st_size > 5_000_000:
        path.replace(folder / "postgres.log.1")
    return path.open("ab")


def _await_ready(cluster: Cluster, home: Path, deadline: float) -> None:
    process = cluster.process
    assert process is not None  # noqa: S101
    while True:
        lines = pid_file(home)
        if len(lines) > 7 and int(lines[0]) == process.pid and lines[7].strip() == "ready":
            return
        if process.poll() is not None or time.monotonic() > deadline:
            end = "ended at once" if process.poll() is not None else "did not get ready in time"
            raise OperatorProblem(
                f"PostgreSQL {end}. Its last words: {_last_words(cluster.data_dir)}",
                hint=f"Read {cluster.data_dir / 'logs' / 'postgres.log'}",
            )
        time.sleep(0.01)


def _last_words(data_dir: Path) -> str:
    try:
        lines = (data_dir / "logs" / "postgres.log").read_text(errors="replace").splitlines()
    except OSError:
        return "none"
    return " | ".join(lines[-5:]) or "none"
