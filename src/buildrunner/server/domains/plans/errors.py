"""What this room refuses, and how it says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from buildrunner.server.platform.errors import (
    Conflict,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)

MAX_FINDINGS = 100


class PlanAbsent(NotFound):
    """The project has no revision yet."""

    code = "plan_absent"
    title = "This project has no plan yet"

    def __init__(self) -> None:
        super().__init__("nothing was pushed to this project yet; run `br sync --push` in a clone")


class RevisionAbsent(NotFound):
    """No such revision in this project."""

    code = "revision_absent"

    def __init__(self, number: int, head: int) -> None:
        super().__init__(
            f"this project has no revision {number}; its newest is {head}", revision=head
        )


class EntityAbsent(NotFound):
    """No entity with this id or alias in the plan."""

    code = "entity_absent"

    def __init__(self, entity_id: str, kind: str = "entity") -> None:
        super().__init__(f"the plan has no {kind} {entity_id!r}", entity_id=entity_id)


class PlanInvalid(Invalid):
    """The document, or what the operations would make of it, is not a valid plan."""

    code = "plan_invalid"
    title = "The plan would not be valid"

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        first = findings[0]["message"] if findings else "the plan is not valid"
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(
            f"{first}{more}; `br lint` shows every finding", findings=findings[:MAX_FINDINGS]
        )


class InvalidOperations(Invalid):
    """An operation is malformed, or does not fit the document; `index` counts from 0."""

    code = "invalid_operations"
    title = "The operations cannot be applied"

    def __init__(self, detail: str, *, index: int | None = None) -> None:
        super().__init__(detail, index=index)


class TooLarge(Invalid):
    """Beyond the limits of `rules.limits`."""

    code = "too_large"
    title = "Too large"


class IdempotencyKeyReused(Invalid):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    title = "This idempotency key belongs to another request"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"idempotency key {key!r} was used with other content; send a new key", key=key
        )


class BaseUnknown(Conflict):
    """The client's base is no revision of this project, or not the one it takes it for."""

    code = "base_unknown"
    title = "The server does not know this base"

    def __init__(self, detail: str, *, revision: int, document_hash: str | None) -> None:
        super().__init__(detail, revision=revision, document_hash=document_hash)


class SyncConflict(Conflict):
    """Both sides changed the same thing differently; nothing was written."""

    code = "sync_conflict"
    title = "Both sides changed the same fields"

    def __init__(
        self,
        conflicts: list[dict[str, Any]],
        *,
        revision: int,
        document_hash: str,
        operations_since_base: list[dict[str, Any]],
    ) -> None:
        count = len(conflicts)
        super().__init__(
            f"{count} {'field was' if count == 1 else 'fields were'} changed on both sides and "
            "nothing was written; run `br reconcile`",
            conflicts=conflicts,
            revision=revision,
            document_hash=document_hash,
            operations_since_base=operations_since_base,
        )


class EditConflict(Conflict):
    """A field no longer holds the value that the editor saw; carries both values."""

    code = "edit_conflict"
    title = "Somebody else changed this field meanwhile"

    def __init__(self, conflict: dict[str, Any], *, revision: int) -> None:
        by = (conflict.get("author") or {}).get("name") or "somebody else"
        super().__init__(
            f"{by} changed {conflict['field']!r} of {conflict['id'] or 'the plan'} meanwhile",
            conflict=conflict,
            revision=revision,
        )


class UndoConflict(Conflict):
    """Later revisions changed what the undo would take back; nothing was written."""

    code = "undo_conflict"
    title = "Others have built on this change"

    def __init__(
        self, number: int, conflicts: list[dict[str, Any]], names: list[str], *, revision: int
    ) -> None:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(
            f"revision {number} cannot be undone by itself: {shown} changed since; "
            "change it by hand, or restore an earlier revision whole",
            conflicts=conflicts,
            revision=revision,
        )


class NotProven(Conflict):
    """Microsteps may not become done: what is missing, and the command that would produce it.

    `microsteps` are those of `Unproven.as_dict`; `refused` keeps all of them, the document that is
    told only the first hundred.
    """

    code = "not_proven"
    title = "Done means proven"

    def __init__(self, microsteps: list[dict[str, Any]]) -> None:
        flat = [
            f"{each['id']}: {one['text'] or 'the microstep as a whole'} ({one['reason']})"
            for each in microsteps
            for one in each["missing"]
        ]
        self.refused = microsteps
        first = microsteps[0]
        others = len(microsteps) - 1
        more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
        super().__init__(
            f"{first['id']}{more} cannot be done yet: {len(flat)} "
            f"{'criterion has' if len(flat) == 1 else 'criteria have'} no proof. "
            f"First: {flat[0] if flat else first['id']}",
            microsteps=[
                {name: each[name] for name in ("id", "title", "missing")}
                for each in microsteps[:MAX_FINDINGS]
            ],
            missing=flat[:MAX_FINDINGS],
            next_command=first["next_command"],
        )


class TransitionRefused(Conflict):
    """Microsteps may not go from the status they have to another: what may follow, and who says so.

    `microsteps` are those of `Barred.as_dict`; `refused` keeps all of them, the document that is
    told only the first hundred. The members of the first stand in the document itself.
    """

    code = "transition_refused"
    title = "This status may not follow"

    def __init__(self, microsteps: list[dict[str, Any]]) -> None:
        self.refused = microsteps
        first = microsteps[0]
        others = len(microsteps) - 1
        more = f" ({others} more like it)" if others else ""
        told = {name: first[name] for name in ("before", "after", "allowed", "clause", "owner")}
        super().__init__(
            f"{first['reason']}{more}. So says {first['clause']} of the policy; "
            f"{first['owner']} can change that",
            microstep=first["id"],
            microsteps=[
                {
                    name: each[name]
                    for name in ("id", "title", "before", "after", "allowed", "clause", "owner")
                }
                for each in microsteps[:MAX_FINDINGS]
            ],
            missing=[each["reason"] for each in microsteps[:MAX_FINDINGS]],
            next_command=first["next_command"],
            **told,
        )


class PlanMoved(PreconditionFailed):
    """The plan has a newer revision than the one the caller names."""

    code = "plan_moved"
    title = "The plan has changed"

    def __init__(self, *, revision: int, etag: str) -> None:
        super().__init__(
            f"the plan is at revision {revision} now; read it again and repeat the change",
            revision=revision,
            etag=etag,
        )


class RevisionRequired(PreconditionRequired):
    """A replacement must say which revision it replaces."""

    code = "precondition_required"

    def __init__(self, *, revision: int, etag: str) -> None:
        super().__init__(
            f'send If-Match: "{etag}", the ETag of the plan that you replace',
            revision=revision,
            etag=etag,
        )


class ClaimHeld(Conflict):
    """Another holder has the microstep."""

    code = "claim_held"
    title = "Somebody else works on this microstep"

    def __init__(self, microstep_id: str, holder: str, expires_at: datetime) -> None:
        super().__init__(
            f"{holder} holds {microstep_id} until {expires_at:%Y-%m-%d %H:%M} UTC; "
            "`br next` names another one",
            microstep_id=microstep_id,
            holder=holder,
            expires_at=expires_at.isoformat(),
        )


class ClaimAbsent(NotFound):
    """Nobody holds the microstep."""

    code = "claim_absent"

    def __init__(self, microstep_id: str) -> None:
        super().__init__(f"nobody holds {microstep_id!r}", microstep_id=microstep_id)
