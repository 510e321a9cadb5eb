"""The web process: granian on sockets that are already bound, one event loop, a few threads."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from buildrunner.server.operations.listening import BACKLOG

logger = logging.getLogger("buildrunner.web")

PATIENCE = 15.0  # seconds that running requests have to finish when the server stops
# Requests under way, open event streams among them; what waits for a thread is limited elsewhere.
MOST_OPEN = 20_000
LINGER = 2.0  # seconds for connections on which nothing runs: a client may have stopped reading


# granian's own words go where ours go.
_LOGGING = {
    "loggers": {
        "_granian": {"handlers": [], "level": "ERROR", "propagate": True},
        "granian.access": {"handlers": [], "level": "ERROR", "propagate": True},
    }
}


class BoundServer(Server):
    """granian's in-process server on a socket of ours.

    granian binds one address by itself; the supervisor binds both loopbacks on one port, finds a
    free port, and keeps the sockets open while a crashed web process is started again.
    """

    def __init__(self, application: Any, bound: socket.socket) -> None:
        address, port = bound.getsockname()[:2]
        super().__init__(
            application,
            address=address,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
            backlog=BACKLOG,
            backpressure=MOST_OPEN,
        )
        self._bound = bound

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder  # its stub lacks the arguments it is pickled with
        self._shd = holder(self._bound.fileno(), False, BACKLOG)
        self._sfd: Any = self._bound.fileno()


def serve(sockets: Sequence[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT, then end the streams, finish what runs and return."""
    _allow_many_connections()
    from buildrunner.server.config.settings import BR_WEB_CORE

    stay_on_one_core(BR_WEB_CORE)
    asyncio.run(_serve(sockets))


def stay_on_one_core(core: int | None) -> None:
    """Python's threads run one at a time, and handing their lock from core to core costs a third of
    the throughput. So a process stays on one, its threads with it; `None`: wherever it likes.
    """
    if core is not None:
        os.sched_setaffinity(0, {core})


def _allow_many_connections() -> None:
    """As many open files as the system allows this process; 1,024 are usual, and soon taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = 2 * MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, 2 * MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))


async def _serve(sockets: Sequence[socket.socket]) -> None:
    from buildrunner.server.config import asgi
    from buildrunner.server.config.settings import BR_DRAIN_SECONDS, BR_OTEL
    from buildrunner.server.platform.observe import traces

    finish_traces = traces.enable("web") if BR_OTEL else None
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    await asgi.begin()
    servers = [BoundServer(asgi.app, one) for one in sockets]
    serving = [asyncio.create_task(server.serve()) for server in servers]
    asked = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait([asked, *serving], return_when=asyncio.FIRST_COMPLETED)
    asgi.drain()
    if asked in done and BR_DRAIN_SECONDS:  # until the balancer has noticed
        await asyncio.wait(serving, timeout=BR_DRAIN_SECONDS)
    await asgi.hub.close()  # streams would keep their connections open
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await _until_quiet(serving, lambda: asgi.bridge.idle)
    await asgi.finish()
    if finish_traces is not None:
        await asyncio.to_thread(finish_traces)
    if asked not in done:
        raise RuntimeError("the HTTP server ended without being asked to")


async def _until_quiet(serving: list[asyncio.Task[None]], idle: Callable[[], bool]) -> None:
    """Until every connection has ended; once nothing runs any more, only for a while."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < PATIENCE:
        _, pending = await asyncio.wait(serving, timeout=0.1)
        if not pending or (passed > LINGER and idle()):
            return
