"""The client: one object for one server and key, with a resource for each part of the API."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec

from buildrunner.client.errors import UnexpectedAnswer
from buildrunner.client.events import stream
from buildrunner.client.models import (
    Claim,
    DeviceGrant,
    Me,
    Project,
    Revision,
    Saved,
    ServerEvent,
    StoredPlan,
    Synced,
)
from buildrunner.client.transport import Transport, decode


class Client:
    """Calls a BuildRunner server.

    `server` is an origin (`https://build.example.com`), `api_key` a `br_…` key. Every method
    raises a `ClientError` on failure. Usable as a context manager.
    """

    def __init__(
        self,
        server: str,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = Transport(
            server, api_key, timeout=timeout, retries=retries, transport=transport
        )
        self.server = self._transport.server
        self.projects = Projects(self._transport)
        self.plans = Plans(self._transport)
        self.claims = Claims(self._transport)
        self.devices = Devices(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def me(self) -> Me:
        """Who this key belongs to."""
        return self._transport.get("/api/me", Me)

    def healthy(self) -> bool:
        """Whether the server says it is ready."""
        body = decode(self._transport.request("GET", "/healthz"), dict)
        return body.get("status") == "ok"

    def events(
        self, project_id: str | None = None, *, after: str | None = None
    ) -> Iterator[ServerEvent]:
        """Follow committed events, from `after` (an event's id) on or from now."""
        return stream(self._transport.http, project_id=project_id, after=after)


class Resource:
    """A part of the API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport


class Page(msgspec.Struct, frozen=True):
    """One page of a list."""

    items: list[Any]
    next_cursor: str | None = None


class Projects(Resource):
    """`/api/projects`."""

    def create(self, title: str, *, org_id: str | None = None) -> Project:
        """Make a project; without `org_id` in the caller's default organization."""
        body = {"title": title} | ({"org_id": org_id} if org_id else {})
        return self._transport.post("/api/projects", body, Project)

    def list(self) -> Iterator[Project]:
        """Every project the key may see, fetched page by page as you read."""
        yield from _pages(self._transport, "/api/projects", Project)

    def get(self, project_id: str) -> Project:
        """One project."""
        return self._transport.get(f"/api/projects/{_segment(project_id)}", Project)

    def rename(self, project_id: str, title: str) -> Project:
        """Change the title."""
        path = f"/api/projects/{_segment(project_id)}"
        return decode(
            self._transport.request("PATCH", path, json={"title": title}, repeatable=True), Project
        )


class Plans(Resource):
    """The plan of a project: read, replace, sync, history."""

    def get(self, project_id: str) -> StoredPlan:
        """The plan as it stands; `NotFound` with code `plan_absent` before the first push."""
        answer = self._transport.request("GET", f"/api/projects/{_segment(project_id)}/plan")
        try:
            return StoredPlan(
                document=decode(answer, dict),
                revision=int(answer.headers["BR-Revision"]),
                document_hash=answer.headers["BR-Document-Hash"],
                etag=answer.headers["ETag"],
            )
        except (KeyError, ValueError) as error:
            raise UnexpectedAnswer(
                f"the plan came without its revision headers ({error})"
            ) from None

    def put(self, project_id: str, document: dict[str, Any], *, etag: str | None = None) -> Saved:
        """Replace the plan; `etag` is required once the project has a revision."""
        answer = self._transport.request(
            "PUT",
            f"/api/projects/{_segment(project_id)}/plan",
            json=document,
            headers={"If-Match": etag} if etag else None,
        )
        return decode(answer, Saved)

    def sync(
        self,
        project_id: str,
        *,
        base_revision: int,
        operations: list[dict[str, Any]],
        document_hash: str,
        base_hash: str | None = None,
        idempotency_key: str | None = None,
        document: dict[str, Any] | None = None,
        resolutions: list[dict[str, Any]] | None = None,
        resolves_revision: int | None = None,
        message: str = "",
    ) -> Synced:
        """Send changes made on `base_revision`, receive what others changed since.

        `base_hash` is the hash of the document at the base; with it the server need not rebuild
        that. `document` is the whole plan, for the first push only. `resolves_revision` is the
        revision whose conflicts `resolutions` answer: what changed after it is asked anew. Raises `Conflict` with
        `problem["conflicts"]` when both sides changed the same field. A retry with the same key
        gives the same answer; without a key and with operations the call is not retried.
        """
        body: dict[str, Any] = {
            "base_revision": base_revision,
            "operations": operations,
            "document_hash": document_hash,
        }
        if idempotency_key:
            body["idempotency_key"] = idempotency_key
        if base_hash is not None:
            body["base_hash"] = base_hash
        if document is not None:
            body["document"] = document
        if resolutions:
            body["resolutions"] = resolutions
            if resolves_revision is not None:
                body["resolves_revision"] = resolves_revision
        if message:
            body["message"] = message
        path = f"/api/projects/{_segment(project_id)}/sync"
        repeatable = bool(idempotency_key) or not operations
        return self._transport.post(path, body, Synced, repeatable=repeatable)

    def revisions(self, project_id: str) -> Iterator[Revision]:
        """The history, newest first, fetched page by page as you read."""
        path = f"/api/projects/{_segment(project_id)}/revisions"
        yield from _pages(self._transport, path, Revision)

    def revision(self, project_id: str, number: int, *, document: bool = False) -> Revision:
        """One revision with its operations, and its whole document when asked for."""
        path = f"/api/projects/{_segment(project_id)}/revisions/{number}"
        return self._transport.get(path, Revision, document=1 if document else None)


class Claims(Resource):
    """Leases on microsteps."""

    def take(
        self,
        project_id: str,
        microstep_id: str,
        *,
        holder: str | None = None,
        ttl_seconds: int | None = None,
    ) -> Claim:
        """Take or renew a lease; `Conflict` with code `claim_held` when another holds it."""
        body: dict[str, Any] = {"microstep_id": microstep_id}
        if holder:
            body["holder"] = holder
        if ttl_seconds:
            body["ttl_seconds"] = ttl_seconds
        path = f"/api/projects/{_segment(project_id)}/claims"
        return self._transport.post(path, body, Claim, repeatable=True)

    def release(self, project_id: str, microstep_id: str) -> None:
        """Give a lease back."""
        path = f"/api/projects/{_segment(project_id)}/claims/{_segment(microstep_id)}"
        self._transport.request("DELETE", path, repeatable=True)

    def list(self, project_id: str) -> Iterator[Claim]:
        """The leases in force."""
        path = f"/api/projects/{_segment(project_id)}/claims"
        yield from _pages(self._transport, path, Claim)


class DeviceKey(msgspec.Struct, frozen=True):
    """What an approved device sign-in yields."""

    api_key: str
    person: dict[str, Any]


class Devices(Resource):
    """Sign-in of a terminal through a browser (RFC 8628)."""

    def start(self, client_name: str) -> DeviceGrant:
        """Ask for a code that a signed-in person approves."""
        return self._transport.post("/api/auth/device", {"client_name": client_name}, DeviceGrant)

    def redeem(self, device_code: str) -> DeviceKey:
        """The key, once approved; until then a `Problem` with code `authorization_pending`."""
        return self._transport.post(
            "/api/auth/device/token", {"device_code": device_code}, DeviceKey
        )


def _segment(value: str) -> str:
    """A path segment: an id is data and must not change the path."""
    return quote(value, safe="")


def _pages(transport: Transport, path: str, kind: type[Any]) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = transport.get(path, Page, cursor=cursor)
        for item in page.items:
            yield msgspec.convert(item, kind, strict=False)
        cursor = page.next_cursor
        if not cursor:
            return
