"""The API: rooms' routers under `/api`."""

from __future__ import annotations

from ninja import NinjaAPI

from buildrunner.server.platform.http import problems

api = NinjaAPI(title="BuildRunner", version="1", urls_namespace="api")
problems.install(api)
