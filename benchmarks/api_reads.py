"""One small read through the API, against a bare route on the same server: `script/bench api_reads`.

One process of granian serves all three, PostgreSQL beside it: `GET /api/projects/{id}` as users call
it (key, membership, roles, quotas, Django), the same read on a native async route that keeps the key
and the membership, and a bare Starlette route that selects the row as the table's owner and knows
no keys. Eight connections ask in turn; rounds are interleaved and medians compared. Limits: the API reaches 0.35 of the bare route's requests a second with a p99 of at most
twice its, the native route 0.7.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

CONNECTIONS = 8
SECONDS = 2.0
ROUNDS = 5
LEAST = {"api": 0.35, "native": 0.7}
MOST_P99 = 2.0
COLUMNS = "id, org_id, title, head_revision, head_hash, created_at, updated_at"

# What the API asks in two statements, one for the key and one for the project, in one.
LOOK = """
SELECT seen.* FROM tenancy_use_key(%s) AS held,
       LATERAL tenancy_look_at_project(%s, held.person_id) AS seen
 WHERE (held.org_id IS NULL OR held.org_id = seen.org_id)
   AND (held.project_id IS NULL OR held.project_id = %s)
"""


def serve() -> None:
    """The server of the benchmark, on the socket in `BENCH_FD`."""
    from psycopg.rows import dict_row
    from psycopg_pool import AsyncConnectionPool
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    from buildrunner.server.config import asgi
    from buildrunner.server.config.settings import environment as env
    from buildrunner.server.operations import environment, web
    from buildrunner.server.platform.crypto.tokens import token_hash
    from buildrunner.server.platform.http.forwarded import TrustedProxies
    from buildrunner.server.platform.http.front import Front

    def pool(url: str, **options: Any) -> Any:
        options["row_factory"] = dict_row
        return AsyncConnectionPool(url, min_size=3, max_size=3, open=False, kwargs=options)

    owner = pool(os.environ["BENCH_OWNER_URL"])
    # One statement needs no transaction around it; the bare route does what a tutorial does.
    scoped = pool(os.environ["DATABASE_WEB_URL"], autocommit=True)
    select = f"SELECT {COLUMNS} FROM tenancy_project WHERE id = %s"

    def answer(row: dict[str, Any] | None) -> Response:
        if row is None:
            return JSONResponse({"code": "not_found"}, status_code=404)
        return JSONResponse({name: _plain(value) for name, value in row.items()})

    async def bare(request: Request) -> Response:
        async with owner.connection() as connection:
            cursor = await connection.execute(select, [UUID(request.path_params["id"])])
            return answer(await cursor.fetchone())

    async def native(request: Request) -> Response:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        project = UUID(request.path_params["id"])
        if scheme.lower() != "bearer":
            return answer(None)
        async with scoped.connection() as connection:
            held = [token_hash(secret), project, project]
            cursor = await connection.execute(LOOK, held)
            return answer(await cursor.fetchone())

    routes = Starlette(routes=[Route("/bare/{id}", bare), Route("/native/{id}", native)])
    front = Front(
        routes,
        hosts=["localhost"],
        proxies=TrustedProxies([]),
        native={"/bare/": "/bare/{id}", "/native/": "/native/{id}"},
        rest=asgi.bridge,
    )

    async def run() -> None:
        await owner.open()
        await scoped.open()
        await asgi.begin()
        server = web.BoundServer(front, socket.socket(fileno=int(os.environ["BENCH_FD"])))
        await server.serve()

    # As `br up` starts its web process.
    os.environ |= environment.own_core()
    web.stay_on_one_core(env.core("BR_WEB_CORE"))
    asyncio.run(run())


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


class Asking(asyncio.Protocol):
    """One connection that asks again as soon as it is answered; collects milliseconds."""

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.times: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seen = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, found, body = self._seen.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        if len(body) < length:
            return
        if b" 200 " not in head[:20]:
            self.done.set_exception(RuntimeError(f"{head[:80]!r} {body[:300]!r}"))
            return
        self._seen = b""
        now = time.perf_counter()
        self.times.append((now - self.asked) * 1000)
        if now < self.until:
            self._ask()
        else:
            self.transport.close()
            self.done.set_result(None)


async def _load(port: int, path: str, key: str, seconds: float) -> list[float]:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Accept: application/json\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    asking = []
    for _ in range(CONNECTIONS):
        _, protocol = await loop.create_connection(
            lambda: Asking(request, until), "127.0.0.1", port
        )
        asking.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in asking))
    return sorted(spent for protocol in asking for spent in protocol.times)


def load(port: int, path: str, key: str, seconds: float = SECONDS) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in milliseconds."""
    times = asyncio.run(_load(port, path, key, seconds))
    return len(times) / seconds, times[int(len(times) * 0.99)]


def _ready(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the server of the benchmark did not start") from None
            time.sleep(0.1)


def main() -> int:
    """0 if every limit is kept."""
    from server_sync import database

    with database():
        from factories import make_tenant

        tenant = make_tenant(name="bench")
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        bound.listen(64)
        port = bound.getsockname()[1]
        known = {
            **os.environ,
            "BENCH_FD": str(bound.fileno()),
            "BENCH_OWNER_URL": os.environ["DATABASE_URL"],
            "BR_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "BR_SECRET_KEY": "of the benchmark",
            # Counted as always, and never reached.
            **dict.fromkeys(("BR_RATE_LIMIT", "BR_RATE_LIMIT_ORG"), str(10**9)),
        }
        process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], env=known, pass_fds=[bound.fileno()]
        )
        bound.close()  # or a server that failed would leave callers waiting
        try:
            _ready(port, process)
            return _compare(port, tenant)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _compare(port: int, tenant: Any) -> int:
    paths = {
        "bare": f"/bare/{tenant.project_id}",
        "api": f"/api/projects/{tenant.project_id}",
        "native": f"/native/{tenant.project_id}",
    }
    for path in paths.values():
        load(port, path, tenant.key, 1.0)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, path in paths.items():
            found[name].append(load(port, path, tenant.key))
    middle = {
        name: tuple(statistics.median(one[part] for one in rounds) for part in (0, 1))
        for name, rounds in found.items()
    }
    bare_rate, bare_p99 = middle["bare"]
    kept = True
    print(f"{'':10}{'requests/s':>12}{'ratio':>8}{'limit':>8}{'p99 ms':>9}{'ratio':>8}{'limit':>8}")
    for name, (rate, p99) in middle.items():
        ratio, late = rate / bare_rate, p99 / bare_p99
        least = LEAST.get(name)
        limits = f"{least or '':>8}", f"{MOST_P99 if name == 'api' else '':>8}"
        print(f"{name:10}{rate:12,.0f}{ratio:8.2f}{limits[0]}{p99:9.2f}{late:8.2f}{limits[1]}")
        kept = kept and ratio >= (least or 0) and (name != "api" or late <= MOST_P99)
    return 0 if kept else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        raise SystemExit(main())
