"""One attempt to send one message, in the way of its service."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from prometheus_client import Counter, Histogram

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.rules import message, retries
from buildrunner.server.domains.notifications.rules.letters import Mail
from buildrunner.server.platform.http.outbound import OutboundRefused

ATTEMPTS = Counter(
    "buildrunner_webhook_attempts",
    "Requests to webhooks, by outcome: delivered, answered (not well), silent, refused (by us).",
    ["outcome"],
)
LATENCY = Histogram(
    "buildrunner_webhook_seconds",
    "How long a request to a webhook took.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0),
)
SENT = Counter(
    "buildrunner_notifications_sent",
    "Attempts to mail or to post in a chat, by service and outcome: delivered, failed.",
    ["service", "outcome"],
)
WEBHOOK, EMAIL = "webhook", "email"
_PERMANENT: Final = range(500, 600)  # what SMTP calls a permanent failure


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt to be made. `keys` are the secrets that sign, of a chat its address."""

    delivery_id: UUID
    number: int
    service: str
    url: str
    event_id: str
    body: str
    person_id: UUID | None = None
    keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; without `trouble` it went well, `final` is not tried again."""

    claimed: Claimed
    status: int | None = None
    latency_ms: int = 0
    trouble: str = ""
    answer: str = ""
    wish: timedelta | None = None
    refused: bool = False
    final: bool = False

    def count(self) -> None:
        """For the metrics."""
        if self.claimed.service != WEBHOOK:
            SENT.labels(self.claimed.service, "failed" if self.trouble else "delivered").inc()
            return
        if not self.trouble:
            kind = "delivered"
        elif self.refused:
            kind = "refused"
        else:
            kind = "silent" if self.status is None else "answered"
        ATTEMPTS.labels(kind).inc()
        LATENCY.observe(self.latency_ms / 1000)


def post(client: httpx.Client, one: Claimed) -> Outcome:
    """To a webhook or a chat, by the guarded client."""
    if not one.keys:
        return Outcome(one, trouble="The secret cannot be opened; set it anew.")
    now = timezone.now()
    url, headers = one.url, {"Content-Type": "application/json"}
    if one.service == WEBHOOK:
        headers = message.headers(one.event_id, one.body, one.keys, now)
    else:
        # The same however often it is sent: a receiver of one's own can drop what it knows.
        url, headers["Idempotency-Key"] = one.keys[0], str(one.delivery_id)
    outcome = _stopwatch(one)
    try:
        with client.stream("POST", url, content=one.body.encode(), headers=headers) as response:
            answer = message.kept(_beginning(response))
            status = response.status_code
            wish = retries.wish_of(response.headers.get("Retry-After"), now)
    except OutboundRefused as refusal:
        return outcome(str(refusal), refused=True)
    except httpx.TimeoutException:
        return outcome(f"No answer within {retries.TIMEOUT:.0f} seconds.")
    except (httpx.TransportError, httpx.InvalidURL) as problem:
        return outcome(_words(problem))
    if 200 <= status < 300:
        return outcome(status=status, answer=answer)
    trouble = f"It answered {status}."
    if 300 <= status < 400:
        trouble = f"It answered {status}; redirects are not followed."
    return outcome(trouble, status=status, answer=answer, wish=wish)


def mail(one: Claimed) -> Outcome:
    """By the backend that `BR_EMAIL_URL` names, to the address that the person has now."""
    person = identity.get_person(one.person_id) if one.person_id else None
    if person is None:
        return Outcome(one, trouble="The account is closed.", final=True)
    letter = Mail.unpacked(one.body)
    host = urlsplit(settings.BR_PUBLIC_URL).hostname or "localhost"
    sent = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[person.email],
        headers=letter.headers(f"<{one.delivery_id}@{host}>"),
    )
    sent.attach_alternative(letter.html, "text/html")
    outcome = _stopwatch(one)
    try:
        sent.send()
    except SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()), (0, b""))
        return outcome(f"The mail server answered {code}: {_told(words)}", final=code in _PERMANENT)
    except SMTPResponseException as answer:
        said = _told(answer.smtp_error)
        return outcome(f"The mail server answered {answer.smtp_code}: {said}")
    except (SMTPException, OSError) as problem:
        return outcome(f"The mail server cannot be reached: {problem}"[:300])
    return outcome()


def _stopwatch(one: Claimed) -> Callable[..., Outcome]:
    start = time.monotonic()

    def outcome(trouble: str = "", **more: Any) -> Outcome:
        spent = round((time.monotonic() - start) * 1000)
        return Outcome(one, latency_ms=spent, trouble=trouble, **more)

    return outcome


def _beginning(response: httpx.Response) -> bytes:
    """What is kept of the body; the rest is not read. A body that breaks off is kept so far."""
    taken = b""
    try:
        for part in response.iter_raw():
            taken += part
            if len(taken) >= message.KEPT:
                break
    except httpx.TransportError:
        if not response.is_success:
            return taken
        raise
    return taken


def _words(problem: Exception) -> str:
    if isinstance(problem, httpx.ConnectError):
        return f"No connection: {problem}"[:300]
    return f"The connection broke: {problem or type(problem).__name__}"[:300]


def _told(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.replace("\x00", "").split())[:200]
