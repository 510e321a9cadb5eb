"""From a request to an `Actor`: an API key first, then the browser's session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, NotSignedIn
from buildrunner.server.platform.http.acting import HOW, actor_of
from buildrunner.server.platform.http.problems import is_api


@dataclass(frozen=True, slots=True)
class Credential:
    """Who a request comes from, and by which session (its digest), if by one."""

    actor: Actor
    session: str | None = None


def bearer_actor(header: str, *, secure: bool, run: str | None = None) -> Actor:
    """The actor of an `Authorization` header that came in a `secure` way or not, in the `run` that
    `BR-Run` names; raises `NotSignedIn` when it does not hold."""
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn(f"Authorization must be Bearer. {HOW}", code="key_invalid")
    actor = tenancy.actor_for_key(secret.strip(), secure=secure)
    if actor is None:
        raise NotSignedIn(
            f"This API key is unknown, was revoked or has expired. {HOW}", code="key_invalid"
        )
    return replace(actor, run=known) if (known := _run(run)) else actor


def _run(text: str | None) -> str:
    """The id of a run; what is none belongs to somebody else's meaning of the header."""
    if not text:
        return ""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return ""


def credential_from_headers(headers: Mapping[str, str]) -> Credential | None:
    """The credential in plain headers (names in any case), for routes outside Django.

    `:scheme` and `:peer` say how and from where they came (names that no client can send); without
    them the request does not count as secure. `None` when there is no credential or it does not
    hold. Blocks on the database: call it in a thread. Does not keep a session alive: what a browser
    asks for by itself is no sign of its person.
    """
    given = {name.lower(): value for name, value in headers.items()}
    secure = given.get(":scheme") == "https" or identity.is_this_machine(
        given.get("host", ""), given.get(":peer", "")
    )
    if "authorization" in given:
        try:
            return Credential(
                bearer_actor(given["authorization"], secure=secure, run=given.get("br-run"))
            )
        except NotSignedIn:
            return None
    try:
        cookies = SimpleCookie(given.get("cookie", ""))
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    if morsel is None or not morsel.value:
        return None
    session = identity.SessionStore(morsel.value)
    person = auth.get_user(cast(HttpRequest, SimpleNamespace(session=session)))
    if not isinstance(person, identity.Person):
        return None
    actor = replace(
        tenancy.actor_for_person(person), second_factor=session.second_factor(), secure=secure
    )
    return Credential(actor, session=identity.session_digest(morsel.value))


def key_from_headers(headers: Mapping[str, str]) -> Actor:
    """The actor of an API key, for routes outside Django that programs use; raises `NotSignedIn`.

    Headers as in `credential_from_headers`. Blocks on the database: call it in a thread.
    """
    given = {name.lower(): value for name, value in headers.items()}
    if "authorization" not in given:
        raise NotSignedIn(f"Nobody is signed in. {HOW}")
    secure = given.get(":scheme") == "https" or identity.is_this_machine(
        given.get("host", ""), given.get(":peer", "")
    )
    return bearer_actor(given["authorization"], secure=secure, run=given.get("br-run"))


def actor_from_headers(headers: Mapping[str, str]) -> Actor | None:
    """The actor in plain headers; see `credential_from_headers`."""
    credential = credential_from_headers(headers)
    return credential.actor if credential else None


def actor(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: sets `request.actor`, `None` for nobody.

    Keys open the API, where a wrong one is nobody rather than the session beside it. Pages are for
    people: they know sessions only, and each request keeps one alive, but for those that a page
    makes by itself (`BR-Live`).
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        request.actor = None  # type: ignore[attr-defined]
        secure = request.is_secure() or identity.is_this_machine(
            request.META.get("HTTP_HOST", ""), request.META.get("REMOTE_ADDR", "")
        )
        header = request.META.get("HTTP_AUTHORIZATION") if is_api(request) else None
        if header is not None:
            try:
                request.actor = bearer_actor(  # type: ignore[attr-defined]
                    header, secure=secure, run=request.headers.get("BR-Run")
                )
            except NotSignedIn as refusal:
                request.bad_key = refusal  # type: ignore[attr-defined]
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            session = cast(identity.SessionStore, request.session)
            if "BR-Live" not in request.headers:
                session.seen()
            person = request.user
            if isinstance(person, identity.Person):
                request.actor = replace(  # type: ignore[attr-defined]
                    tenancy.actor_for_person(person),
                    second_factor=session.second_factor(),
                    secure=secure,
                )
        return get_response(request)

    return handle


class ApiKey(HttpBearer):
    """An API key (`br_…`) as bearer token."""

    openapi_description = "An API key, made under Settings → API keys, by `br login` or the API."

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The key's actor; a header that does not hold is refused, not passed over."""
        return actor_of(request) if "HTTP_AUTHORIZATION" in request.META else None

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not reached: the middleware has looked the key up already."""
        raise NotImplementedError


class BrowserSession(APIKeyCookie):
    """The session of a signed-in browser; unsafe methods need Django's CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = (
        "The session of a signed-in browser. Unsafe methods need the header `X-CSRFToken`."
    )

    def __call__(self, request: HttpRequest) -> Actor:
        """The person's actor; raises `NotSignedIn` for nobody."""
        found = actor_of(request)
        if check_csrf(request) is not None:
            raise Forbidden(
                "This request from a browser session lacks a valid CSRF token.", code="csrf_failed"
            )
        return found

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Not reached: see `__call__`."""
        raise NotImplementedError
