"""`Idempotency-Key`: a request that is sent again is answered again, not carried out again.

The answer is kept in the transaction of the action, and the key is held by an advisory lock of
that transaction. So there is no moment in which the action is in the database and its answer is
not, and a process that dies leaves neither behind.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.core.exceptions import RequestDataTooBig
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.errors import Conflict, DomainError, Invalid
from buildrunner.server.platform.http import problems
from buildrunner.server.platform.http.conditions import isolate

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# A larger answer is not kept: a second request is told that the first was carried out.
LARGEST = 1024 * 1024
# Nothing was decided by these, nor by what says `Retry-After`: the same key may try again.
UNDECIDED = frozenset({401, 403})
_HEADERS = (
    "Content-Type",
    "Location",
    "Link",
    "ETag",
    "Content-Disposition",
    "Cache-Control",
    "Deprecation",
    "Sunset",
)
_PURPOSE = "http.answer"
# A structured string (RFC 9651) or bare.
_KEY = re.compile(r'"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')

Handler = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("buildrunner.http")


class MalformedKey(DomainError):
    """The `Idempotency-Key` is empty, longer than 255 characters or not printable ASCII."""

    status = 400
    code = "idempotency_key_malformed"
    title = "The Idempotency-Key cannot be read"


class InFlight(Conflict):
    """The first request with this `Idempotency-Key` still runs; ask again in a moment."""

    code = "idempotency_in_flight"
    title = "The first request with this key still runs"


class KeyReused(Invalid):
    """This `Idempotency-Key` was used for another request; a new request takes a new key."""

    code = "idempotency_key_reused"
    title = "This idempotency key belongs to another request"


class AnswerNotKept(Conflict):
    """The request was carried out, once; its answer was too large to be kept. Read the resource."""

    code = "idempotency_answer_not_kept"
    title = "Carried out, but the answer was not kept"


class Slot(NamedTuple):
    """Where an answer is kept, and which request it belongs to."""

    id: bytes
    fingerprint: bytes


def replays(get_response: Handler) -> Handler:
    """Middleware, inside the one that finds the actor. Nobody's requests have no keys: what they
    are answered could not be told apart from another nobody's."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE:
            return get_response(request)
        given = request.headers.get(HEADER)
        actor: Actor | None = getattr(request, "actor", None)
        if given is None or actor is None or not problems.is_api(request):
            return get_response(request)
        try:
            slot = _slot(request, actor, given)
        except DomainError as refusal:
            return problems.problem(request, refusal)
        except (RequestDataTooBig, UnreadablePostError):
            return get_response(request)  # which refuses the body in its own words
        return _run_once(request, slot, get_response)

    return handle


def _run_once(request: HttpRequest, slot: Slot, get_response: Handler) -> HttpResponseBase:
    with _whole_request(request):
        try:
            told = _claim(slot)
        except DomainError as refusal:
            return problems.problem(request, refusal)
        if told is not None:
            return told
        response = get_response(request)
        broken = connection.needs_rollback
        if response.status_code >= 500 or broken:
            transaction.set_rollback(True)
            if response.status_code < 400:
                logger.error("%s %s left a broken transaction", request.method, request.path)
                return problems.edge_response(request, 500)
        elif response.status_code not in UNDECIDED and "Retry-After" not in response:
            _keep(slot, response)
    return response


@contextmanager
def _whole_request(request: HttpRequest) -> Iterator[None]:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            isolate(request)
        yield


def _slot(request: HttpRequest, actor: Actor, given: str) -> Slot:
    match = _KEY.fullmatch(given.strip())
    if match is None:
        raise MalformedKey(f"{HEADER} takes 1 to 255 printable ASCII characters, best a UUID.")
    caller = f"key {actor.key_id}" if actor.key_id else f"person {actor.person_id}"
    key = match[1] or match[2]
    print_ = hashlib.sha256(f"{request.method}\n{request.get_full_path()}\n".encode())
    print_.update(request.body)
    return Slot(
        salted_hmac("idempotency", f"{caller}\n{key}", algorithm="sha256").digest(),
        print_.digest(),
    )


def _claim(slot: Slot) -> HttpResponse | None:
    """The kept answer; `None` when the action is to run now. Holds the key until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM http_claim_answer(%s, %s)", [slot.id, slot.fingerprint])
        outcome, status, headers, body = cursor.fetchone()
    if outcome == "busy":
        raise InFlight("A request with this key still runs. Ask again in a second.", retry_after=1)
    if outcome == "other":
        raise KeyReused("This key was sent with another request before. Send a new key.")
    if outcome == "free":
        return None
    content = _open(body)
    if content is None:
        raise AnswerNotKept(
            f"The first request with this key was carried out and answered {status}. Its answer "
            "was too large to keep, or the key it was sealed with is gone: read the resource.",
            answered=status,
        )
    answer = HttpResponse(content, status=status)
    del answer["Content-Type"]
    for name, value in (json.loads(headers) if isinstance(headers, str) else headers).items():
        answer[name] = value
    answer[REPLAYED] = "true"
    return answer


def _keep(slot: Slot, response: HttpResponseBase) -> None:
    kept = {
        name: value
        for name, value in response.items()
        if name in _HEADERS or name.upper().startswith("BR-")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT http_keep_answer(%s, %s, %s, %s::jsonb, %s)",
            [slot.id, slot.fingerprint, response.status_code, json.dumps(kept), _close(response)],
        )


def _close(response: HttpResponseBase) -> str | None:
    """The body, deflated and sealed; `None` when it is too large."""
    if not isinstance(response, HttpResponse) or len(response.content) > 16 * LARGEST:
        return None
    packed = zlib.compress(response.content, 1)
    if len(packed) > LARGEST:
        return None
    return seal(base64.b64encode(packed).decode(), _PURPOSE)


def _open(body: str | None) -> bytes | None:
    if body is None:
        return None
    try:
        return zlib.decompress(base64.b64decode(unseal(body, _PURPOSE)))
    except SealBroken:
        return None


def purge_answers() -> None:
    """Every hour: forget the answers of a day ago."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT http_purge_answers()")
