"""Documents from addresses, through the client that goes nowhere behind us."""

from __future__ import annotations

import httpx
from django.conf import settings

from buildrunner.server.domains.blueprints.errors import FetchFailed
from buildrunner.server.domains.blueprints.rules.marketplace import read_index
from buildrunner.server.domains.blueprints.types import MarketplaceEntry
from buildrunner.server.platform.http.outbound import OutboundRefused, outbound_client, url_fault
from buildrunner.spec.blueprints.reading import MAX_BYTES
from buildrunner.spec.errors import SpecError

SECONDS = 10.0


def fetch(url: str) -> str:
    """The text at an address. Raises FetchFailed; call it outside a transaction."""
    return _get(url).decode("utf-8", "surrogateescape")


def marketplace() -> list[MarketplaceEntry]:
    """What the index lists that the operator chose; nothing without one. Raises FetchFailed."""
    url = settings.BR_MARKETPLACE_URL
    if not url:
        return []
    try:
        return read_index(_get(url))
    except SpecError as error:
        raise FetchFailed(f"The marketplace's index cannot be read: {error.message}") from None


def _get(url: str) -> bytes:
    fault = url_fault(url)
    if fault is not None:
        raise FetchFailed(fault, field="url")
    try:
        with outbound_client(seconds=SECONDS, largest=MAX_BYTES) as client:
            answer = client.get(url, headers={"Accept": "application/json"})
    except OutboundRefused as refusal:
        raise FetchFailed(str(refusal), field="url") from None
    except httpx.HTTPError as trouble:
        raise FetchFailed(
            f"{httpx.URL(url).host} could not be read: {trouble or type(trouble).__name__}",
            field="url",
        ) from None
    if answer.status_code != 200:
        more = " (redirects are not followed: give the last address)" if answer.is_redirect else ""
        raise FetchFailed(
            f"{answer.url.host} answered {answer.status_code}{more}; give the address of the "
            "document itself.",
            field="url",
        )
    return answer.content
