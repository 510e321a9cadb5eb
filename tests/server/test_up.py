"""`br up`, the whole product: started, stopped, killed, started again."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import buildrunner

pytestmark = pytest.mark.e2e


class Server:
    """One `up`, in a session of its own."""

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        prefix: list[str] | None = None,
        nohup: bool = False,
        **environment: str,
    ) -> None:
        self.data_dir = data_dir
        self.began = time.monotonic()
        known = {name: value for name, value in os.environ.items() if not name.startswith("BR_")}
        for name in ("DATABASE_URL", "DATABASE_WEB_URL", "DATABASE_READER_URL"):
            known.pop(name, None)
        known.pop("DATABASE_DIRECT_URL", None)
        self.process = subprocess.Popen(
            [
                *(prefix or [sys.executable, "-P"]),
                *("-m", "buildrunner.server", "up", "--json"),
                *("--no-browser", "--data-dir", str(data_dir), *(options or ("--port", "0"))),
            ],
            env={**known, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Ignored signals are inherited: without this a run of the tests under nohup would
            # start every server as one that is to outlive its terminal.
            preexec_fn=lambda: signal.signal(
                signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL
            ),
        )
        self.words: dict[str, Any] = {}
        self.seconds = 0.0

    def ready(self) -> Server:
        """Wait for its line of JSON."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            pytest.fail(f"up ended: {self.process.stderr.read()}")
        self.words = json.loads(line)
        self.seconds = time.monotonic() - self.began
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=40)
        return self.process.returncode

    @property
    def port(self) -> int:
        return urlsplit(self.words["url"]).port or 0

    def get(self, path: str, *, host: str = "127.0.0.1", key: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(host, self.port, timeout=20)
        headers = {"Host": f"localhost:{self.port}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def rename(self, project: str, key: str, title: str) -> None:
        request = urllib.request.Request(
            f"{self.words['url']}/api/projects/{project}",
            data=json.dumps({"title": title}).encode(),
            method="PATCH",
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            assert reply.status == 200

    @contextmanager
    def following(self, key: str) -> Iterator[Iterator[str]]:
        """The lines of the event stream, from its opening on."""
        request = urllib.request.Request(
            f"{self.words['url']}/api/events/stream", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            lines = (line.decode().rstrip("\n") for line in reply)
            assert next(lines).startswith("retry:")
            yield lines

    def children(self) -> list[int]:
        """The processes that work for this data folder, the supervisor apart."""
        return [pid for pid in living(self.data_dir) if pid != self.process.pid]


def living(data_dir: Path) -> list[int]:
    """Every process that names the folder, works below it or was given it."""
    name = str(data_dir).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            here = os.readlink(entry / "cwd").encode()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and (name in known or here.startswith(name)):
            found.append(int(entry.name))
    return found


def eventually(question: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A data folder; nothing of a server may be left when the test is over."""
    data_dir = tmp_path / "data"
    yield data_dir
    left = living(data_dir)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_two_starts(place: Path) -> None:
    first = Server(place).ready()
    assert set(first.words) == {"url", "sign_in_url", "api_key", "project_id"}
    assert first.words["url"] == f"http://localhost:{first.port}"
    key, project = first.words["api_key"], first.words["project_id"]
    for loopback in ("127.0.0.1", *(["::1"] if has_ipv6() else [])):
        status, body = first.get("/readyz", host=loopback)
        assert (status, json.loads(body)["status"]) == (200, "ok")
    me = json.loads(first.get("/api/me", key=key)[1])
    assert me["key"]["scopes"] == ["*"]
    assert [one["role"] for one in me["organizations"]] == ["owner"]
    plan = json.loads(first.get(f"/api/projects/{project}/plan", key=key)[1])
    microsteps = [ms for m in plan["milestones"] for s in m["steps"] for ms in s["microsteps"]]
    assert 30 <= len(microsteps) <= 66
    assert first.get(urlsplit(first.words["sign_in_url"]).path)[0] in {200, 302, 303}
    with first.following(key) as stream:
        first.rename(project, key, "Renamed")
        assert (
            next(line for line in stream if line.startswith("event:")) == "event: project.renamed"
        )
        # An open stream does not hold the server up.
        assert first.stop() == 0
        assert list(stream)[-1] == ""
    assert living(place) == []

    attempts = []
    # Five seconds are meant for a machine that does nothing else; on a busy one it takes its turn.
    crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    for _ in range(2):
        second = Server(place).ready()
        attempts.append(second.seconds)
        assert set(second.words) == {"url", "sign_in_url", "project_id"}
        assert second.words["project_id"] == project
        assert second.words["sign_in_url"] != first.words["sign_in_url"]
        assert second.get("/api/me", key=key)[0] == 200
        # A signal to the process group is Ctrl-C.
        os.killpg(second.process.pid, signal.SIGINT)
        second.process.communicate(timeout=40)
        assert second.process.returncode == 130
        assert living(place) == []
        if attempts[-1] < 5:
            break
        crowd = max(crowd, os.getloadavg()[0] / (os.cpu_count() or 1))
    print(f"first start {first.seconds:.1f} s, second {min(attempts):.1f} s")
    assert min(attempts) < 5 * crowd


def test_what_may_go_wrong(place: Path) -> None:
    server = Server(place).ready()

    # Another one on the same folder is told where the first one is.
    words, code = refused(Server(place))
    assert code == 1
    assert server.words["url"] in words["error"]["message"]
    assert "--data-dir" in words["error"]["hint"]

    # A taken port is named, and how to take another.
    words, _ = refused(Server(place.parent / "other", "--port", str(server.port)))
    assert str(server.port) in words["error"]["message"]
    assert "--port 0" in words["error"]["hint"]

    # A crashed web process comes back on the same port.
    web = next(pid for pid in server.children() if b"web" in command(pid))
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: web not in server.children())
    # Nobody accepts now, yet the socket stayed open: the request waits for the next process.
    assert server.get("/readyz")[0] == 200

    # PostgreSQL ends: it is started again, with the same data at the same address.
    (postgres,) = (
        pid
        for pid in server.children()
        if Path(os.readlink(f"/proc/{pid}/exe")).name == "postgres" and b"-D" in command(pid)
    )
    os.kill(postgres, signal.SIGKILL)
    assert eventually(lambda: server.get("/readyz")[0] == 503)
    assert eventually(lambda: server.get("/readyz")[0] == 200)
    assert server.get("/api/projects", key=server.words["api_key"])[0] == 200
    assert server.stop() == 0


def test_nothing_survives_a_killed_supervisor(place: Path) -> None:
    server = Server(place).ready()
    assert len(server.children()) >= 3
    server.process.kill()
    server.process.communicate()
    assert eventually(lambda: living(place) == [], 10)
    again = Server(place).ready()
    assert again.get("/readyz")[0] == 200
    assert again.stop(signal.SIGHUP) == 0


def test_under_nohup_it_outlives_the_terminal(place: Path) -> None:
    server = Server(place, nohup=True).ready()
    server.process.send_signal(signal.SIGHUP)
    assert server.get("/readyz")[0] == 200
    assert server.process.poll() is None
    assert server.stop() == 0


def test_a_signal_during_the_start_leaves_nothing(place: Path) -> None:
    server = Server(place)
    assert eventually(lambda: (place / "postgres").exists())
    server.process.send_signal(signal.SIGINT)
    server.process.communicate(timeout=40)
    assert server.process.returncode == 130
    assert living(place) == []
    assert Server(place).ready().stop() == 0


def test_an_ordinary_user() -> None:
    """As root the other tests cover root; here somebody who is not starts the same code."""
    if os.geteuid() != 0:
        pytest.skip("this run is an ordinary user's already")
    account = pwd.getpwnam("nobody")
    python = next((one for one in interpreters() if open_to_all(one)), None)
    if python is None:
        pytest.skip("no Python of this version stands where everybody may run it")
    home = Path(tempfile.mkdtemp(prefix="br-ordinary-", dir="/var/tmp"))
    os.chown(home, account.pw_uid, account.pw_gid)
    become = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    path = os.pathsep.join([str(Path(buildrunner.__file__).parents[1]), *site.getsitepackages()])
    try:
        server = Server(
            home / "data", prefix=[*become, str(python)], PYTHONPATH=path, HOME=str(home)
        ).ready()
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in living(home / "data")}
        assert owners == {account.pw_uid}
        assert (home / "data").stat().st_mode & 0o777 == 0o700
        assert server.get("/readyz")[0] == 200
        assert server.stop() == 0
        assert living(home / "data") == []
    finally:
        shutil.rmtree(home)


def interpreters() -> list[Path]:
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [Path(sys.executable).resolve(), Path("/usr/bin") / name, Path("/usr/local/bin") / name]
    return [path.resolve() for path in found if path.exists()]


def open_to_all(path: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in [path, *path.parents])


def refused(server: Server) -> tuple[dict[str, Any], int]:
    out, _ = server.process.communicate(timeout=40)
    return json.loads(out), server.process.returncode


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
