"""Blueprints that fit what is asked for: suggested, never taken by themselves."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.blueprints import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.spec.drafting.engine import Request

MOST = 5
OUT_OF_SCOPE = "named as out of scope"


def suggested(request: Request, left_out: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shipped packs whose keywords stand in the text, those with most of them first.

    What the text puts out of scope calls for no pack.
    """
    said = f"{request.text} {request.facts.get('readme', '')}"
    for row in left_out:
        if row["why"] == OUT_OF_SCOPE:
            said = said.replace(row["text"].rstrip("…"), " ")
    text = " ".join(re.findall(r"[\w-]+", said.casefold()))
    padded = f" {text} "
    newest = {entry.name: entry for entry in catalog()}
    found = []
    for entry in newest.values():
        met = [word for word in entry.keywords if f" {word} " in padded]
        if met:
            found.append((-len(met), entry.name, entry, met))
    found.sort(key=lambda row: row[:2])
    return [
        {
            "name": entry.name,
            "version": entry.version,
            "title": entry.title,
            "summary": entry.summary,
            "why": f"the text says {', '.join(met[:4])}",
        }
        for _, _, entry, met in found[:MOST]
    ]
