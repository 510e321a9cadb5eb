"""Small words of the drawer."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def web_address(text: object) -> str:
    """The address that a typed link begins with, if a browser may go there; else ""."""
    url = str(text).strip().partition(" ")[0]
    return url if url.lower().startswith(("https://", "http://")) else ""
