"""What the forms of webhooks say, read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from buildrunner.server.platform.errors import Invalid

# Seconds: words. The first is what the form proposes.
OVERLAPS: Final = {86_400: "24 hours", 3_600: "One hour", 604_800: "7 days", 0: "Not at all"}
SPANS: Final = {
    3_600: "The last hour",
    86_400: "The last 24 hours",
    604_800: "The last 7 days",
    2_591_000: "The last 30 days",
}


def endpoint_fields(form: QueryDict) -> dict[str, Any]:
    """`url`, `kinds` and `description`; the actions judge them."""
    return {
        "url": form.get("url", ""),
        "kinds": [word for word in re.split(r"[\s,]+", form.get("kinds", "")) if word],
        "description": form.get("description", ""),
    }


def project_of(form: QueryDict) -> UUID | None:
    """The project chosen, or none; raises `Invalid` for what is no id."""
    text = form.get("project", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("Choose a project of the list.", code="project", field="project") from None


def choice(form: QueryDict, name: str, among: dict[int, str]) -> timedelta:
    """One of the spans offered; raises `Invalid`."""
    text = form.get(name, "")
    if text not in map(str, among):
        raise Invalid(f"Choose {name} of the list.", code=name, field=name)
    return timedelta(seconds=int(text))
