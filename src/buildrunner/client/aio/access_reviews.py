"""Access reviews of an organization."""

from __future__ import annotations

from collections.abc import AsyncIterator

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import AccessReview, AccessReviewItem


class AsyncAccessReviews(AsyncResource):
    """`/api/orgs/{org_id}/access-reviews`."""

    def list(self, org_id: str) -> AsyncIterator[AccessReview]:
        """The campaigns, newest first."""
        return self._transport.pages(_base(org_id), AccessReview)

    async def open(self, org_id: str) -> AccessReview:
        """Begin the one of this quarter."""
        return await self._transport.send("POST", _base(org_id), AccessReview)

    async def get(self, org_id: str, review_id: str) -> AccessReview:
        """One campaign."""
        return await self._transport.get(_base(org_id, review_id), AccessReview)

    def items(self, org_id: str, review_id: str) -> AsyncIterator[AccessReviewItem]:
        """The members under review."""
        return self._transport.pages(_base(org_id, review_id, "items"), AccessReviewItem)

    async def decide(
        self, org_id: str, review_id: str, item_id: str, *, approved: bool, note: str = ""
    ) -> AccessReviewItem:
        """Keep or take away access; a key is refused (403 `in_person_only`)."""
        path = _base(org_id, review_id, "items", item_id, "decision")
        body = {"approved": approved, "note": note}
        return await self._transport.send("POST", path, AccessReviewItem, body)

    async def schedule(self, org_id: str, *, quarterly: bool) -> None:
        """Let campaigns begin by themselves, or not."""
        body = {"quarterly": quarterly}
        await self._transport.request("PUT", _base(org_id, "schedule"), json=body, keyed=True)

    async def export(self, org_id: str, review_id: str) -> bytes:
        """The campaign as CSV."""
        answer = await self._transport.request("GET", _base(org_id, review_id, "export"))
        return answer.content


def _base(org_id: str, *parts: str) -> str:
    return "/".join(
        ["/api/orgs", wire.segment(org_id), "access-reviews", *map(wire.segment, parts)]
    )
