"""The API: the rooms' routers under `/api`, and its description in OpenAPI 3.1."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

from buildrunner import __version__
from buildrunner.server.config.authentication import ApiKey, BrowserSession
from buildrunner.server.config.openapi import describe
from buildrunner.server.platform.http import problems
from buildrunner.server.platform.http.bodies import JsonParser
from buildrunner.server.platform.http.deprecation import Deprecation

ROUTERS = (
    "buildrunner.server.domains.identity.rest.routes",
    "buildrunner.server.domains.tenancy.rest.routes",
    "buildrunner.server.domains.tenancy.rest.organizations",
    "buildrunner.server.domains.tenancy.rest.members",
    "buildrunner.server.domains.tenancy.rest.agents",
    "buildrunner.server.domains.tenancy.rest.keys",
    "buildrunner.server.domains.tenancy.rest.archives",
    "buildrunner.server.domains.tenancy.rest.teams",
    "buildrunner.server.domains.audit.rest.access_reviews",
    "buildrunner.server.domains.audit.rest.destinations",
    "buildrunner.server.domains.plans.rest.routes",
    "buildrunner.server.domains.plans.rest.edits",
    "buildrunner.server.domains.plans.rest.history",
    "buildrunner.server.domains.notifications.rest.routes",
    "buildrunner.server.domains.notifications.rest.inbox",
    "buildrunner.server.domains.notifications.rest.channels",
    "buildrunner.server.domains.governance.rest.routes",
    "buildrunner.server.domains.governance.rest.approvals",
    "buildrunner.server.domains.qa.rest.routes",
    "buildrunner.server.domains.workbench.rest.reconcile",
    "buildrunner.server.domains.workbench.rest.create",
    "buildrunner.server.domains.workbench.rest.flow",
    "buildrunner.server.domains.workbench.rest.timeline",
    "buildrunner.server.domains.workbench.rest.rescope",
    "buildrunner.server.domains.workbench.rest.runs",
    "buildrunner.server.domains.blueprints.rest.routes",
    "buildrunner.server.domains.audit.rest.privacy",
    "buildrunner.server.domains.audit.rest.routes",
    "buildrunner.server.domains.entitlements.rest.routes",
    "buildrunner.server.domains.metering.rest.usage",
    "buildrunner.server.domains.metering.rest.costs",
    "buildrunner.server.domains.metering.rest.budgets",
    "buildrunner.server.domains.discussion.rest.routes",
    "buildrunner.server.domains.discussion.rest.attachments",
    "buildrunner.server.domains.ai.rest.explain",
    "buildrunner.server.domains.ai.rest.evals",
    "buildrunner.server.domains.ai.rest.routing",
    "buildrunner.server.domains.ai.rest.arbitration",
    "buildrunner.server.domains.ai.rest.performance",
    "buildrunner.server.domains.ai.rest.providers",
    "buildrunner.server.domains.discussion.rest.presence",
    "buildrunner.server.domains.analytics.rest.anomalies",
    "buildrunner.server.domains.analytics.rest.measures",
    "buildrunner.server.domains.analytics.rest.sources",
    "buildrunner.server.domains.analytics.rest.reports",
)

MEDIA_TYPE = "application/json; charset=utf-8"

# Plans travel whole; everything else is small.
BODY_LIMITS = {
    r"/api/projects/([^/]+/(plan|sync)|import)": 64 * 1024 * 1024,
    r"/api/projects/[^/]+/evidence": 32 * 1024 * 1024,
    r"/api/projects/[^/]+/drift-reports": 4 * 1024 * 1024,
    r"/api/projects/[^/]+/drafts": 8 * 1024 * 1024,
    r"/api/(governance/check|projects/[^/]+/(change-requests|governance/runs))": 16 * 1024 * 1024,
    r"/api/(blueprints/validate|orgs/[^/]+/blueprints|projects/[^/]+/blueprints/(preview|apply))": (
        6 * 1024 * 1024
    ),
    r"/api/comments/[^/]+/attachments": 10 * 1024 * 1024,
    r"/api/orgs/[^/]+/usage/reconcile": 9 * 1024 * 1024,
    r"/api/models/arbitrate": 2 * 1024 * 1024,
    r"/api/(governance/validate|projects/[^/]+/governance/simulate)": 1024 * 1024,
}


class Encoder(NinjaJSONEncoder):
    """ninja's JSON; what it meets most it does not ask long about."""

    def default(self, o: Any) -> Any:
        """A value that JSON has no form for."""
        return str(o) if o.__class__ is UUID else super().default(o)


class Renderer(JSONRenderer):
    """ninja's JSON by one encoder that is kept, and as bytes, which Django takes as they are."""

    _encode = Encoder().encode

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:  # noqa: ARG002
        """The body."""
        return Renderer._encode(data).encode()


class BuildRunnerApi(NinjaAPI):
    """ninja's API, with problems, security and errors in its description."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        """The answer that a handler adds its headers to."""
        return HttpResponse(b"", content_type=MEDIA_TYPE)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        return describe(document, self._deprecations())

    def _deprecations(self) -> dict[str, Deprecation]:
        """What `@deprecated` says of which operation."""
        return {
            operation.operation_id or "": operation.view_func.deprecation
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
            if hasattr(operation.view_func, "deprecation")
        }


def _routers() -> list[Router]:
    """A room that has no router yet adds nothing."""
    return [
        import_module(name).router
        for name in ROUTERS
        if find_spec(name.rpartition(".")[0]) and find_spec(name)
    ]


api = BuildRunnerApi(
    title="BuildRunner",
    version=__version__,
    description=(
        "Build Specs, their revisions, sync and claims. Send an API key as bearer token. Errors "
        "are problem documents (RFC 9457); lists answer `items` and `next_cursor`."
    ),
    urls_namespace="api",
    auth=[ApiKey(), BrowserSession()],
    parser=JsonParser(BODY_LIMITS),
    renderer=Renderer(),
    # Nothing is loaded from or sent to other hosts, and no key is kept in the browser.
    docs=Swagger(settings={"validatorUrl": None, "persistAuthorization": False}),
)
problems.install(api)
for _router in _routers():
    api.add_router("", _router)
