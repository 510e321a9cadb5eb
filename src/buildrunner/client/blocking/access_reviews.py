"""Access reviews of an organization."""

from __future__ import annotations

from collections.abc import Iterator

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import AccessReview, AccessReviewItem


class AccessReviews(Resource):
    """`/api/orgs/{org_id}/access-reviews`."""

    def list(self, org_id: str) -> Iterator[AccessReview]:
        """The campaigns, newest first."""
        return self._transport.pages(_base(org_id), AccessReview)

    def open(self, org_id: str) -> AccessReview:
        """Begin the one of this quarter."""
        return self._transport.send("POST", _base(org_id), AccessReview)

    def get(self, org_id: str, review_id: str) -> AccessReview:
        """One campaign."""
        return self._transport.get(_base(org_id, review_id), AccessReview)

    def items(self, org_id: str, review_id: str) -> Iterator[AccessReviewItem]:
        """The members under review."""
        return self._transport.pages(_base(org_id, review_id, "items"), AccessReviewItem)

    def decide(
        self, org_id: str, review_id: str, item_id: str, *, approved: bool, note: str = ""
    ) -> AccessReviewItem:
        """Keep or take away access; a key is refused (403 `in_person_only`)."""
        path = _base(org_id, review_id, "items", item_id, "decision")
        body = {"approved": approved, "note": note}
        return self._transport.send("POST", path, AccessReviewItem, body)

    def schedule(self, org_id: str, *, quarterly: bool) -> None:
        """Let campaigns begin by themselves, or not."""
        body = {"quarterly": quarterly}
        self._transport.request("PUT", _base(org_id, "schedule"), json=body, keyed=True)

    def export(self, org_id: str, review_id: str) -> bytes:
        """The campaign as CSV."""
        answer = self._transport.request("GET", _base(org_id, review_id, "export"))
        return answer.content


def _base(org_id: str, *parts: str) -> str:
    return "/".join(
        ["/api/orgs", wire.segment(org_id), "access-reviews", *map(wire.segment, parts)]
    )
