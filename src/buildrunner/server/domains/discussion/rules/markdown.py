"""Comments as HTML: a small part of Markdown, then a second sieve.

markdown-it leaves raw HTML as text; nh3 (ammonia) lets through only what stands in the list, in case
the first one errs. Pictures are left out: loading one tells its owner who reads.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h3",
        "h4",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
MENTION = re.compile(r"(?<![\w@./])@(?:(role|team):)?([^\W_][\w.+-]{0,63}(?<![.+-]))")
_BARE = re.compile(r"https?://[^\s<>\"'`]{3,2000}(?<![.,;:!?)\]}*_])", re.IGNORECASE)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_inline", "html_block"])
    parser.add_render_rule("text", _text)
    parser.add_render_rule("heading_open", lambda _, tokens, at, *__: f"<h{_level(tokens[at])}>")
    parser.add_render_rule("heading_close", lambda _, tokens, at, *__: f"</h{_level(tokens[at])}>")
    return parser


def render(text: str) -> SafeString:
    """Markdown as HTML that is safe to put into a page."""
    clean = nh3.clean(
        _parser().render(text),
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
        allowed_classes={"span": {"mention"}},
    )
    return mark_safe(clean)  # noqa: S308  nothing but the list above is left


def _level(token: Any) -> int:
    """Headings of a comment stand below those of the page."""
    return 3 if token.tag in ("h1", "h2", "h3") else 4


def _text(_: Any, tokens: Any, at: int, *__: Any) -> str:
    """Plain text, its mentions marked and its bare addresses made links."""
    text: str = tokens[at].content
    if _in_link(tokens, at):
        return html.escape(text)
    parts, end = [], 0
    for found in _BARE.finditer(text):
        shown = html.escape(found[0])
        parts += [_marked(text[end : found.start()]), f'<a href="{shown}">{shown}</a>']
        end = found.end()
    return "".join(parts) + _marked(text[end:])


def _in_link(tokens: Any, at: int) -> bool:
    kinds = [one.type for one in tokens[:at]]
    return kinds.count("link_open") > kinds.count("link_close")


def _marked(text: str) -> str:
    parts, end = [], 0
    for found in MENTION.finditer(text):
        parts.append(html.escape(text[end : found.start()]))
        parts.append(f'<span class="mention">{html.escape(found[0])}</span>')
        end = found.end()
    return "".join(parts) + html.escape(text[end:])
