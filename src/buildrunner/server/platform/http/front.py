"""What every request passes first: trusted proxies, the Host header, the request's own limits."""

from __future__ import annotations

from collections.abc import Sequence

from django.http.request import split_domain_port, validate_host
from starlette.types import ASGIApp, Receive, Scope, Send

from buildrunner.server.platform.http.answers import WrongHost, problem_response
from buildrunner.server.platform.http.forwarded import TrustedProxies


class Front:
    """An ASGI layer over the whole server.

    A foreign Host header is refused before anything reads it: it is how a page on another site
    reaches a server on this machine (DNS rebinding).
    """

    def __init__(
        self,
        application: ASGIApp,
        *,
        hosts: Sequence[str],
        proxies: TrustedProxies,
        any_host: frozenset[str] = frozenset(),
    ) -> None:
        """`any_host` are paths that answer whatever the Host: probes ask by address."""
        self._application = application
        self._hosts = hosts
        self._any_host = any_host
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        scope = self._proxies.settle(scope)
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        domain, _ = split_domain_port(host)
        known = bool(domain) and validate_host(domain, self._hosts)
        if not known and scope["path"] not in self._any_host:
            error = WrongHost(
                f"The Host {host!r} is not one of this server's. Its operator can add it to "
                "BR_ALLOWED_HOSTS."
            )
            await problem_response(error, path=scope["path"])(scope, receive, send)
            return
        await self._application(scope, receive, send)
