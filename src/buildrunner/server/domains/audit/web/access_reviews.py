"""Access reviews: the campaigns, and one with its members."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.errors import Conflict, DomainError
from buildrunner.server.platform.ui.visitor import signed_in


@never_cache
@require_http_methods(["GET", "POST"])
def reviews(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """The campaigns; POST begins the one of this quarter."""
    actor = signed_in(request)
    if request.method == "POST":
        try:
            made = audit.open_access_review(actor, org_id)
        except Conflict as refusal:
            messages.error(request, refusal.detail)
            return _to(org_id)
        return _to(org_id, made.id)
    context = {
        "org_id": org_id,
        "reviews": audit.access_reviews(actor, org_id, limit=100),
        "quarterly": audit.reviews_are_quarterly(actor, org_id),
    }
    return render(request, "audit/access_reviews.html", context)


@require_POST
def schedule(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Each quarter by themselves, or not."""
    quarterly = request.POST.get("quarterly") == "1"
    audit.schedule_access_reviews(signed_in(request), org_id, quarterly=quarterly)
    words = "begins each quarter" if quarterly else "begins only when somebody starts it"
    messages.success(request, f"A review {words}.")
    return _to(org_id)


@never_cache
@require_GET
def review(request: HttpRequest, org_id: UUID, review_id: UUID) -> HttpResponse:
    """One campaign: who is undecided first."""
    actor = signed_in(request)
    found = audit.get_access_review(actor, org_id, review_id)
    items = audit.access_review_items(actor, org_id, review_id)
    context = {
        "org_id": org_id,
        "review": found,
        "home": f"/orgs/{org_id}/access-reviews/{review_id}",
        "open_items": [item for item in items if item.approved is None],
        "decided": [item for item in items if item.approved is not None],
        "own_id": actor.person_id,
    }
    return render(request, "audit/access_review.html", context)


@require_POST
def decide(request: HttpRequest, org_id: UUID, review_id: UUID, item_id: UUID) -> HttpResponse:
    """Keep or take away."""
    actor = signed_in(request)
    approved = request.POST.get("approved") == "1"
    try:
        item = audit.decide_access(
            actor,
            org_id,
            review_id,
            item_id,
            approved=approved,
            note=request.POST.get("note", ""),
        )
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
        return _to(org_id, review_id)
    name = item.name or "The member"
    words = "keeps the access" if approved else "is out of the organization"
    messages.success(request, f"{name} {words}.")
    return _to(org_id, review_id)


def _to(org_id: UUID, review_id: UUID | None = None) -> HttpResponse:
    rest = f"/{review_id}" if review_id else ""
    return HttpResponseRedirect(f"/orgs/{org_id}/access-reviews{rest}", status=303)
