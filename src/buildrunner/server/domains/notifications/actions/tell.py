"""From events to notices: who is told of what happened in rooms that know nothing of notices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.actions.notify import notify
from buildrunner.server.domains.notifications.actions.take_events import happening
from buildrunner.server.domains.notifications.policies import OF_ORGANIZATION
from buildrunner.server.domains.notifications.queries.watching import watchers
from buildrunner.server.domains.notifications.rules.words import Words, failures, words_of
from buildrunner.server.domains.tenancy.facade import who_may
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Record

_MOST: Final = 20  # microsteps of one report whose people are looked for


def tell(record: Record) -> None:
    """Tell whom an event concerns; of a kind that the table lacks nobody is told."""
    handler = _HANDLERS.get(record.kind)
    if handler is not None:
        with tenant_scope(record.org_id):
            handler(record)


def _approval_requested(record: Record) -> None:
    able = who_may("approval.give", project_id=record.project_id)
    _tell(record, "approval.requested", able, subject=f"request:{record.subject}")


def _approval_decided(record: Record) -> None:
    asked = _actors("approval.requested", record, record.subject)
    followers = _followers(record, f"request:{record.subject}")
    _tell(record, record.kind, asked | followers, subject=f"request:{record.subject}")


def _bypassed(record: Record) -> None:
    able = who_may("approval.give", project_id=record.project_id)
    asked = _actors("approval.requested", record, record.subject)
    _tell(record, record.kind, able | asked, subject=f"request:{record.subject}")


def _claim_expired(record: Record) -> None:
    holders = _actors("claim.taken", record, record.subject, newest=True)
    _tell(
        record,
        "claim.lost",
        holders,
        subject=f"microstep:{record.subject}",
        words=words_of(happening(record))._replace(title=f"You lost the claim of {record.subject}"),
    )


def _claim_released(record: Record) -> None:
    """Somebody else gave it back: an admin, or the end of a membership."""
    holders = _actors("claim.taken", record, record.subject, newest=True)
    if str(record.actor.get("id")) in {str(one) for one in holders}:
        return
    name = record.actor.get("name") or "Somebody"
    words = Words(
        f"{name} ended your claim of {record.subject}",
        "It can be claimed again.",
        happening(record).item(),
    )
    _tell(record, "claim.lost", holders, subject=f"microstep:{record.subject}", words=words)


def _evidence(record: Record) -> None:
    if not failures(record.data):
        return
    microsteps = [str(one) for one in record.data.get("microsteps") or [] if one][:_MOST]
    people: set[UUID] = set()
    for microstep in microsteps:
        people |= _actors("claim.taken", record, microstep, newest=True)
        people |= _followers(record, f"microstep:{microstep}")
    about = microsteps[0] if microsteps else record.subject
    # Whoever reported it may be the agent of the person who should know.
    _tell(record, "check.failed", people, subject=f"microstep:{about}", also_actor=True)


def _flaky(record: Record) -> None:
    people: set[UUID] = set()
    for microstep in (record.data.get("microsteps") or [])[:_MOST]:
        people |= _followers(record, f"microstep:{microstep}")
    _tell(record, "check.flaky", people, subject=f"check:{record.data.get('check')}")


def _revised(record: Record) -> None:
    people: set[UUID] = set()
    changed = [str(one) for one in record.data.get("changed") or []]
    for entity in changed[:_MOST]:
        people |= _followers(record, f"microstep:{entity}")
    whole = f"project:{record.project_id}"
    _tell(record, "plan.revised", people | _followers(record, whole), subject=whole)


def _budget(record: Record) -> None:
    able = who_may("budget.manage", project_id=record.project_id)
    if record.data.get("scope") == "person":
        able |= _ids([record.data.get("subject")])
    words = words_of(happening(record))
    kind = "budget.exhausted" if words.priority == "urgent" else "budget.alert"
    _tell(record, kind, able, subject=f"budget:{record.subject}", words=words, also_actor=True)


def _quota(record: Record) -> None:
    """A limit of the organization's tier: those who can let more through, or change the tier."""
    able = who_may("budget.manage")
    words = words_of(happening(record))
    kind = "quota.reached" if words.priority == "urgent" else "quota.alert"
    _tell(record, kind, able, subject=f"quota:{record.subject}", words=words, whole=True)


