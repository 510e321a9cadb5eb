"""Event streams: `python benchmarks/streams.py [CLIENTS]`.

The product as `br up` starts it, and 500 clients of its one web process that follow one project
over HTTP, read by this process. Each round changes the project and waits until every client has
been told; the time counts from the sending of the change. Then a burst of changes, and the web
process killed: how long until every client is back, with nothing missed. Limit: every client
within 1 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

CLIENTS = 500
ROUNDS = 20
BURST = 50
LIMIT = 1.0  # seconds


class Client:
    """One reader; connects again with `Last-Event-ID` as browsers do."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.last = b""
        self.seen: list[bytes] = []

    async def follow(self) -> None:
        """Read for ever."""
        while True:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
                await self._read()
            self._crowd.gone()
            await asyncio.sleep(0.2)

    async def _read(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._crowd.port)
        again = b"Last-Event-ID: " + self.last + b"\r\n" if self.last else b""
        writer.write(self._crowd.request + again + b"\r\n")
        try:
            if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200"):
                return
            await reader.readuntil(b"\n\n")
            self._crowd.opened()
            while True:
                block = await reader.readuntil(b"\n\n")
                for line in block.splitlines():
                    if line.startswith(b"id: "):
                        self.last = line[4:]
                        self.seen.append(self.last)
                        self._crowd.told(self.last)
        finally:
            writer.close()


class Crowd:
    """All readers, and who waits for them."""

    def __init__(self, url: str, api_key: str, project: str, count: int) -> None:
        self.port = urlsplit(url).port
        self.request = (
            f"GET /api/events/stream?project_id={project} HTTP/1.1\r\n"
            f"Host: {urlsplit(url).netloc}\r\nAuthorization: Bearer {api_key}\r\n"
        ).encode()
        self.clients = [Client(self) for _ in range(count)]
        self.open = 0
        self.arrivals: dict[bytes, list[float]] = {}
        self._news = asyncio.Event()

    def opened(self) -> None:
        """A stream has begun."""
        self.open += 1
        self._news.set()

    def gone(self) -> None:
        """A stream has ended."""
        self.open = max(0, self.open - 1)

    def told(self, event: bytes) -> None:
        """A client was given an event."""
        self.arrivals.setdefault(event, []).append(time.perf_counter())
        self._news.set()

    async def until_open(self) -> None:
        """Every client is connected."""
        while self.open < len(self.clients):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 60)

    async def until_told(self, events: int) -> list[list[float]]:
        """So many events have reached every client; when, by event and client."""
        while True:
            whole = [times for times in self.arrivals.values() if len(times) >= len(self.clients)]
            if len(whole) >= events:
                return whole
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 60)


def memory(pid: int) -> float:
    """Resident megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


async def story(url: str, api_key: str, web: int, count: int) -> float:
    """Prints the table; the slowest client of all rounds, in seconds."""
    import httpx

    from kits.load import plan

    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as api:
        made = await api.post("/api/projects", json={"title": "Streams"})
        project = made.raise_for_status().json()["id"]
        put = await api.put(f"/api/projects/{project}/plan", json=plan("Streams"))
        revision = put.raise_for_status().json()["revision"]

        async def change(number: int) -> None:
            nonlocal revision
            operation = {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": f"It {number}"}
            body = {"base_revision": revision, "operations": [operation]}
            sent = await api.post(f"/api/projects/{project}/sync", json=body)
            revision = sent.raise_for_status().json()["revision"]

        before = memory(web)
        crowd = Crowd(url, api_key, project, count)
        began = time.perf_counter()
        tasks = [asyncio.create_task(client.follow()) for client in crowd.clients]
        await crowd.until_open()
        row("every client connected", time.perf_counter() - began)
        print(
            f"{'memory of the web process, a client':42}{(memory(web) - before) * 1000 / count:8.0f} KB"
        )

        slowest, medians = [], []
        for number in range(ROUNDS):
            crowd.arrivals.clear()
            began = time.perf_counter()
            await change(number)
            (times,) = await crowd.until_told(1)
            slowest.append(max(times) - began)
            medians.append(statistics.median(times) - began)
        row("one event, the median client", statistics.median(medians))
        row("one event, the slowest client, median round", statistics.median(slowest))
        row("one event, the slowest client, worst round", max(slowest))

        crowd.arrivals.clear()
        began = time.perf_counter()
        for number in range(BURST):
            await change(1000 + number)
        written = time.perf_counter() - began
        whole = await crowd.until_told(BURST)
        row(f"{BURST} changes one after the other", written)
        last = max(map(max, whole)) - began - written
        row("after the last of them, the last client", max(0.0, last))

        began = time.perf_counter()
        os.kill(web, signal.SIGKILL)
        while crowd.open:
            await asyncio.sleep(0.01)
        await crowd.until_open()
        row("web process killed: every client is back", time.perf_counter() - began)
        crowd.arrivals.clear()
        await change(5000)
        await crowd.until_told(1)
        assert len({tuple(client.seen) for client in crowd.clients}) == 1, (
            "a client missed an event"
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return max(slowest)


def row(name: str, seconds: float) -> None:
    """A line of the table."""
    print(f"{name:42}{seconds * 1000:8.0f} ms")


def main() -> int:
    """Start, measure, stop; 1 where the limit is passed."""
    from kits import processes
    from kits.product import Product

    count = int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS
    with tempfile.TemporaryDirectory(prefix="buildrunner-bench-") as folder:
        product = Product(Path(folder) / "data", embedded=True)
        try:
            (web,) = processes.find(product.process.pid, processes.WEB)
            print(f"{count} clients of one web process")
            worst = asyncio.run(story(product.url, product.api_key, web, count))
        finally:
            product.stop()
    print(json.dumps({"clients": count, "worst_seconds": round(worst, 3), "limit": LIMIT}))
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
