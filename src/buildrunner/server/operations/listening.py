"""The sockets a server listens on, bound before anything else is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from buildrunner.server.platform.errors import OperatorProblem

LOOPBACKS = ("127.0.0.1", "::1")
BACKLOG = 1024
_TRIES = 20  # for a number that is free on both loopbacks


def bind(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """One listening socket an address, all on one port; port 0 takes a free one.

    A loopback that this machine does not have (no IPv6) is left out. Raises `OperatorProblem` for
    a port that is taken or not ours to take.
    """
    for _ in range(_TRIES):
        bound: list[socket.socket] = []
        number = port
        try:
            for address in addresses:
                one = _bind_one(address, number)
                if one is not None:
                    bound.append(one)
                    number = number or one.getsockname()[1]
        except OSError as problem:
            for one in bound:
                one.close()
            if problem.errno == errno.EADDRINUSE and port == 0:
                continue
            raise _explain(problem, port) from None
        if bound:
            return bound
        break
    raise OperatorProblem(
        f"None of {', '.join(addresses)} can be listened on.",
        hint="Name an address of this machine with --listen ADDRESS.",
    )


def _bind_one(address: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        # A port in TIME_WAIT after a restart is free; one that somebody listens on is not.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(BACKLOG)
        one.setblocking(False)
    except OSError as problem:
        one.close()
        if problem.errno == errno.EADDRNOTAVAIL and address in LOOPBACKS:
            return None
        raise
    return one


def _explain(problem: OSError, port: int) -> OperatorProblem:
    if problem.errno == errno.EADDRINUSE:
        return OperatorProblem(
            f"Port {port} is taken by another program.",
            hint="br up --port 0   (takes a free one), or br up --port NUMBER",
        )
    if problem.errno == errno.EACCES:
        return OperatorProblem(
            f"Port {port} is reserved for the system.",
            hint="br up --port 0   (takes a free one), or a number above 1023",
        )
    return OperatorProblem(
        f"Port {port} cannot be listened on: {problem.strerror}.", hint="br up --port 0"
    )


def inherited(descriptors: Sequence[int]) -> list[socket.socket]:
    """The sockets that the supervisor bound and handed down by number."""
    return [socket.socket(fileno=number) for number in descriptors]
