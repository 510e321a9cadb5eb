"""One request or job under way: what every log line, metric and trace of it has in common."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from functools import lru_cache
from typing import Any
from uuid import UUID

import uuid_utils

# A name that a client or proxy may give its request.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
UNMATCHED = "(unmatched)"


@lru_cache(maxsize=1024)
def template(route: str) -> str:
    """Django's route (`api/projects/<uuid:project_id>`) as it is documented:
    `/api/projects/{project_id}`.
    """
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


class Visit:
    """What is known of a request so far. Handlers in other threads add to it.

    `route` is the template of the address (`/api/projects/{project_id}`), never the address:
    it names a metric. `org_id` is the organization whose rows were opened last. `direct` tells
    that the peer is the client itself or that a trusted proxy said who is.
    """

    __slots__ = (
        "began",
        "client",
        "direct",
        "job",
        "method",
        "org_id",
        "path",
        "request",
        "request_id",
        "route",
        "status",
    )

    def __init__(self, *, request_id: str = "", method: str = "", path: str = "") -> None:
        self.request_id = request_id or uuid_utils.uuid7().hex
        self.method = method
        self.path = path
        self.route = UNMATCHED
        self.status = 0
        self.client = ""
        self.direct = True
        self.job = ""
        self.org_id: UUID | None = None
        self.request: Any = None  # Django's, once it has one
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began

    def known(self) -> dict[str, str]:
        """The members that its log lines carry."""
        found = {"request_id": self.request_id}
        if self.job:
            found["job"] = self.job
        actor = getattr(self.request, "actor", None)
        if actor is not None:
            found["actor"] = str(actor.key_id or actor.person_id or actor.kind)
        org_id = self.org_id or getattr(actor, "org_id", None)
        if org_id is not None:
            found["org_id"] = str(org_id)
        return found


_current: ContextVar[Visit | None] = ContextVar("buildrunner_visit", default=None)


def current() -> Visit | None:
    """The request or job that this task or thread works for."""
    return _current.get()


def enter(visit: Visit) -> object:
    """Make it the current one; `leave` takes what this gives."""
    return _current.set(visit)


def leave(token: Any) -> None:
    """Undo `enter`."""
    _current.reset(token)


def request_id() -> str:
    """The id of the current request, or a new one."""
    visit = current()
    return visit.request_id if visit else uuid_utils.uuid7().hex


def entered_scope(org_id: UUID | None) -> None:
    """Note whose rows the current request works on."""
    visit = current()
    if visit is not None and org_id is not None:
        visit.org_id = org_id
