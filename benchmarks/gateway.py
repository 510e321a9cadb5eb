"""The model gateway: `python benchmarks/gateway.py [--litellm PATH] [--seconds S]`.

The product as `br up` starts it, with a hard budget and metering on, before a fake provider (a bare
process that answers at once). Measured from this process over connections that stay: the time that
a call takes one at a time, and calls a second with 32 at once; against the provider itself, and
against LiteLLM's proxy in the same run where `--litellm` names its program (install it into an
environment of its own: it is no dependency). LiteLLM runs with one worker and without a database:
it keeps no budget and meters nothing.

Limits against LiteLLM: added p50 ≤ 1/5, throughput ≥ 10×. Then what was metered is compared with what
was called: nothing is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

AT_ONCE = 32
SECONDS = 5.0
ADDED_LIMIT = 1 / 5
THROUGHPUT_LIMIT = 10.0
MODEL = "gpt-4o-mini"
BODY = json.dumps(
    {
        "model": MODEL,
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "What is the sum of two and two? " * 8}],
    }
).encode()
ANSWER = json.dumps(
    {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Four. " * 20},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 70, "completion_tokens": 40, "total_tokens": 110},
    }
).encode()


class Times(NamedTuple):
    """Of one address."""

    p50: float  # seconds, one call at a time
    p95: float
    rate: float  # calls a second, many at once
    calls: int


class Provider(asyncio.Protocol):
    """Answers every request the same, at once."""

    REPLY = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + str(len(ANSWER)).encode()
        + b"\r\n\r\n"
        + ANSWER
    )

    def connection_made(self, transport: Any) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            mark = head.find(b"content-length:")
            size = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            if len(self.waiting) < end + 4 + size:
                return
            self.waiting = self.waiting[end + 4 + size :]
            self.transport.write(self.REPLY)


async def _provide(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port)
    await server.serve_forever()


class Caller:
    """One connection that stays."""

    def __init__(self, url: str, key: str, project: str) -> None:
        self._place = urlsplit(url)
        self._request = (
            f"POST {self._place.path} HTTP/1.1\r\nHost: {self._place.netloc}\r\n"
            f"Authorization: Bearer {key}\r\nBR-Project: {project}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        ).encode() + BODY

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(
            self._place.hostname, self._place.port
        )

    async def call(self) -> None:
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head + await self._reader.read(500))
        lower = head.lower()
        mark = lower.find(b"content-length:")
        if mark >= 0:
            await self._reader.readexactly(int(lower[mark + 15 :].split(b"\r\n", 1)[0]))
            return
        while (size := int(await self._reader.readline(), 16)) > 0:
            await self._reader.readexactly(size + 2)
        await self._reader.readline()

    def close(self) -> None:
        self._writer.close()


async def measure(url: str, key: str, seconds: float, project: str = "-") -> Times:
    """One at a time, then many at once."""
    one = Caller(url, key, project)
    await one.open()
    calls = 0
    for _ in range(30):
        await one.call()
        calls += 1
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await one.call()
        took.append(time.perf_counter() - began)
    calls += len(took)
    one.close()

    done = 0

    async def go(caller: Caller) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await caller.call()
            done += 1

    callers = [Caller(url, key, project) for _ in range(AT_ONCE)]
    for caller in callers:
        await caller.open()
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(go(caller) for caller in callers))
    rate = done / (time.perf_counter() - began)
    for caller in callers:
        caller.close()
    took.sort()
    return Times(statistics.median(took), took[int(len(took) * 0.95)], rate, calls + done)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """A process that listens on a port."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > until or process.poll() is not None:
                raise AssertionError(f"{command[0]} did not start")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def litellm(program: str, provider: str, seconds: float, folder: Path) -> Times:
    """LiteLLM's proxy with one worker before the same provider."""
    port = free_port()
    config = folder / "litellm.yaml"
    entry = {"model": f"openai/{MODEL}", "api_base": f"{provider}/v1", "api_key": "sk-fake"}
    config.write_text(
        json.dumps(
            {
                "model_list": [{"model_name": MODEL, "litellm_params": entry}],
                "general_settings": {"master_key": "sk-bench"},
                "litellm_settings": {"telemetry": False},
            }
        )
    )
    command = [program, "--config", str(config), "--port", str(port), "--num_workers", "1"]
    with running(command, port, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR"):
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        asyncio.run(measure(url, "sk-bench", 1.0))
        return asyncio.run(measure(url, "sk-bench", seconds))


def gateway(provider: str, seconds: float, folder: Path) -> tuple[Times, int, int]:
    """Ours, its calls, and how many of them were metered."""
    import httpx

    from kits.product import Product

    product = Product(folder / "data", BR_ALLOW_PRIVATE_ADDRESSES="1", BR_RATE_LIMIT="0")
    try:
        http = httpx.Client(
            base_url=product.url, headers={"Authorization": f"Bearer {product.api_key}"}
        )
        members = {"kind": "openai", "name": "Fake", "base_url": f"{provider}/v1", "api_key": "k"}
        http.post("/api/models/providers", json=members).raise_for_status()
        budget = {"project_id": product.project_id, "monthly_usd": "1000", "hard_cap": True}
        http.post("/api/admin/budgets", json=budget).raise_for_status()
        key, project = product.api_key, product.project_id
        url = f"{product.url}/v1/chat/completions".replace("localhost", "127.0.0.1")
        warm = asyncio.run(measure(url, key, 1.0, project))
        times = asyncio.run(measure(url, key, seconds, project))
        called = warm.calls + times.calls
        metered = 0
        for _ in range(100):
            rows = http.get(
                f"/api/usage/summary?project_id={product.project_id}&group_by=model"
            ).json()["items"]
            metered = sum(int(float(row["quantity"])) for row in rows) // 110
            if metered >= called:
                break
            time.sleep(0.1)
        return times, called, metered
    finally:
        product.stop()


def _say(name: str, times: Times) -> None:
    print(
        f"{name:10} p50 {times.p50 * 1000:7.2f} ms  p95 {times.p95 * 1000:7.2f} ms  "
        f"{times.rate:8,.0f} calls/s with {AT_ONCE} at once"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--litellm", default=os.environ.get("BR_BENCH_LITELLM", ""))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--provide", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.provide:
        asyncio.run(_provide(given.provide))
        return 0
    port = free_port()
    provider = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="gateway-", ignore_cleanup_errors=True) as name,
        running([sys.executable, __file__, "--provide", str(port)], port),
    ):
        folder = Path(name)
        bare = asyncio.run(measure(f"{provider}/v1/chat/completions", "k", given.seconds))
        _say("provider", bare)
        ours, called, metered = gateway(provider, given.seconds, folder)
        _say("gateway", ours)
        added = ours.p50 - bare.p50
        print(f"added p50 {added * 1000:.2f} ms; {called:,} calls, {metered:,} metered")
        held = metered == called
        if given.litellm:
            theirs = litellm(given.litellm, provider, given.seconds, folder)
            _say("LiteLLM", theirs)
            share = added / (theirs.p50 - bare.p50)
            times = ours.rate / theirs.rate
            print(
                f"added p50 {share:.3f} of LiteLLM's (limit {ADDED_LIMIT}), "
                f"throughput {times:.1f}× (limit {THROUGHPUT_LIMIT})"
            )
            held &= share <= ADDED_LIMIT and times >= THROUGHPUT_LIMIT
    print("held" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
