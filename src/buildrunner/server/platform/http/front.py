"""What every request passes first: trusted proxies, the Host header, the request's own name; and
what every answer passes last: the metrics, the access log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.http.request import split_domain_port, validate_host
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buildrunner.server.platform.http.answers import Broken, WrongHost, problem_response
from buildrunner.server.platform.http.forwarded import SAID_BY_PROXIES, TrustedProxies
from buildrunner.server.platform.observe import metrics, traces, visits
from buildrunner.server.platform.observe.logs import ACCESS
from buildrunner.server.platform.observe.visits import Visit

logger = logging.getLogger("buildrunner.http")
access = logging.getLogger(ACCESS)

_ID = b"x-request-id"


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
        native: Mapping[str, str] | None = None,
        streams: frozenset[str] = frozenset(),
        rest: ASGIApp | None = None,
    ) -> None:
        """`any_host` are paths that answer whatever the Host: probes ask by address. `native` maps
        the beginnings of paths to the routes that are not Django's; `streams` are those that stay
        open: they count neither as under way nor in the time that requests take. What is not
        native goes to `rest` without asking the routes of `application` first, if it is given.
        """
        self._application = application
        self._rest = rest or application
        self._hosts = hosts
        self._any_host = any_host
        self._proxies = proxies
        self._native = dict(native or {})
        self._streams = streams
        self._counters: dict[tuple[str, str, int], Any] = {}
        self.in_flight = 0
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        visit, scope = self._meet(scope)
        token = visits.enter(visit)
        counted = visit.route not in self._streams
        self.in_flight += counted
        try:
            with traces.request(visit, scope):
                await self._answer(visit, scope, receive, send)
        finally:
            self.in_flight -= counted
            visits.leave(token)
            self._note(visit, counted)

    def _meet(self, scope: Scope) -> tuple[Visit, Scope]:
        """A name for the request, which whatever reads its headers finds there."""
        headers = dict(scope["headers"])
        given = headers.get(_ID, b"").decode("latin-1")
        known = visits.REQUEST_ID.fullmatch(given) is not None
        path = scope["path"]
        visit = Visit(request_id=given if known else "", method=scope["method"], path=path)
        peer = scope.get("client")
        said = any(name in SAID_BY_PROXIES for name in headers)
        visit.direct = not said or (peer is not None and self._proxies.trusts(peer[0]))
        scope = self._proxies.settle(scope)
        client = scope.get("client")
        visit.client = client[0] if client else ""
        if not known:
            kept = [entry for entry in scope["headers"] if entry[0] != _ID]
            scope = {**scope, "headers": [*kept, (_ID, visit.request_id.encode())]}
        visit.route = next(
            (route for start, route in self._native.items() if path.startswith(start)),
            visits.UNMATCHED,
        )
        return visit, scope

    async def _answer(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                headers = list(message["headers"])
                if not any(name == _ID for name, _ in headers):
                    headers.append((_ID, visit.request_id.encode()))
                if self.draining:  # the next request goes to another process
                    headers.append((b"connection", b"close"))
                message = {**message, "headers": headers}
            await send(message)

        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        domain, _ = split_domain_port(host)
        known = bool(domain) and validate_host(domain, self._hosts)
        if not known and visit.path not in self._any_host:
            error = WrongHost(
                f"The Host {host!r} is not one of this server's. Its operator can add it to "
                "BR_ALLOWED_HOSTS."
            )
            await problem_response(error, path=visit.path)(scope, receive, named)
            return
        native = visit.route is not visits.UNMATCHED
        try:
            await (self._application if native else self._rest)(scope, receive, named)
        except Exception:
            logger.exception("%s %s failed", visit.method, visit.path)
            if visit.status == 0:
                broken = Broken("Something went wrong on the server; it has been logged.")
                await problem_response(broken, path=visit.path)(scope, receive, named)

    def _note(self, visit: Visit, counted: bool) -> None:
        route, method = visit.route, metrics.method_label(visit.method)
        key = (route, method, visit.status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = metrics.requests.labels(*map(str, key))
        counter.inc()
        seconds = visit.seconds
        if counted:
            metrics.request_seconds.labels(route).observe(seconds)
        if access.isEnabledFor(logging.INFO):
            access.info(
                "%s %s",
                visit.method,
                visit.path,
                extra={
                    "route": route,
                    "status": visit.status,
                    "duration": round(seconds, 4),
                    "client": visit.client,
                    **visit.known(),
                },
            )
