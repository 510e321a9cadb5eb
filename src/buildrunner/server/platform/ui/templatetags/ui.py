"""Small signs that every page draws: assets, times, initials, progress."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from buildrunner.server.platform.ui.assets import asset_url
from buildrunner.server.platform.ui.charts import library

register = template.Library()

THEMES = ("light", "dark")
THEME_COOKIE = "buildrunner_theme"
STATUS_WORDS = {"todo": "To do", "doing": "Doing", "blocked": "Blocked", "done": "Done"}
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file, versioned by its content."""
    return asset_url(name)


@register.simple_tag
def chart_library() -> str:
    """The address of the script that charts are drawn with."""
    return f"{settings.STATIC_URL}{library.name()}"


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """The theme the visitor chose: `light`, `dark`, or `system`."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE) if request else None
    return chosen if chosen in THEMES else "system"


@register.filter
def initials(name: object) -> str:
    """The first letters of the first and last word; a dot where there is no letter."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "·"


@register.filter
def status_words(status: object) -> str:
    """A status as people say it."""
    return STATUS_WORDS.get(str(status), str(status))


def relative(moment: datetime, now: datetime) -> str:
    """`just now`, `5 min ago`, `in 3 h`, `yesterday`, `12 Mar`, `12 Mar 2024`."""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    if size < MINUTE:
        return "just now" if seconds >= 0 else "in under a minute"
    for limit, unit, word in ((HOUR, MINUTE, "min"), (DAY, HOUR, "h"), (30 * DAY, DAY, "d")):
        if size < limit:
            amount = f"{int(size // unit)} {word}"
            return f"{amount} ago" if seconds > 0 else f"in {amount}"
    pattern = "%-d %b" if moment.year == now.year else "%-d %b %Y"
    return moment.strftime(pattern)


@register.filter
def ago(moment: datetime | None) -> str | SafeString:
    """A relative time with the exact one on hover; the browser keeps it current."""
    if moment is None:
        return ""
    exact = moment.astimezone(timezone.get_default_timezone())
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%-d %B %Y, %H:%M UTC"),
        relative(moment, timezone.now()),
    )


@register.filter
def figure(number: object) -> str:
    """A number with its thousands apart: `10,000`."""
    return f"{number:,}" if isinstance(number, int) else str(number)


@register.filter
def ticked(words: object) -> SafeString:
    """Words of a refusal, in which commands stand between backticks."""
    parts = str(words).split("`")
    if len(parts) % 2 == 0:  # an odd tick is a tick
        return format_html("{}", words)
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


@register.filter
def percent(counts: Mapping[str, int]) -> int:
    """The share that is done, in whole per cent, 100 only when all are."""
    total = counts.get("total", 0)
    return counts.get("done", 0) * 100 // total if total else 0


@register.simple_tag
def meter(counts: Mapping[str, int], label: str = "") -> SafeString:
    """Progress as a bar: done, doing, blocked, in shares of 1,000. Counts beside it say it in words.

    The bar is drawn with SVG attributes, since the content security policy admits no style ones.
    """
    total = counts.get("total", 0) or 1
    parts, at = [], 0.0
    for status in ("done", "doing", "blocked"):
        width = 1000 * counts.get(status, 0) / total
        if width:
            parts.append((status, f"{at:g}", f"{width:g}"))
            at += width
    bars = format_html_join("", '<rect class="{}" x="{}" width="{}" height="8"/>', parts)
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="meter" viewBox="0 0 1000 8" preserveAspectRatio="none" {}>{}</svg>',
        SafeString(said),
        bars,
    )
