"""Clients that are slow, half gone or rude: the others do not notice."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kits import processes
from kits.load import Follower, Load
from kits.product import Product

pytestmark = pytest.mark.e2e

CROWD = 150


def connect(product: Product, *, receive: int = 0) -> socket.socket:
    address = urlsplit(product.url)
    one = socket.socket()
    if receive:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    one.settimeout(10)
    one.connect(("127.0.0.1", address.port))
    return one


def reset(one: socket.socket) -> None:
    """End a connection with RST, as a machine does that forgot it."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


@contextlib.contextmanager
def dripping(sockets: list[socket.socket], drop: bytes) -> Iterator[None]:
    """A byte to each now and then."""
    stopping = threading.Event()

    def drip() -> None:
        while not stopping.wait(0.5):
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.send(drop)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def test_slow_and_half_open_clients_hold_nobody_up(harmed: Product) -> None:
    host = urlsplit(harmed.url).netloc
    head = f"Host: {host}\r\nAuthorization: Bearer {harmed.api_key}\r\n"
    (web,) = processes.find(harmed.process.pid, processes.WEB)
    before = len(list(Path(f"/proc/{web}/fd").iterdir()))
    load = Load(harmed.url, harmed.api_key)
    reader = Follower(harmed.url, harmed.api_key, load.project)
    crowd: list[socket.socket] = []
    with reader.following(), load:
        load.await_writes(30)
        alone = load.slowest
        # Some never end their headers, some never end their body, some only connect.
        slow = [connect(harmed) for _ in range(CROWD)]
        for one in slow[: CROWD // 3]:
            one.sendall(f"GET /api/projects HTTP/1.1\r\n{head}X-Slow: ".encode())
        for one in slow[CROWD // 3 : 2 * CROWD // 3]:
            one.sendall(
                f"POST /api/projects HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                'Content-Length: 5000\r\n\r\n{"title": "'.encode()
            )
        # Some open the event stream and never read it.
        stalled = [connect(harmed, receive=2048) for _ in range(20)]
        for one in stalled:
            one.sendall(
                f"GET /api/events/stream?project_id={load.project} HTTP/1.1\r\n{head}\r\n".encode()
            )
        crowd += slow + stalled
        load.slowest = 0.0
        with dripping(slow[: 2 * CROWD // 3], b"x"):
            load.await_writes(100)
        crowded = load.slowest
        # Some ask and are gone before the answer.
        for _ in range(50):
            rude = connect(harmed)
            rude.sendall(f"GET /api/projects HTTP/1.1\r\n{head}\r\n".encode())
            reset(rude)
        for one in crowd[::2]:
            reset(one)
        load.await_writes(50)
        load.stop()
        reader.await_revision(max(load.acknowledged.values()))
    load.check()
    assert set(load.answers) == {200}
    assert reader.connections == 1
    print(f"slowest write {alone:.2f} s alone, {crowded:.2f} s beside {len(crowd)} slow clients")
    assert crowded < max(10 * alone, 3.0)
    for one in crowd:
        one.close()
    deadline = time.monotonic() + 20
    while len(list(Path(f"/proc/{web}/fd").iterdir())) > before + 20:
        assert time.monotonic() < deadline, "connections of clients that are gone stay open"
        time.sleep(0.1)
