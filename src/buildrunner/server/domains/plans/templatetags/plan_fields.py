"""Small words of the drawer, and the mark of proof in a row."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from buildrunner.server.domains.plans.facade import ProofMarks

register = template.Library()


@register.filter
def web_address(text: object) -> str:
    """The address that a typed link begins with, if a browser may go there; else ""."""
    url = str(text).strip().partition(" ")[0]
    return url if url.lower().startswith(("https://", "http://")) else ""


@register.simple_tag
def proof_mark(proof: ProofMarks, microstep_id: str) -> SafeString:
    """Whether what is done is proven, beside its status; nothing where nobody knows."""
    known = proof.marks.get(microstep_id)
    if known is None:
        return SafeString("")
    name, words = known
    return format_html(
        '<span class="mark proof-{}" title="{}"><svg aria-hidden=true>'
        '<use href="#icon-proof-{}"/></svg><span class="visually-hidden">{}</span></span>',
        name,
        words,
        name,
        words,
    )
