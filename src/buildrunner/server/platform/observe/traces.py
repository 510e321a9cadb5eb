"""OpenTelemetry traces: off until `enable`, and then costing nothing that is not asked for.

Spans of requests, statements, jobs and subscribers. A job carries the context of the request that
deferred it in its row and links to it. Where spans go is said by the standard `OTEL_*` variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import buildrunner
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.observe.masking import mask
from buildrunner.server.platform.observe.visits import Visit

_tracer: Any = None
_NOTHING: AbstractContextManager[None] = nullcontext()


def enable(process: str) -> Callable[[], None]:
    """Begin to trace this process (`web`, `worker`); call what it gives before the process ends.

    Raises `OperatorProblem` where the extra is not installed.
    """
    global _tracer
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise OperatorProblem(
            "BR_OTEL=1, and the packages for traces are not installed.",
            hint="pip install 'buildrunner[server,otel]', or unset BR_OTEL",
        ) from None
    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before this.
    resource = Resource.create(
        {"service.version": buildrunner.__version__, "buildrunner.process": process}
    )
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "buildrunner"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracer = trace.get_tracer("buildrunner", buildrunner.__version__)
    _watch_connections()
    return provider.shutdown


def ids() -> dict[str, str]:
    """What joins a log line with its span."""
    if _tracer is None:
        return {}
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def request(visit: Visit, scope: Mapping[str, Any]) -> AbstractContextManager[None]:
    """The span of a request; a `traceparent` header continues the caller's trace."""
    return _NOTHING if _tracer is None else _request(visit, scope)


def carry() -> dict[str, str]:
    """The current context for a job's row: W3C trace context, or nothing."""
    if _tracer is None:
        return {}
    from opentelemetry import propagate

    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


def job(name: str, carried: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """The span of a run of a job: a trace of its own, linked with the request that deferred it."""
    if _tracer is None:
        return _NOTHING
    return _consumer(f"job {name}", {"buildrunner.job": name}, carried)


def subscriber(name: str, kind: str) -> AbstractContextManager[None]:
    """The span of a subscriber that deals with an event."""
    if _tracer is None:
        return _NOTHING
    known = {"buildrunner.subscriber": name, "buildrunner.event": kind}
    return _consumer(f"event {kind} for {name}", known, None)


def emitted(kind: str, subject: str) -> None:
    """Note an event on the span that records it."""
    if _tracer is None:
        return
    from opentelemetry import trace

    known = {"buildrunner.event": kind, "buildrunner.subject": subject}
    trace.get_current_span().add_event("event recorded", known)


@contextmanager
def _request(visit: Visit, scope: Mapping[str, Any]) -> Iterator[None]:
    from opentelemetry import propagate, trace

    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    known = {
        "http.request.method": visit.method,
        "url.scheme": str(scope.get("scheme", "http")),
        "url.path": mask(visit.path),
        "client.address": visit.client,
        "buildrunner.request_id": visit.request_id,
    }
    with _tracer.start_as_current_span(
        visit.method, propagate.extract(headers), trace.SpanKind.SERVER, known
    ) as span:
        try:
            yield
        finally:
            span.update_name(f"{visit.method} {visit.route}")
            span.set_attribute("http.route", visit.route)
            span.set_attribute("http.response.status_code", visit.status)
            for name in ("actor", "org_id"):
                value = visit.known().get(name)
                if value:
                    span.set_attribute(f"buildrunner.{name}", value)
            if visit.status >= 500:
                span.set_status(trace.StatusCode.ERROR)


@contextmanager
def _consumer(
    name: str, known: dict[str, str], carried: Mapping[str, Any] | None
) -> Iterator[None]:
    from opentelemetry import context, propagate, trace

    cause = trace.get_current_span(
        propagate.extract({key: str(value) for key, value in (carried or {}).items()})
    ).get_span_context()
    links = [trace.Link(cause)] if cause.is_valid else []
    with _tracer.start_as_current_span(
        name, context.Context(), trace.SpanKind.CONSUMER, known, links=links
    ):
        yield


def _watch_connections() -> None:
    from django.db.backends.signals import connection_created

    def watch(connection: Any, **_: Any) -> None:
        if _statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(_statement)

    connection_created.connect(watch, weak=False, dispatch_uid="buildrunner traces")


def _statement(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """One statement, without its values."""
    from opentelemetry import trace

    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    text = str(sql)
    verb = text.split(None, 1)[0].upper()[:20] if text.strip() else "SQL"
    known = {
        "db.system.name": "postgresql",
        "db.operation.name": verb,
        "db.query.text": text[:2000],
    }
    with _tracer.start_as_current_span(verb, None, trace.SpanKind.CLIENT, known):
        return execute(sql, params, many, context)
