"""How people want to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from buildrunner.server.domains.notifications.models import Preference
from buildrunner.server.domains.notifications.rules import catalogue
from buildrunner.server.domains.notifications.rules.timing import Clock


@dataclass(frozen=True, slots=True)
class Wishes:
    """A person's choices, with the defaults where nothing was chosen."""

    person_id: UUID
    choices: dict[str, dict[str, bool]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    mail_off: bool = False

    def wants(self, kind: str, channel: str) -> bool:
        """Whether this kind comes through this channel."""
        return catalogue.wanted(self.choices, kind, channel)

    def mails(self, kind: str) -> bool:
        """Whether this kind is mailed."""
        return not self.mail_off and self.wants(kind, catalogue.EMAIL)


def wishes_of(people: Iterable[UUID]) -> dict[UUID, Wishes]:
    """The wishes of each of these people."""
    ids = list(people)
    rows = {row.person_id: row for row in Preference.objects.filter(person_id__in=ids)}
    return {one: _wishes(one, rows.get(one)) for one in ids}


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
