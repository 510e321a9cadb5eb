"""Where the `type` of a problem leads: a page of this server about its code."""

from __future__ import annotations

from django.conf import settings


def problem_type(code: str) -> str:
    """The address of the page, which is also the problem's type (RFC 9457, 3.1.1)."""
    return f"{settings.BR_PUBLIC_URL}/problems/{code}"
