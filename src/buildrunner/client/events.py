"""The event stream (server-sent events), as an iterator that resumes after a broken line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import httpx
import msgspec

from buildrunner.client.errors import Unreachable, problem_for
from buildrunner.client.models import ServerEvent

SILENCE = 60.0


def parse(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Events out of the lines of a stream (WHATWG HTML, section 9.2.6); comments are skipped."""
    kind, identifier = "message", ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                body = msgspec.json.decode("\n".join(data))
                yield ServerEvent(identifier, kind, body if isinstance(body, dict) else {})
            kind, data = "message", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id":
            identifier = value


def stream(
    http: httpx.Client,
    *,
    project_id: str | None = None,
    after: str | None = None,
    attempts: int = 5,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[ServerEvent]:
    """Follow `/api/events/stream`; a broken line is taken up again after the last event seen.

    Gives up with `Unreachable` when `attempts` connections in a row brought nothing.
    """
    failures = 0
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        params = {"project_id": project_id} if project_id else None
        timeout = httpx.Timeout(SILENCE, connect=5.0)
        try:
            with http.stream(
                "GET", "/api/events/stream", params=params, headers=headers, timeout=timeout
            ) as answer:
                if not answer.is_success:
                    answer.read()
                    body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
                    raise problem_for(answer.status_code, body)
                for event in parse(answer.iter_lines()):
                    failures = 0
                    after = event.id or after
                    yield event
        except httpx.TransportError:
            pass
        failures += 1
        if failures >= attempts:
            raise Unreachable(f"the event stream broke {failures} times in a row")
        pause(min(5.0, 0.25 * 2**failures))
