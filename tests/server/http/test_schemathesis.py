"""The API against its own description: Schemathesis makes the requests, valid ones and broken ones.

Every operation of the OpenAPI document is tried with a full key, half of the time at addresses
that exist. No answer is a 5xx, every status and media type is documented, bodies fit their schemas,
broken requests are refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from buildrunner.server.config.api import api as ninja_api
from buildrunner.server.config.wsgi import application
from factories import Tenant, make_key, make_tenant, small_plan
from factories.addresses import KNOWN, parameters

CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 20
# Native routes: Django does not answer them. tests/server/platform has their tests, and
# tests/server/metering those of ingestion.
NATIVE = {"streamEvents", "beatPresence", "sendUsageEvents", "getHealth", "getReadiness"}

DOCUMENT = ninja_api.get_openapi_schema(path_prefix="/api/")
OPERATIONS = {
    operation["operationId"]: (path, method.upper())
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if operation["operationId"] not in NATIVE
}


schemathesis.openapi.media_type("application/zip", st.binary(max_size=200))


@schemathesis.serializer("application/zip")
def archive(_: Any, value: Any) -> bytes:
    """Archives are bytes as they are; a broken one is anything else."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    """The application keeps its connection between requests, as under Django's own test client."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = schemathesis.openapi.from_wsgi("/api/openapi.json", app=application)
    # A stale If-Match is refused before the body is read.
    accepted = found.config.checks.negative_data_rejection
    accepted.expected_statuses = [*accepted.expected_statuses, "412"]
    yield found
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_api_is_as_it_says(schema: Any, own: Tenant, name: str) -> None:
    path, method = OPERATIONS[name]
    operation = schema[path][method]
    key = make_key(own.person)[1]  # whatever happens to the one in the addresses
    names = {
        one["name"]
        for one in DOCUMENT["paths"][path][method.lower()].get("parameters", ())
        if "name" in one
    }
    known = parameters(own)
    existing = {one: str(known[one]) for one in names & KNOWN if f"{{{one}}}" in path}
    tries = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        tries.append(operation.as_strategy(generation_mode=mode))
        if existing:
            tries.append(operation.as_strategy(generation_mode=mode, path_parameters=existing))
    documented = DOCUMENT["paths"][path][method.lower()]["responses"]

    @seed(20260105)
    @settings(
        max_examples=EXAMPLES,
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(tries), conditional=st.booleans())
    def attempt(case: Any, conditional: bool) -> None:
        if not conditional:
            case.headers.pop("If-Match", None)
        with transaction.atomic():  # each begins with the same rows
            answer = case.call(headers={"Authorization": f"Bearer {key}"})
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)
        assert str(answer.status_code) in documented, f"{answer.status_code} is not documented"
        assert answer.status_code != 401, "the request ended its own key"

    attempt()
