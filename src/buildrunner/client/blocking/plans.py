"""Plans, their history, and claims on their microsteps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.errors import UnexpectedAnswer
from buildrunner.client.models import Claim, Comparison, Edited, Revision, Saved, StoredPlan, Synced


class Plans(Resource):
    """The plan of a project: read, replace, sync, history."""

    def get(self, project_id: str) -> StoredPlan:
        """The plan as it stands; `NotFound` with code `plan_absent` before the first push."""
        answer = self._transport.request("GET", f"{_base(project_id)}/plan")
        try:
            return StoredPlan(
                document=wire.decode(answer, dict),
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
            f"{_base(project_id)}/plan",
            json=document,
            headers={"If-Match": etag} if etag else None,
            keyed=True,
        )
        return wire.decode(answer, Saved)

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
        revision whose conflicts `resolutions` answer: what changed after it is asked anew. Raises
        `Conflict` with `problem["conflicts"]` when both sides changed the same field. A retry with
        the same key gives the same answer; without a key and with operations nothing is retried.
        """
        body: dict[str, Any] = {
            "base_revision": base_revision,
            "operations": operations,
            "document_hash": document_hash,
        }
        optional = {
            "idempotency_key": idempotency_key or None,
            "base_hash": base_hash,
            "document": document,
            "resolutions": resolutions or None,
            "resolves_revision": resolves_revision if resolutions else None,
            "message": message or None,
        }
        body |= {name: value for name, value in optional.items() if value is not None}
        answer = self._transport.request(
            "POST",
            f"{_base(project_id)}/sync",
            json=body,
            repeatable=bool(idempotency_key) or not operations,
        )
        return wire.decode(answer, Synced)

    def edit(
        self,
        project_id: str,
        edits: list[dict[str, Any]],
        *,
        expected_revision: int | None = None,
        message: str = "",
    ) -> Edited:
        """Edits as people mean them, all in one revision or none.

        Each is `{"do": "add" | "set" | "move" | "split" | "merge" | "remove", …}` as the API's
        description says. With `expected_revision` a plan that moved on raises `Conflict`.
        """
        body: dict[str, Any] = {"edits": edits}
        if expected_revision is not None:
            body["expected_revision"] = expected_revision
        if message:
            body["message"] = message
        return self._transport.send("POST", f"{_base(project_id)}/plan/edits", Edited, body)

    def compare(self, project_id: str, first: int, second: int) -> Comparison:
        """What changed from one revision to another."""
        params = {"from": first, "to": second}
        return self._transport.get(f"{_base(project_id)}/compare", Comparison, **params)

    def restore(self, project_id: str, number: int, *, expected_revision: int) -> Saved:
        """Make a new revision that says what an earlier one said.

        `expected_revision` is the newest one that the caller has seen.
        """
        path = f"{_base(project_id)}/revisions/{number}/restore"
        body = {"expected_revision": expected_revision}
        return self._transport.send("POST", path, Saved, body)

    def undo(self, project_id: str, number: int) -> Saved:
        """Take back one revision, keeping what came after it; `Conflict` where that cannot be."""
        return self._transport.send("POST", f"{_base(project_id)}/revisions/{number}/undo", Saved)

    def revisions(self, project_id: str) -> Iterator[Revision]:
        """The history, newest first, fetched page by page as you read."""
        return self._transport.pages(f"{_base(project_id)}/revisions", Revision)

    def revision(self, project_id: str, number: int, *, document: bool = False) -> Revision:
        """One revision with its operations, and its whole document when asked for."""
        path = f"{_base(project_id)}/revisions/{number}"
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
        path = f"{_base(project_id)}/claims"
        answer = self._transport.request("POST", path, json=body, repeatable=True)
        return wire.decode(answer, Claim)

    def release(self, project_id: str, microstep_id: str) -> None:
        """Give a lease back."""
        path = f"{_base(project_id)}/claims/{wire.segment(microstep_id)}"
        self._transport.request("DELETE", path, repeatable=True)

    def list(self, project_id: str) -> Iterator[Claim]:
        """The leases in force."""
        return self._transport.pages(f"{_base(project_id)}/claims", Claim)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"
