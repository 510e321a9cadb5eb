"""The typed client of the BuildRunner API.

`from buildrunner.client import Client` (or `AsyncClient`), the errors listed in `__all__`, the
shapes of answers in `buildrunner.client.models`, and a scripted server for tests of programs in
`buildrunner.client.testing`. All are loaded on first use, so that importing the package costs
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildrunner.client.aio.client import AsyncClient
    from buildrunner.client.blocking.client import Client
    from buildrunner.client.errors import (
        ClientError,
        Conflict,
        InsecureAddress,
        Invalid,
        Misconfigured,
        NotAllowed,
        NotFound,
        NotSignedIn,
        PreconditionFailed,
        Problem,
        ServerFault,
        TooManyRequests,
        UnexpectedAnswer,
        Unreachable,
    )

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Conflict",
    "InsecureAddress",
    "Invalid",
    "Misconfigured",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "PreconditionFailed",
    "Problem",
    "ServerFault",
    "TooManyRequests",
    "UnexpectedAnswer",
    "Unreachable",
]
_HOMES = {"AsyncClient": "aio.client", "Client": "blocking.client"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = import_module(f"buildrunner.client.{_HOMES.get(name, 'errors')}")
    return getattr(home, name)
