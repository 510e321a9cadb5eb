"""An event in words: what a chat channel reads, and what people are told.

One table by kind. What it does not know is told by its kind alone; data that people wrote stays out
unless it stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple
from uuid import UUID

from buildrunner.server.domains.notifications.rules.catalogue import Priority

_FAILING: Final = ("fail", "failed", "error")


class Words(NamedTuple):
    """`path` leads to it, from the server's address on."""

    title: str
    text: str = ""
    path: str = ""
    priority: Priority = "normal"


class Happening(NamedTuple):
    """As much of an event as words need."""

    kind: str
    subject: str
    data: Mapping[str, Any]
    actor: str
    org_id: UUID
    project_id: UUID | None

    def at(self, tail: str = "") -> str:
        """A page of the project, or the projects."""
        return f"/projects/{self.project_id}{tail}" if self.project_id else "/projects"

    def item(self) -> str:
        """The drawer of what it is about."""
        return self.at(f"/plan/items/{self.subject}")

    def request(self) -> str:
        """The change request."""
        return self.at(f"/governance/requests/{self.subject}")


def words_of(one: Happening) -> Words:
    """An event in words."""
    known = _TABLE.get(one.kind)
    if known is not None:
        return known(one)
    noun, _, verb = one.kind.partition(".")
    said = f"{noun.replace('_', ' ')} {verb.replace('_', ' ').replace('.', ' ')}".strip()
    return Words(f"{one.actor}: {said}", path=one.at())


def _revised(one: Happening) -> Words:
    changed = one.data.get("changed") or []
    count = len(changed)
    what = "many parts" if one.data.get("many") or not count else _count(count, "part")
    return Words(
        f"{one.actor} changed {what} of the plan",
        f"Revision {one.data.get('revision')}",
        one.at(f"/history/{one.data.get('revision')}"),
        "low",
    )


def _requested(one: Happening) -> Words:
    return Words(
        f"{one.actor} asks for approval of #{one.subject}",
        str(one.data.get("title") or ""),
        one.request(),
        "high",
    )


def _approved(one: Happening) -> Words:
    enough = "It may be merged." if one.data.get("allowed") else "More is needed before the merge."
    return Words(f"{one.actor} approved #{one.subject}", enough, one.request())


def _rejected(one: Happening) -> Words:
    note = str(one.data.get("note") or "")
    return Words(f"{one.actor} rejected #{one.subject}", note, one.request(), "high")


def _bypassed(one: Happening) -> Words:
    reason = str(one.data.get("justification") or "")
    return Words(
        f"{one.actor} passed the policy for #{one.subject}", reason, one.request(), "urgent"
    )


def _reviewed(one: Happening) -> Words:
    note = str(one.data.get("note") or one.data.get("outcome") or "")
    return Words(f"{one.actor} reviewed the emergency of #{one.subject}", note, one.request())


def _waived(one: Happening) -> Words:
    rule, path = one.data.get("rule"), one.data.get("path")
    where = f"{rule} in {path}" if path else str(rule)
    if one.kind == "waiver.revoked":
        return Words(f"{one.actor} took back the waiver of {where}", "", one.at("/governance"))
    text = str(one.data.get("reason") or "")
    return Words(f"{one.actor} waived {where}", text, one.at("/governance"))


def _policy(one: Happening) -> Words:
    number, before = one.data.get("number"), one.data.get("restored_from")
    text = f"Version {before} holds again." if before else ""
    title = f"{one.actor} changed the policy to version {number}"
    return Words(title, text, one.at("/governance"), "low")


def _evidence(one: Happening) -> Words:
    outcomes = one.data.get("outcomes") or {}
    failed = failures(one.data)
    names = ", ".join(map(str, (one.data.get("microsteps") or [])[:5]))
    said = " · ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    path = one.at(f"/tests/items/{one.subject}") if one.subject else one.at("/tests")
    if failed:
        return Words(f"{_count(failed, 'check')} failed", names or said, path, "high")
    return Words("Checks reported", f"{said} · {names}".strip(" ·"), path, "low")


