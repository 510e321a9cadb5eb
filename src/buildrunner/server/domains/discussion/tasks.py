"""What the worker runs for this room: people are told of what was said."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.discussion import events
from buildrunner.server.domains.discussion.queries.telling import Said, said_in
from buildrunner.server.domains.notifications.facade import notify, watchers
from buildrunner.server.platform.events.stream import Record


def tell_of_comment(record: Record) -> None:
    """Whoever is named, takes part in the thread, or follows what is talked about: each is told
    once of a comment, by what concerns them most. Of an edit only who is named anew."""
    said = _said(record)
    if said is None:
        return
    named = {UUID(one) for one in record.data.get("mentions") or ()}
    who = said.author
    _tell(record, said, "comment.mentioned", named, f"{who} mentions you")
    if record.kind != events.WRITTEN:
        return
    here = set(said.thread_people) | watchers(said.org_id, said.project_id, said.thread)
    answered = here - named if said.answers else set()
    _tell(record, said, "comment.replied", answered, f"{who} answers {said.about}")
    rest = watchers(said.org_id, said.project_id, said.subject) - named - answered
    _tell(record, said, "comment.written", rest, f"{who} comments {said.about}")


def tell_of_resolution(record: Record) -> None:
    """Who took part in a thread hears that it is settled."""
    said = _said(record)
    if said is not None:
        people = set(said.thread_people)
        name = str(record.actor.get("name") or "Somebody")
        _tell(record, said, "comment.resolved", people, f"{name} resolves a thread {said.about}")


def _said(record: Record) -> Said | None:
    """The comment as it is now; None where its words are gone."""
    if record.project_id is None:
        return None
    return said_in(record.org_id, record.project_id, UUID(str(record.data["comment"])))


def _tell(record: Record, said: Said, kind: str, people: set[UUID], title: str) -> None:
    if not people:
        return
    actor = record.actor.get("id")
    notify(
        org_id=said.org_id,
        project_id=said.project_id,
        event_id=record.position.token(),
        kind=kind,
        recipients=people,
        subject=said.thread if said.answers else said.subject,
        title=title,
        body=said.excerpt,
        url=said.url,
        actor_id=UUID(str(actor)) if actor else None,
    )
