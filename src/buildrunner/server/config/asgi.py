"""The server's front: static files, probes and the event stream are native, the rest is Django."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildrunner.server.config.settings")

from buildrunner.server.config.wsgi import application as django_application  # isort: skip

from django.conf import settings
from django.urls import get_resolver
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from buildrunner.server.config.authentication import key_from_headers
from buildrunner.server.config.event_rights import judge
from buildrunner.server.config.settings.environment import refuse_build_key
from buildrunner.server.domains.ai.rest.gateway.endpoint import MODELS, Gateway
from buildrunner.server.domains.ai.rest.gateway.endpoint import PATHS as MODEL_PATHS
from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.metering.rest.calls import Calls
from buildrunner.server.domains.metering.rest.ingestion import Ingestion
from buildrunner.server.domains.tenancy.rest import oauth
from buildrunner.server.domains.workbench.rest.mcp import endpoint as mcp
from buildrunner.server.platform.db.pool import web_pool
from buildrunner.server.platform.http.answers import only_post, only_read
from buildrunner.server.platform.http.bridge import WsgiBridge
from buildrunner.server.platform.http.forwarded import TrustedProxies
from buildrunner.server.platform.http.front import Front
from buildrunner.server.platform.http.operators import Operators
from buildrunner.server.platform.http.probes import Probes
from buildrunner.server.platform.http.static import StaticFiles, package_folders
from buildrunner.server.platform.observe import metrics
from buildrunner.server.platform.observe.exposition import Metrics
from buildrunner.server.platform.realtime.endpoint import EventStream
from buildrunner.server.platform.realtime.hub import Hub
from buildrunner.server.platform.realtime.upkeep import Upkeep
from buildrunner.server.platform.ui.charts import library

STREAM = "/api/events/stream"
BEAT = "/api/presence/beat"
USAGE = "/api/usage/events"
NATIVE = ("/healthz", "/readyz", "/metrics", "/static/{path:path}", STREAM)
OAUTH = (oauth.METADATA, oauth.REGISTER, oauth.EXCHANGE)
RESOURCES = (mcp.RESOURCE, mcp.RESOURCE + mcp.PATH)
WRITING = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

hub = Hub(settings.BR_READER_URL)
bridge = WsgiBridge(
    django_application,
    threads=settings.BR_WEB_THREADS,
    limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
)
files = StaticFiles(package_folders(), reload=settings.DEBUG, made={library.name(): library.script})
events = EventStream(hub, judge, whispers=frozenset({discussion.PRESENCE}))
presence = Upkeep(discussion.keep_here, discussion.clear_gone, wanted=lambda: hub.readers > 0)
pool = web_pool()
gateway = Gateway(pool, key_from_headers)
usage = Ingestion(pool, key_from_headers)
calls = Calls()
agents = mcp.Mcp(bridge, key_from_headers)
operators = Operators(settings.BR_METRICS_NETWORKS)
exposition = Metrics(operators, token=settings.BR_METRICS_TOKEN)
probes = Probes(connected=lambda: hub.connected, operators=operators, data_dir=settings.DATA_DIR)


async def begin() -> None:
    """What runs before the first request."""
    refuse_build_key(settings.SECRET_KEY)
    _ = get_resolver().url_patterns  # a broken page stops the start, not the first visitor
    await hub.start()
    await pool.open()
    calls.start()
    await gateway.start()
    presence.start()
    _spare_collections()


def _spare_collections() -> None:
    """Keep the garbage collector from the slowest requests.

    What is loaded by now stays for good, and a look through all of it holds every thread for
    milliseconds; so it is set aside. Of what requests leave behind little is cyclic: larger batches
    cost less than many small ones, and hold some megabytes at most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def drain() -> None:
    """What runs when a stop is announced: balancers are told, connections are not kept."""
    probes.draining = app.draining = True


async def finish() -> None:
    """What runs when the server is asked to stop: streams end, running requests complete."""
    await hub.close()
    await presence.close()
    await agents.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(bridge.close(), timeout=20)
    await gateway.close()
    await calls.close()
    await pool.close(timeout=5)


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
        Route("/metrics", exposition.respond, methods=["GET"]),
        Route("/static/{path:path}", files.respond),
        Route(STREAM, events.respond, methods=["GET"]),
        Route(BEAT, presence.respond, methods=["POST"]),
        Route(USAGE, usage.respond, methods=["POST"]),
        Route(mcp.PATH, agents),
        Route(oauth.METADATA, oauth.metadata),
        Route(oauth.REGISTER, oauth.register, methods=["POST"]),
        Route(oauth.EXCHANGE, oauth.exchange, methods=["POST"]),
        *(Route(path, mcp.protected_resource) for path in RESOURCES),
        Route(BEAT, only_post, methods=["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        *(Route(path, only_read, methods=WRITING) for path in NATIVE),
        *(Route(path, gateway) for path in MODEL_PATHS),
        Route(f"{MODELS}/{{model:path}}", gateway),
        Mount("/", bridge),
    ],
    lifespan=_lifespan,
)

app = Front(
    routes,
    hosts=settings.ALLOWED_HOSTS,
    proxies=TrustedProxies(settings.BR_TRUSTED_PROXIES),
    any_host=frozenset({"/healthz", "/readyz", "/metrics"}),
    native={
        path.partition("{")[0]: path
        for path in (*NATIVE, BEAT, USAGE, mcp.PATH, mcp.RESOURCE, *OAUTH, *MODEL_PATHS)
    },
    streams=frozenset({STREAM}),
    rest=bridge,
)

metrics.in_flight.set_function(lambda: app.in_flight)
metrics.threads_limit.set(bridge.threads)
metrics.threads_busy.set_function(lambda: min(bridge.open, bridge.threads))
metrics.threads_waiting.set_function(lambda: max(0, bridge.open - bridge.threads))
metrics.streams.set_function(lambda: hub.readers)
metrics.realtime_connected.set_function(lambda: hub.connected)
