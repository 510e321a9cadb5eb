"""What the forms of these pages share: asking back, saying what happened, and errors in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from buildrunner.server.platform.errors import Conflict, DomainError, TooManyRequests


def ask(request: HttpRequest, **words: Any) -> HttpResponse:
    """A page that names what goes, for browsers without scripts; others open the same as a dialog.

    `title`, `body`, `button` and `back` (an address), optionally `hidden` (name → value).
    """
    return render(request, "tenancy/confirm.html", words)


def back_to(address: str) -> HttpResponse:
    """After a change: the page is read anew, so that reloading repeats nothing."""
    return HttpResponseRedirect(address, status=303)


def done(
    request: HttpRequest, change: Callable[[], object], words: str, address: str
) -> HttpResponse:
    """Carry out a change that needs no field; say on the next page what came of it."""
    try:
        change()
    except (Conflict, TooManyRequests) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, words)
    return back_to(address)


def refused(error: DomainError, form: str, request: HttpRequest) -> dict[str, Any]:
    """The context of a form that is shown again: what was wrong, where, and what was typed."""
    return {
        "refused_form": form,
        "error": error.detail,
        "plans_url": error.extensions.get("setup_url", ""),
        "error_field": error.extensions.get("field", ""),
        "typed": request.POST,
    }
