"""One sync under way: its request, the locked head, and what was told to it before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import Step, apply_to_head
from buildrunner.server.domains.plans.actions.demand_proof import judge_proof
from buildrunner.server.domains.plans.actions.revise import Change, revise
from buildrunner.server.domains.plans.errors import BaseUnknown, IdempotencyKeyReused
from buildrunner.server.domains.plans.models import PlanHead, Revision
from buildrunner.server.domains.plans.rules import documents
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.rules.transitions import reverting, without
from buildrunner.server.domains.plans.types import Operation, Plan, SyncOutcome, SyncRequest
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class PendingSync:
    """`head` is locked; `digest` tells a retry of the request from another use of its key."""

    actor: Actor
    access: ProjectAccess
    head: PlanHead
    request: SyncRequest
    digest: str

    def told_before(self) -> SyncOutcome | None:
        """The answer that a sync with the same key and content has had."""
        key = self.request.idempotency_key
        if key is None:
            return None
        row = (
            Revision.objects.filter(
                org_id=self.access.org_id, project_id=self.access.project_id, idempotency_key=key
            )
            .only("number", "document_hash", "request_hash", "answer")
            .first()
        )
        if row is None:
            return None
        if row.request_hash != self.digest:
            raise IdempotencyKeyReused(key)
        return SyncOutcome(row.number, row.document_hash, **documents.decode(row.answer))

    def check_base(self) -> None:
        """Raise BaseUnknown where the client's base is no revision of this project."""
        base, head = self.request.base_revision, self.head.revision
        if not 1 <= base <= head:
            raise self.base_unknown(
                f"revision {base} is not known here, the newest is {head}; pull the whole plan"
            )
        if self.request.base_hash is None:
            return
        known = (
            self.head.document_hash if base == head else queries.revision_hash(self.access, base)
        )
        if known != self.request.base_hash:
            raise self.base_unknown(
                f"revision {base} has another content here than in your clone; pull the whole plan"
            )

    def check_claim(self, actual: str) -> None:
        """Raise BaseUnknown where the client holds another document than the server thinks."""
        if self.request.document_hash not in (None, actual):
            raise self.base_unknown(
                f"your operations on revision {self.request.base_revision} lead to {actual} here, "
                f"you have {self.request.document_hash}: your base differs; pull the whole plan"
            )

    def base_unknown(self, detail: str) -> BaseUnknown:
        """The refusal, with where the server stands."""
        return BaseUnknown(
            detail,
            revision=self.head.revision,
            document_hash=self.head.document_hash or None,
        )

    def unchanged(
        self,
        answer: list[Operation] | None = None,
        refused: list[dict[str, Any]] | None = None,
    ) -> SyncOutcome:
        """The clone brought nothing new."""
        return SyncOutcome(
            self.head.revision, self.head.document_hash, answer or [], refused=refused or []
        )

    def take(
        self,
        step: Step,
        operations: list[Operation],
        *,
        answer: list[Operation],
        renames: list[dict[str, Any]] | None = None,
        stands: tuple[Document, Plan] | None = None,
    ) -> SyncOutcome:
        """Write what `operations` made of the head, without what may not be done yet.

        What is refused stays as the head has it, and `answer` brings the clone there too; all
        other operations go through.
        """
        if not step.changed:
            return self.unchanged(answer)
        before = stands[1] if stands else None

        def stood() -> Plan:
            return before if before is not None else Document.unpack(self.head.packed).plan()

        judged = judge_proof(
            self.actor,
            self.access,
            operations,
            before=stood,
            after=step.document.plan,
            through=True,
        )
        refused = judged.refused
        if refused:
            operations = without(operations, judged.statuses)
            step = apply_to_head(self.head, operations, stands)
            answer = answer + reverting(judged.statuses, step.document.plan())
            if not step.changed:
                return self.unchanged(answer, refused)
        return self.write(
            step.document,
            step.document_hash,
            operations,
            answer=answer,
            renames=renames,
            refused=refused,
            warnings=judged.told,
        )

    def write(
        self,
        document: Document,
        document_hash: str,
        operations: list[Operation],
        *,
        answer: list[Operation],
        renames: list[dict[str, Any]] | None = None,
        refused: list[dict[str, Any]] | None = None,
        warnings: list[dict[str, Any]] | None = None,
    ) -> SyncOutcome:
        """Record the revision and keep what the client is told of it."""
        told: dict[str, Any] = {
            "operations": answer,
            "renames": renames or [],
            "applied": len(operations),
            "refused": refused or [],
            "warnings": warnings or [],
        }
        revision = revise(
            self.actor,
            self.access,
            self.head,
            change=Change(
                document=document,
                document_hash=document_hash,
                operations=operations,
                base_number=self.request.base_revision,
                message=self.request.message,
                key=self.request.idempotency_key,
                request_hash=self.digest,
                answer=told,
                warnings=warnings or [],
            ),
        )
        return SyncOutcome(revision.number, document_hash, created=True, **told)
