"""Every resource of the API has an entity tag, and `If-Match` holds for every change of one.

Answers to GET that carry no tag of their own get one of their bytes. A change that says `If-Match`
is compared with what GET of the same address answers, in one REPEATABLE READ transaction with the
change itself: whoever changed the same row in between makes it fail, as it should.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from buildrunner.server.platform.errors import DomainError, PreconditionFailed
from buildrunner.server.platform.http import problems
from buildrunner.server.platform.http.etags import require_match, unchanged

Handler = Callable[[HttpRequest], HttpResponseBase]
_CHANGES = frozenset({"PUT", "PATCH", "DELETE", "POST"})
# What a 304 says beside its tag (RFC 9110, 15.4.5).
_ALSO_304 = ("Cache-Control", "Content-Location", "Expires", "Link", "Vary")


def conditions(get_response: Handler) -> Handler:
    """Middleware; innermost but for what belongs to pages."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if not problems.is_api(request):
            return get_response(request)
        if request.method == "GET":
            return _read(request, get_response(request))
        if asks(request):
            return _change(request, get_response)
        return get_response(request)

    return handle


def asks(request: HttpRequest) -> bool:
    """Whether a change names a condition that is checked here and not by its own action."""
    return (
        request.method in _CHANGES
        and "If-Match" in request.headers
        and not any(re.fullmatch(one, request.path) for one in settings.BR_OWN_CONDITIONS)
    )


def isolate(request: HttpRequest) -> None:
    """Call it first in the outermost transaction of a request: one picture of the database for
    the comparison and the change."""
    if asks(request):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _read(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    if "ETag" in response:  # a view that has a tag has compared it
        return response
    tag = _tag(response)
    response["ETag"] = f'"{tag}"'
    response.setdefault("Cache-Control", "private, no-cache")
    try:
        same = unchanged(request, tag)
    except DomainError as refusal:
        return problems.problem(request, refusal)
    if not same:
        return response
    short = HttpResponse(status=304)
    del short["Content-Type"]
    for name in ("ETag", *_ALSO_304):
        if name in response:
            short[name] = response[name]
    return short


def _change(request: HttpRequest, get_response: Handler) -> HttpResponseBase:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            isolate(request)
        probe = _probe(request)
        seen = get_response(probe)
        if seen.status_code not in {401, 403, 404}:  # these the change says in its own words
            try:
                require_match(request, _tag_of(seen))
            except DomainError as refusal:
                return problems.problem(request, refusal)
        response = get_response(request)
        if response.status_code >= 500:
            transaction.set_rollback(True)
    return response


def _probe(request: HttpRequest) -> HttpRequest:
    probe = copy.copy(request)
    probe.method = "GET"
    probe.META = {**request.META, "REQUEST_METHOD": "GET"}
    return probe


def _tag_of(response: HttpResponseBase) -> str:
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        raise PreconditionFailed(
            "This address has no ETag, so no If-Match can hold for it. Leave the header out.",
            etag=None,
        )
    return _tag(response)


def _tag(response: HttpResponse) -> str:
    return hashlib.sha256(response.content).hexdigest()[:24]
