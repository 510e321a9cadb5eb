"""The mails of notices: text and HTML that load nothing from elsewhere, and their headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

_FONT: Final = (
    "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.5"
)
_TONES: Final = {"urgent": "#b3261e", "high": "#8a5300", "normal": "#5b616e", "low": "#5b616e"}
_MOST: Final = 50


class Told(NamedTuple):
    """One notice in a mail; `url` is whole."""

    title: str
    body: str
    url: str
    priority: str
    where: str


class Mail(NamedTuple):
    """A mail as it waits to be sent; `unsubscribe` is the address of its link."""

    subject: str
    text: str
    html: str
    unsubscribe: str

    def packed(self) -> str:
        """As it is stored."""
        return json.dumps(self._asdict(), ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Mail:
        """As it was stored."""
        return cls(**json.loads(text))

    def headers(self, message_id: str) -> dict[str, str]:
        """One-click unsubscribing (RFC 8058, RFC 2369), and one id however often it is sent."""
        return {
            "Message-ID": message_id,
            "List-Unsubscribe": f"<{self.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",  # no answer of an absent person comes back (RFC 3834)
        }


def letter(told: Told, *, preferences: str, unsubscribe: str) -> Mail:
    """The mail of one notice."""
    subject = f"[{told.where}] {told.title}" if told.where else told.title
    if told.priority == "urgent":
        subject = f"Urgent: {subject}"
    return _mail(_one_line(subject), [told], preferences, unsubscribe)


def digest(notices: Sequence[Told], *, preferences: str, unsubscribe: str) -> Mail:
    """The mail of several, what presses most first."""
    order = ("urgent", "high", "normal", "low")
    sorted_ones = sorted(notices, key=lambda one: order.index(one.priority))
    subject = f"{len(notices)} notifications: {sorted_ones[0].title}"
    return _mail(_one_line(subject), sorted_ones, preferences, unsubscribe)


def _mail(subject: str, notices: Sequence[Told], preferences: str, unsubscribe: str) -> Mail:
    shown, more = notices[:_MOST], len(notices) - _MOST
    rest = f"And {more} more in your inbox." if more > 0 else ""
    return Mail(
        subject, _text(shown, rest, preferences, unsubscribe),
        _html(subject, shown, rest, preferences, unsubscribe), unsubscribe,
    )  # fmt: skip


def _text(shown: Sequence[Told], rest: str, preferences: str, unsubscribe: str) -> str:
    parts = []
    for one in shown:
        press = f"[{one.priority}] " if one.priority in ("urgent", "high") else ""
        lines = [f"{press}{one.title}", one.where, one.body, one.url]
        parts.append("\n".join(line for line in lines if line))
    if rest:
        parts.append(rest)
    parts.append(
        f"-- \nChoose what is mailed to you: {preferences}\nStop these mails: {unsubscribe}"
    )
    return "\n\n".join(parts) + "\n"


def _html(
    subject: str, shown: Sequence[Told], rest: str, preferences: str, unsubscribe: str
) -> str:
    parts = [_block(one) for one in shown]
    if rest:
        parts.append(f"<p>{escape(rest)}</p>")
    parts.append(
        '<p style="margin-top:32px;font-size:13px;color:#5b616e">'
        f'<a href="{escape(preferences)}" style="color:#5b616e">Choose what is mailed to you</a> · '
        f'<a href="{escape(unsubscribe)}" style="color:#5b616e">Stop these mails</a></p>'
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(subject)}'
        f'</title></head><body style="margin:24px auto;max-width:560px;{_FONT};color:#16181d">'
        f"{''.join(parts)}</body></html>"
    )


def _block(one: Told) -> str:
    press = ""
    if one.priority in ("urgent", "high"):
        press = (
            f'<span style="font-size:13px;font-weight:600;color:{_TONES[one.priority]}">'
            f"{one.priority.capitalize()}</span> "
        )
    body = (
        f'<p style="margin:8px 0;white-space:pre-line">{escape(one.body)}</p>' if one.body else ""
    )
    where = (
        f'<p style="margin:2px 0;font-size:13px;color:#5b616e">{escape(one.where)}</p>'
        if one.where
        else ""
    )
    return (
        '<div style="margin:0 0 16px;padding:0 0 16px;border-bottom:1px solid #e3e5ea">'
        f'<p style="margin:0;font-weight:600">{press}{escape(one.title)}</p>{where}{body}'
        f'<p style="margin:8px 0 0"><a href="{escape(one.url)}">Open in BuildRunner</a></p></div>'
    )


def _one_line(text: str) -> str:
    """A subject is one line, whatever people wrote."""
    return " ".join(text.split())[:200]
