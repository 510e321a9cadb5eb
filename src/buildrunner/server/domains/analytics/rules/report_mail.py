"""A report as a mail: text, and HTML that loads nothing from elsewhere (its charts come along)."""

from __future__ import annotations

from html import escape
from typing import Final

from buildrunner.server.domains.analytics.types.reporting import Listing, Measure, Report

_FONT: Final = (
    "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.5"
)
_CELL: Final = "padding:4px 12px 4px 0;border-bottom:1px solid #e3e5ea;vertical-align:top"


def text(report: Report, *, project: str, page: str, settings: str) -> str:
    """For readers without HTML; `project` is its address."""
    lines = [report.title, ""]
    lines += [f"{one.title}: {one.value}{_compared(one)}" for one in report.measures]
    if report.insights:
        lines += ["", *report.insights]
    lines += ["", *(f"{one.title}: {one.summary}" for one in report.pictures)]
    for listing in report.listings:
        lines += ["", listing.title]
        lines += [" | ".join(row) for row in listing.rows] or [listing.none]
        lines += [f"More: {project}/{listing.more}"] if listing.more else []
    return "\n".join([*lines, "", f"Open in BuildRunner: {page}", f"Change or end: {settings}", ""])


def html(report: Report, *, project: str, page: str, settings: str) -> str:
    """The charts are pictures of the mail itself (`cid:`), by the names of the pictures."""
    parts = [f'<h1 style="font-size:20px">{escape(report.title)}</h1>']
    rows = "".join(
        f'<tr><td style="{_CELL}">{escape(one.title)}</td>'
        f'<td style="{_CELL};text-align:right"><strong>{escape(one.value)}</strong></td>'
        f'<td style="{_CELL};color:#5b616e">{escape(_compared(one).strip(" ()"))}</td></tr>'
        for one in report.measures
    )
    parts.append(f'<table style="border-collapse:collapse;width:100%">{rows}</table>')
    if report.insights:
        items = "".join(f"<li>{escape(one)}</li>" for one in report.insights)
        parts.append(f"{_heading('Insights')}<ul>{items}</ul>")
    parts += [
        f'{_heading(picture.title)}<p style="margin:0 0 8px">{escape(picture.summary)}</p>'
        f'<img src="cid:{picture.name}" alt="{escape(picture.summary)}" '
        'style="width:100%;max-width:720px">'
        for picture in report.pictures
    ]
    parts += [_listing(one, project) for one in report.listings]
    parts.append(
        f'<p style="margin-top:32px"><a href="{escape(page)}">Open in BuildRunner</a></p>'
        f'<p style="font-size:13px;color:#5b616e"><a href="{escape(settings)}" '
        'style="color:#5b616e">Change or end this report</a></p>'
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}'
        f'</title></head><body style="margin:24px auto;max-width:720px;{_FONT};color:#16181d">'
        f"{''.join(parts)}</body></html>"
    )


def _heading(words: str) -> str:
    return f'<h2 style="font-size:16px;margin:24px 0 4px">{escape(words)}</h2>'


def _listing(listing: Listing, project: str) -> str:
    if not listing.rows:
        return f"{_heading(listing.title)}<p>{escape(listing.none)}</p>"
    more = ""
    if listing.more:
        more = f'<p><a href="{escape(f"{project}/{listing.more}")}">More of it</a></p>'

    def row(cells: list[str], tag: str) -> str:
        return "".join(
            f'<{tag} style="{_CELL};text-align:{"right" if place in listing.numeric else "left"}">'
            f"{escape(cell)}</{tag}>"
            for place, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in listing.rows)
    return (
        f'{_heading(listing.title)}<table style="border-collapse:collapse;width:100%">'
        f"<tr>{row(listing.header, 'th')}</tr>{body}</table>{more}"
    )


def _compared(one: Measure) -> str:
    if one.change is None:
        return f" (before: {one.before})" if one.before else ""
    return f" ({one.change:+.0f} %, before: {one.before})"