def _lost(one: Happening) -> Words:
    holder = one.data.get("holder") or "Nobody"
    return Words(
        f"The claim of {one.subject} ran out",
        f"{holder} held it; it can be claimed again.",
        one.item(),
    )


def _spoken(one: Happening) -> Words:
    said = "answered" if one.data.get("parent") else "commented"
    return Words(f"{one.actor} {said}", f"On {one.subject or 'the project'}", one.at("/discussion"))


def _budget(one: Happening) -> Words:
    """`level` is the share of the cap that was reached (0.8), `spent` and `cap` are USD."""
    name = one.data.get("name") or "A budget"
    level = _number(one.data.get("level"))
    used_up = one.kind == "budget.blocked" or (level is not None and level >= 1)
    if one.kind == "budget.blocked":
        title = f"{name} is used up: calls are refused"
    elif used_up:
        title = f"{name} is used up"
    else:
        title = f"{name} is at {level * 100:.0f} %" if level is not None else f"{name}: alert"
    spent, cap = (_money(one.data.get(part)) for part in ("spent", "cap"))
    text = f"USD {spent} of {cap} spent this {one.data.get('period') or 'period'}"
    path = one.at("/usage") if one.project_id else f"/orgs/{one.org_id}/usage"
    return Words(title, text if spent and cap else "", path, "urgent" if used_up else "high")


def _quota(one: Happening) -> Words:
    """`level` is the share of the tier's limit that was reached (0.8)."""
    unit = {"tokens": "tokens", "api_calls": "API calls", "storage": "storage"}.get(
        str(one.data.get("type")), "limit"
    )
    level = _number(one.data.get("level")) or Decimal(0)
    used, limit = _number(one.data.get("used")), _number(one.data.get("limit"))
    reached = level >= 1
    title = f"{level * 100:.0f} % of this month's {unit} are used"
    if reached:
        title = f"This month's {unit} are used up"
    text = f"{used:,.0f} of {limit:,.0f} of {one.data.get('tier')}." if used and limit else ""
    more = one.data.get("tier_with_more")
    text += f" {more} has more." if more else ""
    if reached and not one.data.get("overage"):
        text += " What asks for more is refused."
    path = f"/orgs/{one.org_id}/usage"
    return Words(title, text.strip(), path, "urgent" if reached else "high")


def _flaky(one: Happening) -> Words:
    names = ", ".join(map(str, (one.data.get("microsteps") or [])[:5]))
    return Words(f"The check {one.data.get('check')} is flaky", names, one.at("/tests"), "low")


def _off(one: Happening) -> Words:
    return Words(
        f"Messages to {one.data.get('host') or 'a channel'} stopped",
        {"gone": "It answered 410.", "failing": "It failed for three days."}.get(
            str(one.data.get("reason")), "Switched off by hand."
        ),
        f"/orgs/{one.org_id}/{'channels' if one.kind.startswith('channel') else 'webhooks'}"
        f"/{one.subject}",
        "high",
    )


_TABLE: Final[Mapping[str, Callable[[Happening], Words]]] = {
    "plan.revised": _revised,
    "approval.requested": _requested,
    "approval.given": _approved,
    "approval.rejected": _rejected,
    "emergency.bypassed": _bypassed,
    "emergency.reviewed": _reviewed,
    "waiver.granted": _waived,
    "waiver.revoked": _waived,
    "policy.saved": _policy,
    "evidence.received": _evidence,
    "claim.expired": _lost,
    "comment.written": _spoken,
    "budget.alert": _budget,
    "budget.blocked": _budget,
    "quota.alert": _quota,
    "check.found_flaky": _flaky,
    "webhook.disabled": _off,
    "channel.disabled": _off,
}


def failures(data: Mapping[str, Any]) -> int:
    """How many checks failed, of `evidence.received`."""
    outcomes = data.get("outcomes") or {}
    return sum(int(outcomes.get(name, 0)) for name in _FAILING)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _money(value: object) -> str:
    """Cents, and below them what counts."""
    number = _number(value)
    if number is None:
        return ""
    return f"{number:.2f}" if number >= 1 or not number else f"{number:.4f}"
