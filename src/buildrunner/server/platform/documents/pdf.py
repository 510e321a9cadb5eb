"""PDF by typst: one template, everything else is JSON that it reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files

from buildrunner.server.platform.documents.blocks import Block

MEDIA_TYPE = "application/pdf"


def as_pdf(
    title: str,
    blocks: Sequence[Block],
    *,
    subtitle: str = "",
    footer: str = "",
    language: str = "en",
) -> bytes:
    """The document. The same content gives the same bytes; nothing is fetched and no file read."""
    import typst

    document = {
        "title": _told(title),
        "author": "BuildRunner",
        "subtitle": _told(subtitle),
        "footer": _told(footer),
        "language": language if language.isalpha() and len(language) == 2 else "en",
        "blocks": list(blocks),
    }
    template = files("buildrunner.server.platform.documents").joinpath("paper.typ").read_bytes()
    written = typst.compile(
        template,
        format="pdf",
        sys_inputs={"document": json.dumps(document)},
        ignore_system_fonts=True,
        timestamp=0,
    )
    assert isinstance(written, bytes)  # noqa: S101  without an output path it returns the bytes
    return written


def _told(text: str) -> str:
    return " ".join(text.split())
