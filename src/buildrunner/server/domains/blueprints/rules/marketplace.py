"""The index of a marketplace: what may stand in it, and what is taken from it."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.blueprints.types import MarketplaceEntry
from buildrunner.spec.addresses import link_problem
from buildrunner.spec.document import loads
from buildrunner.spec.errors import SpecError

FORMAT = "buildrunner.marketplace/1"
MOST = 500


def read_index(data: bytes) -> list[MarketplaceEntry]:
    """The entries that are whole; others are passed over. Raises SpecError for no index."""
    document = loads(data)
    if document.get("format") != FORMAT or not isinstance(document.get("items"), list):
        raise SpecError("marketplace_invalid", f'this is no index: it lacks "format": "{FORMAT}"')
    return [entry for entry in map(_entry, document["items"][:MOST]) if entry is not None]


def _entry(row: Any) -> MarketplaceEntry | None:
    if not isinstance(row, dict):
        return None
    texts = [row.get(name) for name in ("name", "title", "summary", "version", "url")]
    if not all(isinstance(text, str) and 0 < len(text) <= 500 for text in texts):
        return None
    name, title, summary, version, url = map(str, texts)
    if link_problem(url) is not None or not url.startswith(("https://", "http://")):
        return None
    publisher, tags = row.get("publisher"), row.get("tags")
    return MarketplaceEntry(
        name=name[:64],
        title=title[:200],
        summary=summary,
        version=version[:100],
        url=url,
        publisher=publisher[:200] if isinstance(publisher, str) else "",
        tags=[tag[:64] for tag in tags[:20] if isinstance(tag, str)]
        if isinstance(tags, list)
        else [],
    )
