"""Comments as their readers see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.utils.safestring import SafeString

from buildrunner.server.domains.discussion.errors import CommentAbsent
from buildrunner.server.domains.discussion.models import (
    Comment,
    CommentEdit,
    IssueLink,
    Reaction,
)
from buildrunner.server.domains.discussion.queries.attachments import attachments_of
from buildrunner.server.domains.discussion.queries.cards import Cards
from buildrunner.server.domains.discussion.queries.places import names_of
from buildrunner.server.domains.discussion.rules.markdown import render
from buildrunner.server.domains.discussion.rules.mentions import (
    Reader,
    mentionables,
    mentions_in,
)
from buildrunner.server.domains.discussion.types import (
    AttachmentView,
    CommentView,
    EditView,
    IssueView,
    Mention,
    Mentionable,
    Reactions,
    Thread,
)
from buildrunner.server.domains.tenancy.facade import (
    ROLE_WORDS,
    ProjectAccess,
    agents_who_may,
    people_with,
    teams_in_scope,
)
from buildrunner.server.platform.actor import Actor

_ROLES = {role: word for role, word in ROLE_WORDS.items() if role != "member"}
# How many comments a search looks through the threads of.
_FOUND = 500


def list_comments(
    actor: Actor,
    access: ProjectAccess,
    *,
    entity_type: str | None = None,
    entity_id: str | None = None,
    words: str = "",
    resolved: bool | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[CommentView]:
    """Oldest first; of a part of the plan also what was said under its former ids.

    `words` searches the texts, each word as it is. `resolved` asks of the first of the thread.
    """
    rows = Comment.objects.filter(project_id=access.project_id).order_by("id")
    if entity_type is not None:
        rows = rows.filter(entity_type=entity_type)
        if entity_id is not None or entity_type == "project":
            rows = rows.filter(entity_id__in=names_of(access, entity_type, entity_id or ""))
    if words.strip():
        query = SearchQuery(words.strip(), config="simple", search_type="websearch")
        rows = rows.annotate(found=SearchVector("body", config="simple")).filter(
            found=query, deleted_at__isnull=True
        )
    if resolved is not None:
        rows = rows.filter(parent_id__isnull=True, resolved_at__isnull=not resolved)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return views(actor, access, list(rows[:limit]))


def find_comment(access: ProjectAccess, comment_id: UUID) -> Comment:
    """A comment of the project in scope, a deleted one as well. Raises CommentAbsent."""
    row = Comment.objects.filter(project_id=access.project_id, id=comment_id).first()
    if row is None:
        raise CommentAbsent(f"There is no comment {comment_id}.")
    return row


def list_threads(
    actor: Actor,
    access: ProjectAccess,
    *,
    entity_type: str | None = None,
    entity_id: str = "",
    resolved: bool | None = None,
    words: str = "",
    before: UUID | None = None,
    limit: int = 30,
    only: UUID | None = None,
) -> list[Thread]:
    """Threads, the newest first; with `words` those in which any comment holds them, with `only`
    the one that begins with that comment."""
    rows = Comment.objects.filter(project_id=access.project_id, parent_id__isnull=True)
    if only is not None:
        rows = rows.filter(id=only)
    if entity_type is not None:
        names = names_of(access, entity_type, entity_id)
        rows = rows.filter(entity_type=entity_type, entity_id__in=names)
    if resolved is not None:
        rows = rows.filter(resolved_at__isnull=not resolved)
    if words.strip():
        found = list_comments(actor, access, words=words, limit=_FOUND)
        rows = rows.filter(id__in={one.parent_id or one.id for one in found})
    if before is not None:
        rows = rows.filter(id__lt=before)
    first = list(rows.order_by("-id")[:limit])
    below = Comment.objects.filter(parent_id__in=[one.id for one in first]).order_by("id")
    answers: dict[UUID | None, list[CommentView]] = defaultdict(list)
    for view in views(actor, access, list(below)):
        answers[view.parent_id].append(view)
    return [Thread(view, answers[view.id]) for view in views(actor, access, first)]


def views(actor: Actor, access: ProjectAccess, rows: Sequence[Comment]) -> list[CommentView]:
    """Rows with the reactions and files under them and the cards of their links."""
    ids = [one.id for one in rows]
    files, cards = attachments_of(ids), Cards(access)
    counted: dict[UUID, dict[str, list[UUID | None]]] = defaultdict(lambda: defaultdict(list))
    for row in Reaction.objects.filter(comment_id__in=ids).order_by("id"):
        counted[row.comment_id][row.emoji].append(row.person_id)
    return [
        _view(actor, row, counted.get(row.id, {}), files.get(row.id, []), cards) for row in rows
    ]


def _view(
    actor: Actor,
    row: Comment,
    given: dict[str, list[UUID | None]],
    files: list[AttachmentView],
    cards: Cards,
) -> CommentView:
    gone = row.deleted_at is not None
    return CommentView(
        id=row.id,
        project_id=row.project_id,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        parent_id=row.parent_id,
        author=row.author,
        body="" if gone else row.body,
        body_html=SafeString() if gone else render(row.body),
        created_at=row.created_at,
        edited_at=row.edited_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        deleted=gone,
        promoted_to=row.promoted_to,
        mentions=[] if gone else row.mentions,
        reactions=[
            Reactions(emoji, len(people), actor.person_id in people)
            for emoji, people in given.items()
        ],
        attachments=files,
        cards=[] if gone else cards.of(row.body),
        client_id=row.client_id if row.person_id == actor.person_id else None,
    )


def comment_history(comment: Comment) -> list[EditView]:
    """What a comment said before, oldest first."""
    rows = CommentEdit.objects.filter(comment_id=comment.id).order_by("id")
    return [EditView(row.body, render(row.body), row.created_at) for row in rows]


def list_issues(
    access: ProjectAccess, *, entity_type: str | None = None, entity_id: str | None = None
) -> list[IssueView]:
    """The links into trackers, oldest first."""
    rows = IssueLink.objects.filter(project_id=access.project_id).order_by("id")
    if entity_type is not None:
        rows = rows.filter(
            entity_type=entity_type, entity_id__in=names_of(access, entity_type, entity_id or "")
        )
    return [issue_view(row) for row in rows]


def spoken_of(access: ProjectAccess, entity_type: str, entity_id: str) -> dict[str, Any]:
    """The answer to the plan: how many threads about a part of it are open, and its issues."""
    names = names_of(access, entity_type, entity_id)
    about = {"project_id": access.project_id, "entity_type": entity_type, "entity_id__in": names}
    threads = Comment.objects.filter(
        **about, parent_id__isnull=True, resolved_at__isnull=True, deleted_at__isnull=True
    )
    return {
        "threads": threads.count(),
        "issues": [
            {
                "title": row.title,
                "provider": row.provider,
                "url": row.url,
                "pending": row.status == "pending",
            }
            for row in IssueLink.objects.filter(**about).order_by("id")
        ],
    }


def issue_view(row: IssueLink) -> IssueView:
    """A row as it is answered."""
    return IssueView(
        id=row.id,
        project_id=row.project_id,
        provider=row.provider,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        title=row.title,
        status=row.status,
        url=row.url,
        created_at=row.created_at,
    )


def readers_of(access: ProjectAccess) -> list[Reader]:
    """Everybody who may read the project in scope, agents last: whom a mention can mean."""
    people = [
        Reader(one.person_id, one.name, one.email, one.role)
        for one in people_with(access, "plan.read")
    ]
    agents = agents_who_may("plan.read", access.project_id)
    return people + [Reader(one, name, "", "", agent=True) for one, name in agents.items()]


def mentions_of(access: ProjectAccess, text: str) -> list[Mention]:
    """Whom a text names in the project in scope."""
    if "@" not in text:
        return []
    return mentions_in(text, readers_of(access), teams_in_scope())


def list_mentionables(access: ProjectAccess, words: str = "", limit: int = 8) -> list[Mentionable]:
    """Who can be named in the project in scope, those first whose name begins with the words."""
    every = mentionables(readers_of(access), teams_in_scope(), _ROLES)
    wanted = words.casefold().strip()
    kind, _, rest = wanted.partition(":")
    if kind in ("role", "team") and rest is not None and ":" in wanted:
        every, wanted = [one for one in every if one.kind == kind], rest
    fitting = [
        one for one in every if wanted in one.name.casefold() or wanted in one.title.casefold()
    ]
    begins = lambda one: not one.name.casefold().startswith(wanted)  # noqa: E731
    return sorted(fitting, key=begins)[:limit]
