"""Access reviews, begun through their own door."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.audit import facade as audit
from factories.tenants import Tenant


def make_review(tenant: Tenant) -> tuple[UUID, UUID]:
    """The ids of a review of the tenant's organization and of its first line."""
    found = audit.access_reviews(tenant.actor, tenant.org_id)
    review = found[0] if found else audit.open_access_review(tenant.actor, tenant.org_id)
    items = audit.access_review_items(tenant.actor, tenant.org_id, review.id)
    return review.id, items[0].id
