"""Which API this is, and who is too old for it.

Within one API version members are only added, so that older clients go on. A client of ours that
could not understand the answers is told to upgrade before it misreads one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http import problems

Handler = Callable[[HttpRequest], HttpResponseBase]

API_VERSION = "1"
# The first `br` that understands this API.
OLDEST_CLIENT = (0, 1)
_OURS = re.compile(r"buildrunner/(\d{1,6})\.(\d{1,6})")


class ClientTooOld(DomainError):
    """`br`, or the Python client, of a version that does not understand this server."""

    status = 426
    code = "client_too_old"
    title = "Upgrade this client"


def versions(get_response: Handler) -> Handler:
    """Middleware: names the API's version in every answer of it."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if not problems.is_api(request):
            return get_response(request)
        refusal = judge(request.META.get("HTTP_USER_AGENT", ""))
        response = problems.problem(request, refusal) if refusal else get_response(request)
        response["BR-API-Version"] = API_VERSION
        return response

    return handle


def judge(agent: str) -> ClientTooOld | None:
    """The refusal to a client by its `User-Agent`; other people's programs are left alone."""
    match = _OURS.match(agent)
    if match is None or (int(match[1]), int(match[2])) >= OLDEST_CLIENT:
        return None
    oldest = ".".join(map(str, OLDEST_CLIENT))
    return ClientTooOld(
        f"{match[0]} is too old for this server, which needs {oldest} or newer. "
        "Upgrade: pip install -U buildrunner",
        oldest_client=oldest,
    )