def _invited(record: Record) -> None:
    person = identity.find_person(str(record.data.get("email") or ""))
    if person is None:
        return  # the mail is on its way; there is no inbox yet
    name = record.actor.get("name") or "Somebody"
    words = Words(f"{name} invites you to an organization", "", "/invitations", "high")
    subject = f"invitation:{record.subject}"
    _tell(record, "invitation.received", {person.id}, subject=subject, words=words, outside=True)


def _accepted(record: Record) -> None:
    asked = _actors("invitation.sent", record, record.subject)
    name = record.actor.get("name") or record.data.get("email")
    words = Words(f"{name} accepted your invitation", "", f"/orgs/{record.org_id}/members", "low")
    _tell(record, record.kind, asked, subject=f"invitation:{record.subject}", words=words)


def _member_set(record: Record) -> None:
    if not record.data.get("added"):
        return
    name = record.actor.get("name") or "Somebody"
    role = record.data.get("role")
    words = Words(f"{name} added you to a project as {role}", "", happening(record).at("/plan"))
    subject = f"project:{record.project_id}"
    _tell(record, "project.added", _ids([record.subject]), subject=subject, words=words)


def _governed(record: Record) -> None:
    """What changed the rules: told to who follows the project, and to whom the policy names."""
    whole = f"project:{record.project_id}"
    _tell(record, record.kind, _followers(record, whole), subject=whole)


def _stopped(record: Record) -> None:
    if record.data.get("reason") in ("gone", "failing"):
        able = who_may(OF_ORGANIZATION)
        _tell(record, "channel.failing", able, subject=f"channel:{record.subject}", whole=True)


_HANDLERS: Final[Mapping[str, Callable[[Record], None]]] = {
    "approval.requested": _approval_requested,
    "approval.renewed": _approval_requested,
    "approval.given": _approval_decided,
    "approval.rejected": _approval_decided,
    "emergency.bypassed": _bypassed,
    "emergency.reviewed": _governed,
    "waiver.granted": _governed,
    "waiver.revoked": _governed,
    "policy.saved": _governed,
    "claim.expired": _claim_expired,
    "claim.released": _claim_released,
    "evidence.received": _evidence,
    "check.found_flaky": _flaky,
    "plan.revised": _revised,
    "budget.alert": _budget,
    "budget.blocked": _budget,
    "quota.alert": _quota,
    "invitation.sent": _invited,
    "invitation.accepted": _accepted,
    "project.member_set": _member_set,
    "webhook.disabled": _stopped,
    "channel.disabled": _stopped,
}
TOLD: Final = tuple(_HANDLERS)


def _tell(
    record: Record,
    kind: str,
    people: Iterable[UUID],
    *,
    subject: str,
    words: Words | None = None,
    outside: bool = False,
    also_actor: bool = False,
    whole: bool = False,
) -> None:
    """`whole`: of the organization, although the event belongs to a project."""
    words = words or words_of(happening(record))
    actor = record.actor.get("id")
    notify(
        org_id=record.org_id,
        project_id=None if whole else record.project_id,
        event_id=record.position.token(),
        kind=kind,
        recipients=people,
        subject=subject,
        title=words.title,
        body=words.text,
        url=words.path,
        actor_id=UUID(str(actor)) if actor and not also_actor else None,
        outside=outside,
    )


def _followers(record: Record, subject: str) -> set[UUID]:
    return watchers(record.org_id, record.project_id, subject) if record.project_id else set()


def _actors(kind: str, record: Record, subject: str, *, newest: bool = False) -> set[UUID]:
    """Who did an earlier thing to the same subject."""
    rows = Event.objects.filter(
        kind=kind, org_id=record.org_id, project_id=record.project_id, subject=subject
    ).order_by("-id")
    return _ids(row.actor.get("id") for row in rows[: 1 if newest else 10])


def _ids(texts: Any) -> set[UUID]:
    found = set()
    for text in texts or ():
        try:
            found.add(UUID(str(text)))
        except ValueError:
            continue
    return found
