"""The metrics of this process, in Prometheus' terms; docs/reference/metrics.md explains each.

Labels are few and bounded: a route is the template of an address, a job or event kind one of those
the code names. Counters are of this process alone: a query adds them up over processes.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

import buildrunner

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

requests = Counter(
    "buildrunner_http_requests",
    "Answers given, by route template, method and status.",
    ["route", "method", "status"],
)
request_seconds = Histogram(
    "buildrunner_http_request_seconds",
    "From the first byte of a request to the last of its answer; event streams are left out.",
    ["route"],
    buckets=_FAST,
)
in_flight = Gauge("buildrunner_http_requests_in_flight", "Requests under way, streams left out.")
threads_busy = Gauge("buildrunner_web_threads_busy", "Threads that run a page or API request.")
threads_limit = Gauge("buildrunner_web_threads_limit", "Threads there are for them.")
threads_waiting = Gauge("buildrunner_web_requests_waiting", "Requests that wait for a thread.")
streams = Gauge("buildrunner_event_streams", "Event streams open to browsers and clients.")
streams_ended = Counter(
    "buildrunner_event_streams_ended",
    "Event streams that ended, by reason: gone, slow, closing, rights, database.",
    ["reason"],
)
realtime_connected = Gauge(
    "buildrunner_realtime_connected", "1 while the process listens for events in the database."
)
events = Counter("buildrunner_events_emitted", "Events recorded, by kind.", ["kind"])
jobs = Counter("buildrunner_jobs_run", "Runs of jobs, by name and outcome.", ["job", "outcome"])
job_seconds = Histogram(
    "buildrunner_job_seconds", "How long a run of a job took.", ["job"], buckets=_SLOW
)
build_info = Gauge(
    "buildrunner_build_info", "Always 1; the labels say what runs.", ["version", "python"]
)
build_info.labels(buildrunner.__version__, platform.python_version()).set(1)


def method_label(method: str) -> str:
    """A method, or `OTHER`: clients may invent some."""
    return method if method in METHODS else "OTHER"


@contextmanager
def timed_job(name: str) -> Iterator[None]:
    """Count a run of a job and measure it."""
    began = perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        job_seconds.labels(name).observe(perf_counter() - began)
        jobs.labels(name, outcome).inc()


def registered() -> dict[str, str]:
    """Every metric of ours by its exposed name, and what it says."""
    return {
        family.name + ("_total" if family.type == "counter" else ""): family.documentation
        for family in REGISTRY.collect()
        if family.name.startswith("buildrunner_")
    }
