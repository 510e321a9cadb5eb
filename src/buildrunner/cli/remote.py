"""Opening the client that the settings name, with the words for when they name none."""

from __future__ import annotations

from buildrunner.cli.config import Settings
from buildrunner.cli.errors import NOT_ALLOWED, USAGE, Refusal
from buildrunner.client import Client, InsecureAddress


def connect(settings: Settings, *, server: str = "", timeout: float = 30.0) -> Client:
    """A client for the server and key in force. Raises Refusal when either is missing."""
    address = require_server(settings, server)
    key = settings.api_key if address == settings.server else ""
    if not key:
        raise Refusal(
            "not_signed_in",
            f"you are not signed in to {address}",
            hint="in a pipeline set BR_SERVER and BR_API_KEY instead",
            missing=["api_key"],
            next_command=f"br login --server {address}",
            exit_code=NOT_ALLOWED,
        )
    return open_client(address, key, timeout=timeout, run=settings.run)


def require_server(settings: Settings, server: str = "") -> str:
    """The server's address. Raises Refusal `no_server`."""
    address = server or settings.server
    if not address:
        raise Refusal(
            "no_server",
            "no server is named",
            hint="or set BR_SERVER; a server of your own starts with `br up`",
            missing=["server"],
            next_command="br login --server URL",
            exit_code=USAGE,
        )
    return address


def open_client(address: str, key: str | None, *, timeout: float = 30.0, run: str = "") -> Client:
    """A client for an address; a bad address is a usage error."""
    try:
        return Client(address, key, timeout=timeout, run=run)
    except InsecureAddress as error:
        raise Refusal(error.code, error.message, exit_code=USAGE) from None
