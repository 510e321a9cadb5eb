"""Waivers: one denial set aside, for a reason, by somebody, until a day.

A waiver is bound to the fingerprint of its denial, which holds rule, path and content: another
content is another denial. Where the file of waivers itself changes, the rule `policy-guard`
decides whether what it adds counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from buildrunner.policy.approvals import Approval, identities, missing
from buildrunner.policy.change import Change
from buildrunner.policy.reading import Node, read
from buildrunner.policy.rules import FIRM
from buildrunner.policy.sections import waiver_rules

DEFAULT_DAYS = 90
_REQUIRED = ("rule", "fingerprint", "reason", "approver", "expires")
_KEYS = (*_REQUIRED, "path", "created")
_WRITTEN = ("rule", "fingerprint", "reason", "approver", "expires", "path", "created")


@dataclass(slots=True)
class Waiver:
    """`expires` is a day (counting to its end, UTC) or an RFC 3339 time; `proposed` says that the
    change being judged brings it along.

    A server knows more: `person` who approved it, whatever their name, with which `roles` (None:
    not recorded; who may write to a file of waivers, the rule `policy-guard` decides), and whether
    that is an `author` of the change.
    """

    rule: str
    fingerprint: str
    reason: str
    approver: str
    expires: str
    path: str = ""
    created: str = ""
    proposed: bool = False
    roles: list[str] | None = None
    person: str = ""
    author: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As it stands in a file of waivers."""
        kept = asdict(self)
        return {key: kept[key] for key in _WRITTEN if kept[key]}

    def ends(self) -> datetime | None:
        """The moment from which it no longer counts; None where `expires` is no time."""
        return moment(self.expires, end=True)


class WaiverError(ValueError):
    """A waiver that is none; `line` and `column` are its place in a file."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def moment(text: str, *, end: bool = False) -> datetime | None:
    """A day or an RFC 3339 time in UTC; of a day its beginning, or its end."""
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), time(0), UTC)
            return day + timedelta(days=1) if end else day
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def load(data: bytes, *, proposed: bool = False) -> list[Waiver]:
    """The waivers of a file: {"waivers": [{…}]}. Raises WaiverError with the place."""
    root, findings = read(data)
    if findings:
        first = findings[0]
        raise WaiverError(first.message, first.line, first.column)
    if root is None or root.value is None:
        return []
    listed = root.value.get("waivers") if isinstance(root.value, dict) else None
    if listed is None or not isinstance(listed.value, list):
        raise WaiverError('a mapping with a list "waivers" is wanted', root.line, root.column)
    return [_waiver(node, proposed) for node in listed.value]


def _waiver(node: Node, proposed: bool) -> Waiver:
    def wrong(message: str, at: Node = node) -> WaiverError:
        return WaiverError(message, at.line, at.column)

    if not isinstance(node.value, dict):
        raise wrong("a waiver is a mapping")
    texts = {}
    for key, member in node.value.items():
        if key in _KEYS:
            if isinstance(member.value, (dict, list)) or not member.text.strip():
                raise wrong(f"{key}: text is wanted", member)
            texts[key] = member.text.strip()
    for key in _REQUIRED:
        if key not in texts:
            raise wrong(f"{key} is missing")
    waiver = Waiver(**texts, proposed=proposed)
    if waiver.ends() is None:
        raise wrong(f"expires: {waiver.expires!r} is no day, such as 2027-01-31")
    return waiver


def dump(waivers: Collection[Waiver]) -> bytes:
    """A file of waivers, oldest first as they are given."""
    written = {"waivers": [waiver.as_dict() for waiver in waivers]}
    return (json.dumps(written, indent=2, ensure_ascii=False) + "\n").encode()


def why_not(
    waiver: Waiver, policy: dict[str, Any], authors: Collection[str], now: datetime
) -> str | None:
    """Why a waiver does not count at `now`, in words; None when it does."""
    section = policy.get("waivers")
    limits: dict[str, Any] = section if isinstance(section, dict) else {}
    ends = waiver.ends()
    if waiver.rule in FIRM or waiver.rule in [
        str(name).replace("_", "-") for name in limits.get("never", ())
    ]:
        return f"{waiver.rule} cannot be waived"
    if ends is None or ends <= now:
        return f"it expired on {waiver.expires}"
    if not waiver.reason.strip():
        return "it gives no reason"
    if not waiver.approver.strip():
        return "it names no approver"
    if waiver.author or waiver.approver.strip().casefold() in authors:
        return f"{waiver.approver} is an author of this change"
    begins = moment(waiver.created) or now
    most = int(limits.get("max_days", DEFAULT_DAYS))
    if ends - min(begins, now) > timedelta(days=most + 1):
        return f"it runs longer than {most} days"
    return None


def lacking(policy: dict[str, Any], granted: Collection[Waiver]) -> list[str]:
    """Who of `waivers.approvers` has still to grant it, of several waivers that count for one
    denial: ["1 QA"], [] when all have. One person takes one seat."""
    wanted = waiver_rules(policy)["approvers"]
    roles = [str(each.get("role", "")) for each in wanted if isinstance(each, dict)]
    people: dict[str, Approval] = {}
    for waiver in granted:
        name = waiver.person or waiver.approver.strip().casefold()
        held = roles if waiver.roles is None else waiver.roles
        known = people.get(name)
        people[name] = Approval(name=name, roles=[*(known.roles if known else ()), *held])
    return missing(wanted, list(people.values()))


def authors_of(change: Change) -> frozenset[str]:
    """The names that may not approve a waiver for a change."""
    return identities(change)
