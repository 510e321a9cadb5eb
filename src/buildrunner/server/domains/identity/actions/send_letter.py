"""Mails: queued with their cause, sent by the worker after it has committed."""

from __future__ import annotations

import json

from django.core.mail import EmailMultiAlternatives

from buildrunner.server.domains.identity.rules import letter_html, letter_text
from buildrunner.server.domains.identity.types import Letter
from buildrunner.server.platform.crypto.sealing import seal, unseal
from buildrunner.server.platform.jobs.defer import defer

JOB = "identity.deliver_letter"
PURPOSE = "identity.letter"


def send_letter(to: str, letter: Letter, *, withheld: bool = False) -> None:
    """Queue a mail to one address; it goes out when the transaction commits, never before.

    What waits in the queue is sealed: links in it may open an account. `withheld` costs the same
    work and sends nothing, so that nobody learns from the time an answer takes whether an address
    is known.
    """
    mail = {
        "to": "" if withheld else to,
        "subject": letter.subject,
        "text": letter_text(letter),
        "html": letter_html(letter),
    }
    defer(JOB, {"sealed": seal(json.dumps(mail), PURPOSE)})


def deliver_letter(sealed: str) -> None:
    """The job: hand one mail to the backend that `BR_EMAIL_URL` names."""
    mail = json.loads(unseal(sealed, PURPOSE))
    if not mail["to"]:
        return
    message = EmailMultiAlternatives(mail["subject"], mail["text"], to=[mail["to"]])
    message.attach_alternative(mail["html"], "text/html")
    message.send()
