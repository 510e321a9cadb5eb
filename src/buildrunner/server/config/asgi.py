"""The server's front: static files, probes and the event stream are native, the rest is Django."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildrunner.server.config.settings")

from buildrunner.server.config.wsgi import application as django_application  # isort: skip

from django.conf import settings
from django.urls import get_resolver
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from buildrunner.server.config.event_rights import judge
from buildrunner.server.platform.http.answers import only_read
from buildrunner.server.platform.http.bridge import WsgiBridge
from buildrunner.server.platform.http.forwarded import TrustedProxies
from buildrunner.server.platform.http.front import Front
from buildrunner.server.platform.http.probes import Probes
from buildrunner.server.platform.http.static import StaticFiles, package_folders
from buildrunner.server.platform.realtime.endpoint import EventStream
from buildrunner.server.platform.realtime.hub import Hub

NATIVE = ("/healthz", "/readyz", "/static/{path:path}", "/api/events/stream")
WRITING = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

hub = Hub(settings.BR_READER_URL)
bridge = WsgiBridge(
    django_application,
    threads=settings.BR_WEB_THREADS,
    limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
)
files = StaticFiles(package_folders(), reload=settings.DEBUG)
events = EventStream(hub, judge)
probes = Probes({"realtime": lambda: hub.connected})


async def begin() -> None:
    """What runs before the first request."""
    _ = get_resolver().url_patterns  # a broken page stops the start, not the first visitor
    await hub.start()


async def finish() -> None:
    """What runs when the server is asked to stop: streams end, running requests complete."""
    await hub.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(bridge.close(), timeout=20)


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    await begin()
    try:
        yield
    finally:
        await finish()


routes = Starlette(
    routes=[
        Route("/healthz", probes.healthz),
        Route("/readyz", probes.readyz),
        Route("/static/{path:path}", files.respond),
        Route("/api/events/stream", events.respond, methods=["GET"]),
        *(Route(path, only_read, methods=WRITING) for path in NATIVE),
        Mount("/", bridge),
    ],
    lifespan=_lifespan,
)

app = Front(
    routes,
    hosts=settings.ALLOWED_HOSTS,
    proxies=TrustedProxies(settings.BR_TRUSTED_PROXIES),
    any_host=frozenset({"/healthz", "/readyz"}),
)
