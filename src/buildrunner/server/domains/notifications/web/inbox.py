"""The inbox, the bell's fly-out, and how a person wants to be told."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.web import choices
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.pagination import decode_cursor, encode_cursor
from buildrunner.server.platform.ui.visitor import signed_in

_PAGE = 50
_FLYOUT = 8
_HOME = "/notifications"
_PREFERENCES = "/account/notifications"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@never_cache
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The whole inbox, or what is unread."""
    actor = signed_in(request)
    unread = request.GET.get("show") == "unread"
    cursor = request.GET.get("before")
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    found = notifications.inbox(actor, unread=unread, before=before, limit=_PAGE + 1)
    shown = found[:_PAGE]
    context: dict[str, Any] = {
        "notices": shown,
        "counts": notifications.unread(actor),
        "only_unread": unread,
        "older": encode_cursor(shown[-1].id) if len(found) > _PAGE else "",
    }
    return render(request, "notifications/inbox.html", context)


@never_cache
@require_GET
def flyout(request: HttpRequest) -> HttpResponse:
    """What the bell opens: the newest, as a piece of a page."""
    actor = signed_in(request)
    context = {
        "notices": notifications.inbox(actor, limit=_FLYOUT),
        "counts": notifications.unread(actor),
    }
    return render(request, "notifications/inbox/flyout.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def read(request: HttpRequest) -> HttpResponse:
    """Mark some, or all, as read or unread, and come back."""
    actor = signed_in(request)
    if request.method == "GET":
        return HttpResponseRedirect(_HOME)
    wanted = None if request.POST.get("all") else choices.ids(request.POST.getlist("id"))
    notifications.mark_read(actor, ids=wanted, read=request.POST.get("read") != "0")
    show = "?show=unread" if request.POST.get("show") == "unread" else ""
    return HttpResponseRedirect(f"{_HOME}{show}", status=303)


@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The matrix of kinds and channels, quiet hours and digest."""
    actor = signed_in(request)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            notifications.change_preferences(actor, **choices.preference_fields(request.POST))
        except DomainError as error:
            status = error.status
            context = {"error": error.detail, "error_field": error.extensions.get("field", "")}
        else:
            messages.success(request, "Your choices are saved.")
            return HttpResponseRedirect(_PREFERENCES, status=303)
    view = notifications.preferences(actor)
    context |= {
        "view": view,
        "groups": [
            (name, list(rows)) for name, rows in groupby(view.matrix, lambda one: one.group)
        ],
        "zones": sorted(available_timezones()),
        "weekdays": list(enumerate(_WEEKDAYS)),
        "quiet": view.quiet_from != view.quiet_to,
        "quiet_begin": choices.told(
            view.quiet_from if view.quiet_from != view.quiet_to else 22 * 60
        ),
        "quiet_end": choices.told(view.quiet_to if view.quiet_from != view.quiet_to else 7 * 60),
        "digest_time": choices.told(view.digest_minute),
    }
    return render(request, "notifications/preferences.html", context, status=status)


@csrf_exempt  # a mail program presses the button, without a page of ours (RFC 8058)
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail: looking at it changes nothing, so that no scanner unsubscribes anybody;
    the button (or a mail program's, RFC 8058) does. Nobody needs to be signed in."""
    asked = notifications.unsubscription(token)
    done = request.method == "POST"
    if done:
        kind = "*" if request.POST.get("everything") else asked.kind
        notifications.unsubscribe(asked.person_id, kind)
    context = {"asked": asked, "done": done, "all": bool(request.POST.get("everything"))}
    response = render(request, "notifications/unsubscribe.html", context)
    response["Referrer-Policy"] = "same-origin"
    return response
