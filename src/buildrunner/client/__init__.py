"""The typed client of the BuildRunner API.

`from buildrunner.client import Client` and the errors and answer types listed in `__all__`. They
are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildrunner.client.errors import (
        ClientError,
        Conflict,
        InsecureAddress,
        Invalid,
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
    from buildrunner.client.session import Client

__all__ = [
    "Client",
    "ClientError",
    "Conflict",
    "InsecureAddress",
    "Invalid",
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = "session" if name == "Client" else "errors"
    return getattr(import_module(f"buildrunner.client.{home}"), name)
