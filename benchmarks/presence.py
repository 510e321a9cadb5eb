"""A crowd on one project: `python benchmarks/presence.py [CLIENTS]`.

Two web processes as the compose file starts them, 1,000 clients of one project, half at each, that
hear its events and who is here. Each round posts a comment to one of the processes and waits until
every client of both has been told; the time counts from the sending of the POST. The clients are
processes of their own, and what they cost is not counted: the processor time is that of the two web
processes, by delivered event. Then people come and type, which the same clients hear.
Limit: p99 from POST to a client, over all rounds and clients, within 500 ms.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

CLIENTS = 1_000
ROUNDS = 30
PEOPLE = 20
LIMIT = 0.5  # seconds
TICKS = os.sysconf("SC_CLK_TCK")


class Ear(asyncio.Protocol):
    """One client: notes when an event came, and counts what it was told of who is here."""

    def __init__(self, request: bytes, crowd: Crowd) -> None:
        self._request = request
        self._crowd = crowd
        self._text = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Blocks end with an empty line; an answer is one that begins the stream."""
        now = time.monotonic()
        *blocks, self._text = (self._text + data).split(b"\n\n")
        for block in blocks:
            if b"event: comment.written" in block:
                self._crowd.comments.append(now)
            elif b"event: presence" in block:
                self._crowd.passing += 1
            elif b"retry: " in block:
                self._crowd.open += 1


class Crowd:
    """Clients of one web process, in a process of their own."""

    def __init__(self) -> None:
        self.open = 0
        self.comments: list[float] = []
        self.passing = 0


def listen(port: int, request: bytes, count: int, line: Connection) -> None:
    """The process of a crowd: connects, then answers what its parent asks."""

    async def run() -> None:
        crowd = Crowd()
        loop = asyncio.get_running_loop()
        for _ in range(count):
            await loop.create_connection(lambda: Ear(request, crowd), "127.0.0.1", port)
        while True:
            question = await asyncio.to_thread(line.recv)
            if question == "end":
                return
            if question == "open":
                await until(lambda: crowd.open >= count)
            elif question == "comment":
                await until(lambda: len(crowd.comments) >= count)
            line.send((crowd.comments, crowd.passing))
            crowd.comments = []

    async def until(ready: Any) -> None:
        while not ready():
            await asyncio.sleep(0.02)

    asyncio.run(run())


def processor(pids: list[int]) -> float:
    """Seconds of processor time, of all threads."""
    found = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += int(fields[11]) + int(fields[12])
    return found / TICKS


class Crowds:
    """The crowds at the two processes."""

    def __init__(self, ports: list[int], request: bytes, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.lines: list[Connection] = []
        self.processes = []
        for place, port in enumerate(ports):
            ours, theirs = context.Pipe()
            share = count // len(ports) + (place < count % len(ports))
            process = context.Process(target=listen, args=(port, request, share, theirs))
            process.start()
            self.lines.append(ours)
            self.processes.append(process)

    def ask(self, question: str) -> tuple[list[float], int]:
        """When comments reached them, and how often they were told who is here."""
        for line in self.lines:
            line.send(question)
        times: list[float] = []
        passing = 0
        for line in self.lines:
            assert line.poll(60), "a crowd was not told"
            came, told = line.recv()
            times += came
            passing += told
        return times, passing

    def end(self) -> None:
        """Let them go."""
        for line, process in zip(self.lines, self.processes, strict=True):
            line.send("end")
            process.join(10)


def story(house: Any, count: int) -> tuple[float, float]:
    """Prints the table; p99 in seconds and processor milliseconds by delivered event."""
    import httpx

    from kits.load import plan

    ports = list(house.web.values())
    headers = {"Authorization": f"Bearer {house.api_key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}", headers=headers, timeout=30) as api:
        project = api.post("/api/projects", json={"title": "Crowd"}).raise_for_status().json()["id"]
        api.put(f"/api/projects/{project}/plan", json=plan("Crowd")).raise_for_status()
        request = (
            f"GET /api/events/stream?project_id={project}&also=presence HTTP/1.1\r\n"
            f"Host: localhost\r\nAuthorization: Bearer {house.api_key}\r\n\r\n"
        ).encode()
        began = time.monotonic()
        crowds = Crowds(ports, request, count)
        crowds.ask("open")
        row("every client connected", (time.monotonic() - began) * 1000)
        pids = [house.processes[name].pid for name in house.web]

        def comment(number: int) -> list[float]:
            sent = time.monotonic()
            wish = {"project_id": project, "body": f"Number {number}"}
            api.post("/api/comments", json=wish).raise_for_status()
            return [came - sent for came in crowds.ask("comment")[0]]

        comment(-1)
        used = processor(pids)
        delays: list[float] = []
        last: list[float] = []
        for number in range(ROUNDS):
            came = comment(number)
            assert len(came) == count
            delays += came
            last.append(max(came))
        used = processor(pids) - used
        p99 = statistics.quantiles(delays, n=100)[98]
        row("POST to a client, median", statistics.median(delays) * 1000)
        row("POST to a client, p99", p99 * 1000)
        row("POST to the last client, median round", statistics.median(last) * 1000)
        row("POST to the last client, worst round", max(last) * 1000)
        each = used * 1000 / len(delays)
        print(f"{'processor time by delivered event':46}{each:8.3f} ms")
        presence(api, project, crowds, pids, count)
        crowds.end()
    return p99, each


def presence(api: Any, project: str, crowds: Crowds, pids: list[int], count: int) -> None:
    """People come and type; what the crowd hears of it, and what it costs."""
    before = crowds.ask("now")[1]
    used, began = processor(pids), time.monotonic()
    places = [uuid4() for _ in range(PEOPLE)]
    asked = 0
    for typing in (False, True, False):
        for place in places:
            wish = {"entity_type": "microstep", "entity_id": "m1.s1.ms1", "typing": typing}
            api.put(f"/api/projects/{project}/presence/{place}", json=wish).raise_for_status()
            asked += 1
    time.sleep(2)
    seconds = time.monotonic() - began
    told = crowds.ask("now")[1] - before
    used = processor(pids) - used
    print(f"{asked} changes of who is here, heard by {count}: {told / count:.1f} frames a client")
    print(f"{'processor time by delivered frame':46}{used * 1000 / max(1, told):8.3f} ms")
    print(f"{'web processes busy meanwhile':46}{used / seconds * 100 / len(pids):8.0f} %")


def row(name: str, milliseconds: float) -> None:
    """A line of the table."""
    print(f"{name:46}{milliseconds:8.0f} ms", flush=True)


def main() -> int:
    """Start, measure, stop; 1 where the limit is passed."""
    from kits import topology

    count = int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS
    with (
        tempfile.TemporaryDirectory(prefix="buildrunner-bench-") as folder,
        topology.running(Path(folder)) as house,
    ):
        print(f"{count} clients of two web processes")
        p99, each = story(house, count)
    figures = {"clients": count, "p99_seconds": round(p99, 3), "limit": LIMIT}
    print(json.dumps(figures | {"processor_ms_by_event": round(each, 3)}))
    return int(p99 > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
