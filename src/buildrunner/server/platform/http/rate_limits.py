"""Requests of the API are counted, told where they stand, and refused beyond their quota."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.http import problems
from buildrunner.server.platform.http.browser import client_address
from buildrunner.server.platform.http.quotas import (
    WINDOW,
    Policy,
    Standing,
    counter,
    entered_organizations,
    judged,
    refusal,
    tell_of_call,
)

Handler = Callable[[HttpRequest], HttpResponseBase]


def rate_limits(get_response: Handler) -> Handler:
    """Middleware, inside the one that finds the actor: counts, refuses, and tells in `RateLimit`."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if not problems.is_api(request):
            return get_response(request)
        standings: list[Standing] = []
        policy, subject = _subject(request)
        if policy.quota > 0:
            standings.append(counter.take(policy, subject))
        if standings and not standings[0].admitted:
            return _tell(problems.problem(request, refusal(standings[0])), standings)
        entered: list[UUID] = []
        token = entered_organizations.set(entered)
        by_key = judged.set(_is_judged(request))
        try:
            response = get_response(request)
        finally:
            judged.reset(by_key)
            entered_organizations.reset(token)
        of_organizations = Policy("organization", settings.BR_RATE_LIMIT_ORG)
        if of_organizations.quota > 0:
            standings += [counter.take(of_organizations, str(one)) for one in entered[:1]]
        for one in entered[:1]:
            tell_of_call(one, getattr(request, "actor", None))
        return _tell(response, standings)

    return handle


def _is_judged(request: HttpRequest) -> bool:
    """People at a browser can always see and change what refuses their programs."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.key_id is None:
        return False
    return not any(re.fullmatch(one, request.path) for one in settings.BR_UNJUDGED)


def _subject(request: HttpRequest) -> tuple[Policy, str]:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return Policy("address", settings.BR_RATE_LIMIT_ADDRESS), client_address(request)
    return Policy("caller", settings.BR_RATE_LIMIT), str(actor.key_id or actor.person_id)


def _tell(response: HttpResponseBase, standings: list[Standing]) -> HttpResponseBase:
    """draft-ietf-httpapi-ratelimit-headers."""
    if standings:
        response["RateLimit-Policy"] = ", ".join(
            f'"{one.policy.name}";q={one.policy.quota};w={WINDOW}' for one in standings
        )
        response["RateLimit"] = ", ".join(
            f'"{one.policy.name}";r={one.remaining};t={one.reset}' for one in standings
        )
    return response
