"""`up`: database, tables, first rows, web and worker, in one process that keeps them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import buildrunner
from buildrunner.server.operations import environment, listening, words
from buildrunner.server.operations.children import Child, Journal
from buildrunner.server.operations.database import is_external, keyring_of
from buildrunner.server.operations.layout import refuse_newer
from buildrunner.server.operations.supervisor import Stopped, Supervisor
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.cluster_files import prepare
from buildrunner.server.platform.db.roles import Databases, embedded_database, external_database
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.process import spawn

READY_WITHIN = 60.0  # seconds for web and worker to come up


class Options:
    """What `up` was asked for."""

    __slots__ = ("as_json", "browser", "data_dir", "listen", "port", "verbose")

    def __init__(
        self,
        *,
        port: int,
        data_dir: Path,
        listen: list[str],
        browser: bool,
        as_json: bool,
        verbose: bool,
    ) -> None:
        self.port = port
        self.data_dir = data_dir
        self.listen = listen
        self.browser = browser
        self.as_json = as_json
        self.verbose = verbose


def run(options: Options, say: words.Words) -> int:
    """Start everything, wait for a signal, stop everything. The exit code."""
    data_dir = prepare(options.data_dir)
    refuse_newer(data_dir)
    supervisor = Supervisor()
    with _alone(data_dir) as announce, supervisor.signals():
        try:
            _start(options, data_dir, supervisor, say, announce)
            supervisor.watch()
        except Stopped as stopped:
            say.say()
            say.say(f"  {stopped}: stopping …")
            supervisor.stop()
            say.done("stopped; nothing is left running")
            return 130 if stopped.number == signal.SIGINT else 0
        finally:
            supervisor.stop()
    return 0


def _start(
    options: Options,
    data_dir: Path,
    supervisor: Supervisor,
    say: words.Words,
    announce: Any,
) -> None:
    sockets = supervisor.sockets = listening.bind(options.listen, options.port)
    port = int(sockets[0].getsockname()[1])
    url = environment.public_url(port)
    announce(url)
    databases = _database(data_dir, supervisor, say)
    base = environment.common(data_dir, url)
    state = data_dir / "prepared"
    same_code = state.exists() and state.read_text() == _code_digest()
    if same_code:  # nothing to migrate: everything starts at once
        _serve(supervisor, options, data_dir, environment.for_web(base, databases), sockets)
    welcome = _prepare(environment.for_owner(base, databases), supervisor)
    say.done("tables, rights and first rows are in place")
    if welcome.get("backup"):
        say.done(f"backed up before: {welcome['backup']}")
    if not same_code:
        state.write_text(_code_digest())
        _serve(supervisor, options, data_dir, environment.for_web(base, databases), sockets)
    address = sockets[0].getsockname()
    supervisor.watch(lambda: _is_ready(address, url), patience=READY_WITHIN)
    say.done("web and worker are ready")
    _welcome(options, data_dir, url, welcome, say)


def _database(data_dir: Path, supervisor: Supervisor, say: words.Words) -> Databases:
    if is_external():
        databases = external_database(os.environ, keyring_of(data_dir))
        say.done("the PostgreSQL of DATABASE_URL answers")
        for note in databases.notes:
            say.note(note)
        return databases
    first = not (data_dir / "postgres").exists()
    supervisor.cluster = embedded.start(data_dir)
    supervisor.check()
    databases = embedded_database(supervisor.cluster)
    what = "was made and runs" if first else "runs"
    say.done(f"PostgreSQL {supervisor.cluster.major} {what}")
    return databases


def _prepare(known: dict[str, str], supervisor: Supervisor) -> dict[str, Any]:
    """Migrate and make the first rows, in a process of its own: this one stays small."""
    process = spawn(
        [sys.executable, "-P", "-m", "buildrunner.server", "prepare"],
        when_parent_ends=signal.SIGKILL,
        env=known,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                out, errors = process.communicate(timeout=0.2)
                break
            supervisor.check()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    try:
        answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        answer = {}
    if process.returncode or "link" not in answer:
        problem = answer.get("error") or {}
        words_of = errors.decode("utf-8", "replace").strip().splitlines()[-12:]
        raise OperatorProblem(
            problem.get("message")
            or "The database could not be prepared:\n"
            + "\n".join(f"    {line}" for line in words_of),
            hint=problem.get("hint") or problem.get("next_command") or "br server check",
        )
    return answer


def _serve(
    supervisor: Supervisor,
    options: Options,
    data_dir: Path,
    known: dict[str, str],
    sockets: list[socket.socket],
) -> None:
    logs = data_dir / "logs"
    descriptors = [one.fileno() for one in sockets]
    arguments = ["web", *(f"--fd={number}" for number in descriptors)]
    web = {**environment.own_core(), **known}
    for name, command, knows, passed in (
        ("web", arguments, web, descriptors),
        ("worker", ["worker"], known, []),
    ):
        journal = Journal(logs / f"{name}.log", echo=options.verbose)
        supervisor.keep(Child(name, command, knows, journal, pass_fds=passed))


def _is_ready(address: tuple[Any, ...], url: str) -> bool:
    host = url.partition("://")[2]
    connection = http.client.HTTPConnection(address[0], address[1], timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        answer = connection.getresponse()
        if answer.status != 200:
            return False
        worker = json.loads(answer.read()).get("checks", {}).get("worker", {"ok": True})
        return bool(worker["ok"])
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(
    options: Options, data_dir: Path, url: str, welcome: dict[str, Any], say: words.Words
) -> None:
    link, api_key = str(welcome["link"]), welcome.get("api_key")
    project_id = str(welcome["project_id"])
    if options.as_json:
        shown: dict[str, object] = {"url": url, "sign_in_url": link}
        if api_key:
            shown["api_key"] = api_key
        say.emit({**shown, "project_id": project_id})
    words.ready(say, url=url, link=link, api_key=api_key, project_id=project_id, data_dir=data_dir)
    if options.browser and _has_display():
        _open_browser(link)


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _open_browser(link: str) -> None:
    """Some browsers stay in the foreground; nobody waits for them."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def _code_digest() -> str:
    """Changes with every migration and every version: then the tables come first."""
    root = Path(buildrunner.__file__).parent / "server"
    seen = hashlib.sha256(buildrunner.__version__.encode())
    for path in sorted(root.glob("*/*/migrations/*.py")):
        entry = path.stat()
        seen.update(f"{path.relative_to(root)} {entry.st_size} {entry.st_mtime_ns}\n".encode())
    return seen.hexdigest()


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[Any]:
    """Hold the folder's lock; gives a function that writes down where the server can be found."""
    with (data_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().split()
            where = f" at {holder[1]}" if len(holder) > 1 else ""
            who = f" (process {holder[0]})" if holder else ""
            raise OperatorProblem(
                f"A server of {data_dir} already runs{where}{who}.",
                hint="Use it, or stop it with Ctrl-C in its terminal"
                f"{f' or: kill {holder[0]}' if holder else ''}. "
                "Another one beside it: br up --port 0 --data-dir DIR",
            ) from None

        def announce(url: str) -> None:
            lock.truncate(0)
            lock.write(f"{os.getpid()} {url}\n")
            lock.flush()

        announce("")
        try:
            yield announce
        finally:
            lock.truncate(0)
