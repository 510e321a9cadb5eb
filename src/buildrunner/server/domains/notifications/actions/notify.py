"""Tell people: rows of their inboxes and, with them, what goes out to their mailboxes and chats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.attempt import EMAIL
from buildrunner.server.domains.notifications.actions.post import post
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.notifications.policies import demanded, silenced
from buildrunner.server.domains.notifications.queries.preferences import Wishes, under, wishes_of
from buildrunner.server.domains.notifications.queries.watching import muted
from buildrunner.server.domains.notifications.rules import catalogue, timing
from buildrunner.server.domains.tenancy.facade import agents_who_may, who_may
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit

LONGEST_TITLE = 300
_SAID = frozenset({"comment.mentioned", "comment.replied"})
LONGEST_BODY = 2000


def notify(
    *,
    org_id: UUID,
    project_id: UUID | None,
    event_id: str,
    kind: str,
    recipients: Iterable[UUID],
    subject: str,
    title: str,
    body: str = "",
    url: str = "",
    priority: str | None = None,
    actor_id: UUID | None = None,
    outside: bool = False,
) -> int:
    """Tell each of these people once of an event; how many are new to it.

    For handlers of events: `event_id` is the event's position, so that the same event again tells
    nobody twice. `kind` is one of `rules/catalogue.py` (another is taken, too), which also says the
    priority where none is given. `url` is a path of ours. Left out are whoever did it, people who
    may not see the project (or organization), and those who muted the subject or project, unless
    the kind names them. `outside` tells people who do not belong to the organization (yet).

    Whom the project's policy names for the kind is told as well, whatever they muted or switched
    off; by mail, too, where it says so, unless they stopped all mail.

    The rows, what waits to be mailed and the messages to send are written in one transaction.
    """
    about = catalogue.kind_of(kind)
    press = catalogue.priority_of(kind, priority)
    with tenant_scope(org_id):
        demands = demanded(org_id, project_id, kind)
        people = (set(recipients) | demands.told) - {actor_id}
        agents: set[UUID] = set()
        if not outside:
            permission = "project.read" if project_id else "org.read"
            agents = set(_agents(kind, project_id, people))
            people = who_may(permission, project_id=project_id, among=people) | agents
        if not about.direct:
            people -= muted(project_id, subject, people) - demands.told
        told = set(
            Notice.objects.filter(event_id=event_id, kind=kind, person_id__in=people).values_list(
                "person_id", flat=True
            )
        )
        new = sorted(people - told)
        if not new:
            return 0
        wishes = {one: under(demands, wish) for one, wish in wishes_of(new).items()}
        # An agent reads its inbox; it has no mailbox.
        wishes |= {one: replace(wishes[one], mail_off=True) for one in agents & set(new)}
        if silenced(org_id, project_id, EMAIL):
            wishes = {one: replace(wish, mail_off=True) for one, wish in wishes.items()}
        notices = _rows(
            wishes,
            org_id=org_id,
            project_id=project_id,
            event_id=event_id,
            kind=kind,
            subject=subject,
            title=title[:LONGEST_TITLE],
            body=body[:LONGEST_BODY],
            url=url,
            priority=press,
            actor_id=actor_id,
            outside=outside,
        )
        for notice, _ in notices:
            notice.agent = notice.person_id in agents
        # Where another handler of the same event was quicker, its rows stand.
        Notice.objects.bulk_create([notice for notice, _ in notices], ignore_conflicts=True)
        ids = [notice.id for notice, _ in notices]
        kept = set(Notice.objects.filter(id__in=ids).values_list("id", flat=True))
        mine = [(notice, wish) for notice, wish in notices if notice.id in kept]
        post(org_id, mine)
        shown = [str(notice.person_id) for notice, _ in mine if notice.shown]
        if shown:
            emit(
                events.NOTIFIED,
                actor=SYSTEM,
                org_id=org_id,
                project_id=project_id,
                subject=subject,
                data={"kind": kind, "priority": press, "people": shown},
            )
        return len(mine)


def _agents(kind: str, project_id: UUID | None, people: set[UUID]) -> Iterable[UUID]:
    """Agents hear what is said to them and nothing else: they ask for news when they want it."""
    if project_id is None or kind not in _SAID:
        return ()
    return agents_who_may("project.read", project_id, among=people)


def _rows(wishes: Mapping[UUID, Wishes], **fields: object) -> list[tuple[Notice, Wishes]]:
    now = timezone.now()
    kind, priority = str(fields["kind"]), str(fields["priority"])
    found = []
    for person_id, wish in wishes.items():
        mailed = wish.mails(kind)
        notice = Notice(
            person_id=person_id,
            shown=wish.wants(kind, catalogue.INBOX),
            mail_at=timing.mail_moment(wish.clock, priority, now) if mailed else None,
            **fields,
        )
        found.append((notice, wish))
    return found
