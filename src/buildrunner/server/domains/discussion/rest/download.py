"""A file as an answer that no browser runs, whatever is in it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from buildrunner.server.domains.discussion.types import AttachmentView


def download(view: AttachmentView, data: bytes) -> HttpResponse:
    """Always to be saved: the kind is what we found, not to be guessed again, and if somebody opens
    it in a frame all the same, it has no script, no origin and nothing to load."""
    response = HttpResponse(data, content_type=view.media_type)
    response["Content-Disposition"] = content_disposition_header(True, view.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
