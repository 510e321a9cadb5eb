"""Draft additions to a plan, draft them anew with answers, or put the draft away."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.create import DraftClosed
from buildrunner.server.domains.workbench.events import create as events
from buildrunner.server.domains.workbench.models.create import Draft
from buildrunner.server.domains.workbench.queries.create import (
    draft_row,
    draft_view,
    drafts_of,
    head_of,
)
from buildrunner.server.domains.workbench.rules import create as rules
from buildrunner.server.domains.workbench.types.create import (
    DISCARDED,
    OPEN,
    Content,
    DraftIn,
    DraftView,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.drafting import counted

# Of so many drafts of one project the newest are kept.
MOST_DRAFTS = 200


def start_draft(
    actor: Actor, project_id: UUID, *, given: DraftIn, answers: dict[str, Any] | None = None
) -> DraftView:
    """Draft what a prompt, a document, a repository's facts or another tool's file asks for.

    Nothing of it reaches the plan. The same input against the same revision gives the open draft
    that is there. Needs `plan.write`. Raises DraftRefused.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        revision, plan = head_of(access)
    given = rules.cleaned(given)
    kept = rules.clean_answers(answers or {})
    content = rules.drafted(given, plan, kept)  # takes time: outside the transaction
    with project_scope(actor, project_id, "plan.write") as access:
        same = drafts_of(access).filter(
            input_digest=content["digest"], state=OPEN, base_revision=revision, answers=kept
        )
        known = same.order_by("-id").first()
        if known is not None:
            return draft_view(known)
        row = Draft.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            kind=given.kind,
            name=given.name,
            text=given.text,
            format=given.format or "",
            facts=given.facts,
            answers=kept,
            input_digest=content["digest"],
            title=content["title"][:200],
            content=_encoded(content),
            base_revision=revision,
            state=OPEN,
            author=actor.record(),
            person_id=actor.person_id,
        )
        _let_go(access)
        _emit(
            actor,
            access,
            row,
            events.STARTED,
            {
                "kind": row.kind,
                "name": row.name,
                "input": row.input_digest,
                "title": row.title,
                "counts": counted(content["items"]),
                "base_revision": revision,
                "questions": len(content["questions"]),
            },
        )
        return draft_view(row)


def answer_draft(
    actor: Actor, project_id: UUID, draft_id: UUID, *, answers: dict[str, Any]
) -> DraftView:
    """Draft anew against the plan as it is, with these answers beside the earlier ones.

    An empty answer takes the earlier one back. Needs `plan.write`. Raises DraftAbsent,
    DraftClosed, DraftRefused.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        row = draft_row(access, draft_id)
        revision, plan = head_of(access)
    _still_open(row)
    kept = rules.clean_answers({**row.answers, **answers})
    given = DraftIn(row.kind, row.text, row.name, row.format or None, row.facts)
    content = rules.drafted(given, plan, kept)
    with project_scope(actor, project_id, "plan.write") as access:
        row = draft_row(access, draft_id, locked=True)
        _still_open(row)
        row.answers, row.content, row.base_revision = kept, _encoded(content), revision
        row.title = content["title"][:200]
        row.save(update_fields=["answers", "content", "base_revision", "title", "updated_at"])
        _emit(
            actor,
            access,
            row,
            events.ANSWERED,
            {
                "answers": sorted(kept),
                "counts": counted(content["items"]),
                "base_revision": revision,
            },
        )
        return draft_view(row)


def discard_draft(actor: Actor, project_id: UUID, draft_id: UUID) -> DraftView:
    """Put a draft away; it stays in the history. Needs `plan.write`.

    Raises DraftAbsent, DraftClosed.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        row = draft_row(access, draft_id, locked=True)
        _still_open(row)
        row.state = DISCARDED
        row.save(update_fields=["state", "updated_at"])
        data = {"kind": row.kind, "name": row.name, "title": row.title}
        _emit(actor, access, row, events.DISCARDED, data)
        return draft_view(row)


def _still_open(row: Draft) -> None:
    if row.state != OPEN:
        raise DraftClosed(
            f"This draft is {row.state}. Draft the same text again: what is in the plan already is "
            "not proposed twice."
        )


def _encoded(content: Content) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _let_go(access: ProjectAccess) -> None:
    old = drafts_of(access).order_by("-id").values_list("id", flat=True)[MOST_DRAFTS:]
    drafts_of(access).filter(id__in=list(old)).delete()


def _emit(actor: Actor, access: ProjectAccess, row: Draft, kind: str, data: dict[str, Any]) -> None:
    emit(
        kind,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=str(row.id),
        data=data,
    )
