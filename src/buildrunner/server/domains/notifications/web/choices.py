"""What the form of preferences says, read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from buildrunner.server.platform.errors import Invalid

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_CHANNELS: Final = ("inbox", "email", "chat")


def preference_fields(form: QueryDict) -> dict[str, Any]:
    """As the action takes them; the action judges what they hold."""
    quiet = form.get("quiet") == "1"
    weekday = form.get("digest_weekday", "0")
    return {
        "time_zone": form.get("time_zone", "UTC"),
        "quiet_from": _minute(form, "quiet_begin") if quiet else 0,
        "quiet_to": _minute(form, "quiet_end") if quiet else 0,
        "digest": form.get("digest", "off"),
        "digest_minute": _minute(form, "digest_time"),
        "digest_weekday": int(weekday) if weekday.isdecimal() and len(weekday) < 3 else -1,
        "mail": form.get("mail") == "1",
        "choices": {
            kind: {one: form.get(f"{kind}:{one}") == "1" for one in _CHANNELS}
            for kind in form.getlist("kind")[:100]
        },
    }


def ids(texts: Sequence[str]) -> list[UUID]:
    """Those of the boxes that were ticked; raises `Invalid` for what is no id."""
    try:
        return [UUID(text) for text in texts[:1000]]
    except ValueError:
        raise Invalid("Choose notifications of the list.", code="ids_unreadable") from None


def told(minute: int) -> str:
    """A minute of the day as a form shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(form: QueryDict, name: str) -> int:
    text = form.get(name, "")
    found = _TIME.fullmatch(text)
    if not found:
        raise Invalid(
            f"{text[:20]!r} is no time of day; write one such as 22:30.",
            code="time_invalid",
            field=name,
        )
    return int(found[1]) * 60 + int(found[2])


SERVICES: Final = {
    "slack": "Slack",
    "discord": "Discord",
    "teams": "Microsoft Teams",
    "generic": "Webhook (JSON)",
}
PRIORITIES: Final = ("low", "normal", "high", "urgent")
# What a channel can hear, in words: title → patterns of kinds.
GROUPS: Final = {
    "Comments": "comment.written comment.promoted",
    "Approvals and emergencies": "approval.* emergency.* waiver.*",
    "Checks": "evidence.received check.*",
    "Claims that run out": "claim.expired",
    "Budgets": "budget.*",
    "Every change of the plan": "plan.revised",
    "People and invitations": "invitation.* member.* project.member_set project.member_removed",
    "Channels that fail": "channel.disabled webhook.disabled",
}
USUAL_GROUPS: Final = (
    "Comments", "Approvals and emergencies", "Checks", "Claims that run out", "Budgets",
    "Channels that fail",
)  # fmt: skip


def whose(query: QueryDict) -> tuple[UUID | None, bool]:
    """Whose channels a page shows: `?project=<id>`, `?mine=1`."""
    return chosen(query), query.get("mine") == "1"


def chosen(form: QueryDict) -> UUID | None:
    """The project that was chosen, or none."""
    text = form.get("project", "")
    return ids([text])[0] if text else None


def channel_fields(form: QueryDict, *, personal: bool) -> dict[str, Any]:
    """As the action takes them; the action judges what they hold."""
    groups = [GROUPS[name] for name in form.getlist("group") if name in GROUPS]
    return {
        "service": form.get("service", ""),
        "url": form.get("url", ""),
        "kinds": None if personal else " ".join(groups).split(),
        "least": form.get("least", "low"),
        "description": form.get("description", ""),
        "personal": personal,
    }


def channel_changes(form: QueryDict) -> dict[str, Any]:
    """What the form of one channel says; an empty address leaves the one that stands."""
    kinds = re.split(r"[\s,]+", form.get("kinds", "").strip())
    return {
        "url": form.get("url") or None,
        "kinds": kinds if any(kinds) else None,
        "least": form.get("least"),
        "description": form.get("description"),
    }


def state(query: QueryDict) -> str | None:
    """Which part of a log is shown."""
    wanted = query.get("show", "")
    return wanted if wanted in ("pending", "delivered", "failed") else None
