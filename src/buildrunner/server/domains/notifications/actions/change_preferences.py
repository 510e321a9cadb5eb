"""Choose how one wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.models import Preference
from buildrunner.server.domains.notifications.queries.preferences import (
    person_in_full,
    view_of,
    wishes_of,
)
from buildrunner.server.domains.notifications.rules import catalogue, timing
from buildrunner.server.domains.notifications.types import PreferencesView
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import PLATFORM, emit

_MINUTES = ("quiet_from", "quiet_to", "digest_minute")


def change_preferences(
    actor: Actor,
    *,
    choices: Mapping[str, Mapping[str, bool]] | None = None,
    mail: bool | None = None,
    **clock: Any,
) -> PreferencesView:
    """Change what is given and leave the rest.

    `choices` is `{kind: {channel: bool}}`; `clock` takes the fields of `rules.timing.Clock`. Raises
    `Invalid` naming the field.
    """
    person_id = person_in_full(actor)
    fields = _checked(clock)
    with transaction.atomic():
        row, _ = Preference.objects.select_for_update().get_or_create(person_id=person_id)
        for name, value in fields.items():
            setattr(row, name, value)
        changed = sorted(fields)
        if mail is not None:
            row.mail_off = not mail
            changed.append("mail")
        if choices:
            row.choices = _chosen(row.choices, choices)
            changed.append("choices")
        row.save()
        if changed:
            with tenant_scope(PLATFORM):
                emit(
                    events.PREFERENCES,
                    actor=actor,
                    org_id=PLATFORM,
                    subject=str(person_id),
                    data={"changed": changed},
                )
        return view_of(wishes_of([person_id])[person_id])


def unsubscribe(person_id: UUID, kind: str) -> None:
    """What the link in a mail does: no more mails of a kind, or of any (`*`)."""
    with transaction.atomic():
        row, _ = Preference.objects.select_for_update().get_or_create(person_id=person_id)
        if kind == "*":
            row.mail_off = True
        else:
            row.choices = _chosen(row.choices, {kind: {catalogue.EMAIL: False}})
        row.save()
        with tenant_scope(PLATFORM):
            emit(
                events.UNSUBSCRIBED,
                actor=SYSTEM,
                org_id=PLATFORM,
                subject=str(person_id),
                data={"kind": kind},
            )


def _checked(clock: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in clock.items() if value is not None}
    for name in _MINUTES:
        if name in fields and not 0 <= int(fields[name]) < timing.DAY:
            raise Invalid("Write a time of day such as 22:30.", code="time_invalid", field=name)
    if "digest_weekday" in fields and not 0 <= int(fields["digest_weekday"]) < 7:
        raise Invalid("A weekday is 0 (Monday) to 6.", code="time_invalid", field="digest_weekday")
    if fields.get("digest", timing.OFF) not in timing.DIGESTS:
        raise Invalid(
            f"A digest is one of {', '.join(timing.DIGESTS)}.",
            code="digest_unknown",
            field="digest",
        )
    if "time_zone" in fields:
        try:
            timing.zone(fields["time_zone"])
        except ValueError:
            raise Invalid(
                f"{str(fields['time_zone'])[:64]!r} is no time zone; write one such as Europe/Rome.",
                code="time_zone_unknown",
                field="time_zone",
            ) from None
    return fields


def _chosen(
    before: dict[str, dict[str, bool]], new: Mapping[str, Mapping[str, bool]]
) -> dict[str, dict[str, bool]]:
    """The choices that differ from the table, so that a better default reaches everybody else."""
    known = dict(catalogue.rows())
    held = {kind: dict(of) for kind, of in before.items()}
    for kind, channels in new.items():
        if kind not in known:
            raise Invalid(
                f"{kind[:64]!r} is no kind of notification; `GET /api/notifications/preferences` "
                "lists them.",
                code="kind_unknown",
                field="choices",
            )
        for channel, value in channels.items():
            if channel not in catalogue.CHANNELS:
                raise Invalid(
                    f"{channel[:64]!r} is no channel; there are {', '.join(catalogue.CHANNELS)}.",
                    code="channel_unknown",
                    field="choices",
                )
            held.setdefault(kind, {})[channel] = bool(value)
            if value == (channel in known[kind].channels):
                del held[kind][channel]
    return {kind: of for kind, of in held.items() if of}
