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
