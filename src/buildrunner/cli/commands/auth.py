"""`br login`, `br logout`, `br whoami`: which server knows you, and as whom."""

from __future__ import annotations

import os
import socket
import sys
import time

from buildrunner.cli.config import forget_credentials, origin, store_credentials
from buildrunner.cli.context import Context
from buildrunner.cli.errors import NOT_ALLOWED, OK, Refusal, usage
from buildrunner.cli.remote import connect, open_client, require_server
from buildrunner.client import Client, NotSignedIn, Problem
from buildrunner.client.models import DeviceGrant, Me


def run_login(context: Context) -> int:
    """Sign in by browser and device code, or store a given key."""
    arguments, out = context.arguments, context.out
    address = origin(require_server(context.settings, arguments.text("server") or ""))
    key = arguments.text("api-key") or ""
    if key == "-":
        key = sys.stdin.readline().strip()
    if arguments.text("api-key") is not None and not key:
        raise usage("the key is empty", next_command="br help login")
    if not key:
        key = _by_device(context, address)
    with open_client(address, key) as client:
        try:
            me = client.me()
        except NotSignedIn:
            raise Refusal(
                "key_refused",
                f"{address} does not accept this key",
                hint="it may be revoked, expired, or of another server",
                next_command=f"br login --server {address}",
                exit_code=NOT_ALLOWED,
            ) from None
    store_credentials(address, api_key=key, person=me.email)
    out.emit({"server": address, **_person(me)})
    out.note(f"signed in to {address} as {me.name or me.email}")
    return OK


def _by_device(context: Context, address: str) -> str:
    """The key that a signed-in person grants in a browser (RFC 8628)."""
    with open_client(address, None) as client:
        grant = client.devices.start(f"br on {socket.gethostname()}")
        context.out.note(f"open   {grant.verification_uri_complete}")
        context.out.note(f"code   {grant.user_code}")
        if _may_browse(context):
            import webbrowser

            webbrowser.open(grant.verification_uri_complete)
        context.out.note("waiting for you to approve it there (Ctrl-C stops)")
        return _await_key(client, grant)


def _may_browse(context: Context) -> bool:
    if context.arguments.flag("no-browser") or context.arguments.flag("device"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _await_key(client: Client, grant: DeviceGrant) -> str:
    interval = max(1, grant.interval)
    until = time.monotonic() + grant.expires_in
    while time.monotonic() < until:
        time.sleep(interval)
        try:
            return client.devices.redeem(grant.device_code).api_key
        except Problem as problem:
            if problem.code == "slow_down":
                interval += 5
            elif problem.code == "access_denied":
                raise Refusal(
                    "access_denied",
                    "the sign-in was refused in the browser",
                    next_command="br login",
                    exit_code=NOT_ALLOWED,
                ) from None
            elif problem.code != "authorization_pending":
                raise
    raise Refusal(
        "expired_token",
        "nobody approved the code in time",
        next_command="br login",
        exit_code=NOT_ALLOWED,
    )


def run_logout(context: Context) -> int:
    """Forget the stored key of a server."""
    address = origin(require_server(context.settings, context.arguments.text("server") or ""))
    found = forget_credentials(address)
    context.out.emit({"server": address, "forgotten": found})
    words = "forgot the key of" if found else "no key was stored for"
    context.out.note(f"{words} {address}")
    if found:
        context.out.note("the key itself still holds; revoke it on the server's key page")
    return OK


def run_whoami(context: Context) -> int:
    """Who the key in force belongs to."""
    with connect(context.settings) as client:
        me = client.me()
    settings, out = context.settings, context.out
    out.emit({"server": settings.server, "key_from": settings.source("api_key"), **_person(me)})
    out.data(f"{me.name}  {me.email}")
    for organization in me.organizations:
        out.data(f"  {organization.name}  {organization.role or ''}".rstrip())
    scopes = ", ".join(me.key.scopes) if me.key else ""
    out.note(f"{settings.server}" + (f"  key {me.key.prefix}…  {scopes}" if me.key else ""))
    return OK


def _person(me: Me) -> dict[str, object]:
    return {
        "id": me.id,
        "email": me.email,
        "name": me.name,
        "organizations": [
            {"id": each.id, "name": each.name, "role": each.role} for each in me.organizations
        ],
        "key": {"prefix": me.key.prefix, "scopes": me.key.scopes, "expires_at": me.key.expires_at}
        if me.key
        else None,
    }
