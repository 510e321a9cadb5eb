"""The product as `deploy/docker/compose.yaml` runs it, with processes in place of containers.

Commands, variables and the roles of PostgreSQL are read from the deployment's own files; what
stands in for Caddy is a TCP front that hands connections to the web processes in turn.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.binaries import find
from kits import work

DEPLOY = Path(__file__).parents[2] / "deploy" / "docker"
SECRETS = {
    "SITE": "localhost",
    "POSTGRES_PASSWORD": "",  # the cluster's own
    "OWNER_PASSWORD": "owner0word",
    "WEB_PASSWORD": "web0word",
    "READER_PASSWORD": "reader0word",
    "OWNER_EMAIL": "ada@example.org",
    "BR_SECRET_KEY": "s" * 50,
    "BR_MASTER_KEY": "m" * 50,
}


def services() -> dict[str, Any]:
    """The services of the compose file, anchors and merges resolved."""
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    found: dict[str, Any] = loaded["services"]
    return found


def filled(text: str) -> str:
    """`${NAME}`, `${NAME:?…}` and `${NAME:-default}` as compose fills them."""
    return re.sub(r"\$\{(\w+)(?::[?-]([^}]*))?\}", lambda found: SECRETS[found[1]], text)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class RoundRobin:
    """A TCP front in a thread: each connection goes to the next backend that takes it."""

    def __init__(self, backends: list[int]) -> None:
        self.backends = backends
        self.served: list[int] = []
        self._turns = itertools.count()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(100):
            port = self.backends[next(self._turns) % len(self.backends)]
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", port)
                self.served.append(port)
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
                return
            await asyncio.sleep(0.05)
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


class Topology:
    """Two web and two worker processes on one PostgreSQL behind one address.

    `url` is the address people use, `web` the two ports behind it; `sign_in_url`, `api_key` and
    `project_id` are the first person's, as of a `Product`.
    """

    def __init__(self, root: Path, *, test_jobs: bool = False) -> None:
        """With `test_jobs` the workers know the jobs of `kits/work.py` and no others."""
        self.root = root
        self.test_jobs = test_jobs
        self.traces = root / "traces"
        self.traces.mkdir()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.cluster = embedded.start(root / "data")
        self._make_roles()
        self.web = {"web1": free_port(), "web2": free_port()}
        self.metrics = {"worker1": free_port(), "worker2": free_port()}
        self.front = RoundRobin(list(self.web.values()))
        self.url = f"http://localhost:{self.front.port}"
        try:
            self.run("migrate")
            welcome = json.loads(self.run("migrate", "server", "prepare").splitlines()[-1])
            for name in (*self.web, *self.metrics):
                self.start(name)
            self.await_ready()
        except BaseException:
            self.stop()
            raise
        self.sign_in_url: str = welcome["link"]
        self.api_key: str = welcome["api_key"]
        self.project_id: str = welcome["project_id"]

    def command(self, service: str, *instead: str) -> list[str]:
        """What compose runs in a service's container, on ports of this machine."""
        words = list(instead) or [str(word) for word in services()[service]["command"]]
        if service in self.web:
            words = [str(self.web[service]) if word == "8400" else word for word in words]
            words = ["127.0.0.1" if word == "0.0.0.0" else word for word in words]
        if service in self.metrics and self.test_jobs:
            return [sys.executable, "-P", work.__file__, *words[1:]]
        return [sys.executable, "-m", "buildrunner.cli", *words]

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service; its addresses are those of this machine."""
        stripped = ("BR_", "DATABASE_", "DJANGO_")
        known = {name: text for name, text in os.environ.items() if not name.startswith(stripped)}
        for name, text in services()[service]["environment"].items():
            known[name] = filled(str(text)).replace(
                "@postgres:5432/buildrunner",
                f"@/buildrunner?host={self.cluster.socket_dir}&port=5432",
            )
        known["BR_PUBLIC_URL"] = self.url
        known["BR_ALLOWED_HOSTS"] = "localhost,127.0.0.1"
        known["BR_DATA_DIR"] = str(self.root / service)
        if "BR_DRAIN_SECONDS" in known:
            known["BR_DRAIN_SECONDS"] = "2"  # shorter, as is the test's patience
        if service in self.metrics:
            known["BR_METRICS_LISTEN"] = "127.0.0.1"
            known["BR_METRICS_PORT"] = str(self.metrics[service])
            known["TRACES"] = str(self.traces)
        return known

    def run(self, service: str, *instead: str) -> str:
        """A service that ends by itself; what it printed."""
        done = subprocess.run(
            self.command(service, *instead),
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, service: str) -> None:
        with (self.root / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                self.command(service),
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, service: str) -> str:
        return (self.root / f"{service}.log").read_text()

    def ask(self, service: str, path: str, **headers: str) -> httpx.Response:
        """A request to one process, past the front."""
        port = {**self.web, **self.metrics}[service]
        return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=10)

    def stop_service(self, service: str, number: int = signal.SIGTERM, patience: float = 30) -> int:
        """Signal a process and wait for its end; its exit code."""
        process = self.processes.pop(service)
        process.send_signal(number)
        return process.wait(patience)

    def stop(self) -> None:
        """Everything, in the order of compose."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
        self.front.close()
        self.cluster.stop()

    def await_ready(self, patience: float = 60.0) -> None:
        deadline = time.monotonic() + patience
        for service in self.web:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if self.ask(service, "/readyz").json()["status"] == "ok":
                        break
                assert time.monotonic() < deadline, self.log(service)
                assert self.processes[service].poll() is None, self.log(service)
                time.sleep(0.1)

    def _make_roles(self) -> None:
        """As PostgreSQL's image does: `roles.sh` once, as the superuser."""
        programs = Path(find(None).program("psql")).parent
        subprocess.run(
            ["sh", str(DEPLOY / "roles.sh")],
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PGHOST": str(self.cluster.socket_dir),
                "PGPASSWORD": self.cluster.keyring.obtain("superuser"),
                **{name: text for name, text in SECRETS.items() if name.endswith("_PASSWORD")},
            },
            check=True,
        )


@contextlib.contextmanager
def running(root: Path, *, test_jobs: bool = False) -> Iterator[Topology]:
    """A topology for as long as the block runs."""
    found = Topology(root, test_jobs=test_jobs)
    try:
        yield found
    finally:
        found.stop()
