"""How people want to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from buildrunner.server.domains.notifications.models import Preference
from buildrunner.server.domains.notifications.policies import Demands
from buildrunner.server.domains.notifications.rules import catalogue
from buildrunner.server.domains.notifications.rules.timing import Clock
from buildrunner.server.domains.notifications.types import Choice, PreferencesView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Wishes:
    """A person's choices, with the defaults where nothing was chosen."""

    person_id: UUID
    choices: dict[str, dict[str, bool]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    mail_off: bool = False
    demanded: frozenset[str] = frozenset()  # ways that a policy does not leave to the person

    def wants(self, kind: str, channel: str) -> bool:
        """Whether this kind comes through this channel."""
        return channel in self.demanded or catalogue.wanted(self.choices, kind, channel)

    def mails(self, kind: str) -> bool:
        """Whether this kind is mailed."""
        return not self.mail_off and self.wants(kind, catalogue.EMAIL)


def wishes_of(people: Iterable[UUID]) -> dict[UUID, Wishes]:
    """The wishes of each of these people."""
    ids = list(people)
    rows = {row.person_id: row for row in Preference.objects.filter(person_id__in=ids)}
    return {one: _wishes(one, rows.get(one)) for one in ids}


def under(demands: Demands, wishes: Wishes) -> Wishes:
    """A person's choices as far as a policy leaves them."""
    ways = [catalogue.INBOX] if wishes.person_id in demands.told else []
    ways += [catalogue.EMAIL] if wishes.person_id in demands.mailed else []
    return replace(wishes, demanded=frozenset(ways)) if ways else wishes


def _wishes(person_id: UUID, row: Preference | None) -> Wishes:
    if row is None:
        return Wishes(person_id)
    clock = Clock(
        row.time_zone,
        row.quiet_from,
        row.quiet_to,
        row.digest,
        row.digest_minute,
        row.digest_weekday,
    )
    return Wishes(person_id, row.choices, clock, row.mail_off)


def preferences(actor: Actor) -> PreferencesView:
    """The actor's own."""
    person_id = person_in_full(actor)
    return view_of(wishes_of([person_id])[person_id])


def view_of(wishes: Wishes) -> PreferencesView:
    """Wishes as a whole matrix."""
    clock = wishes.clock
    return PreferencesView(
        time_zone=clock.time_zone,
        quiet_from=clock.quiet_from,
        quiet_to=clock.quiet_to,
        digest=clock.digest,
        digest_minute=clock.digest_minute,
        digest_weekday=clock.digest_weekday,
        mail=not wishes.mail_off,
        matrix=[
            Choice(
                kind=kind,
                title=about.title,
                group=about.group,
                priority=about.priority,
                channels={one: wishes.wants(kind, one) for one in catalogue.CHANNELS},
                defaults={one: one in about.channels for one in catalogue.CHANNELS},
            )
            for kind, about in catalogue.rows()
        ],
    )


def person_in_full(actor: Actor) -> UUID:
    """The person; raises `Forbidden` to service accounts and to keys that are bound or narrowed."""
    if (
        actor.person_id is None
        or actor.kind not in ("person", "key")
        or actor.org_id
        or actor.project_id
        or "*" not in actor.scopes
    ):
        raise Forbidden(
            "This key may not read or change how a person is told. Sign in, or use a personal key "
            "with the scope *.",
            code="scope_missing",
            scopes=["*"],
        )
    return actor.person_id
