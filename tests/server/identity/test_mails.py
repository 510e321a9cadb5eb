"""Mails go out by whatever `BR_EMAIL_URL` names, after the commit, and are legible to nobody before."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection, transaction

from buildrunner.server.config.settings import environment as env
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.actions import keep_outbox
from buildrunner.server.domains.identity.actions.keep_outbox import MOST, EmailBackend
from buildrunner.server.domains.identity.models import OutboxMessage
from kits.mails import Mails

LETTER = identity.Letter(
    "Hello <there>", ("One & two.", "Three."), ("Look", "https://plans.example.org/x?a=1&b=2")
)


class Postman(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs to hand one mail over."""

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text)
                self.server.received.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            if word == "RCPT":
                self.server.recipients.append(line)  # type: ignore[attr-defined]
            self.say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def mail_server() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Postman) as server:
        server.received, server.recipients = [], []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_a_mail_goes_through_a_mail_server(
    mail_server: Any, mails: Mails, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = mail_server.server_address[1]
    monkeypatch.setenv("BR_EMAIL_URL", f"smtp://127.0.0.1:{port}?tls=none")
    for name, value in env.mail("BR_EMAIL_URL", "outbox:").items():
        setattr(settings, name, value)
    settings.DEFAULT_FROM_EMAIL = "BuildRunner <plans@example.org>"
    identity.send_letter("ada@example.test", LETTER)
    assert mail_server.received == []
    mails.arrive()
    (received,) = mail_server.received
    assert "ada@example.test" in mail_server.recipients[0]
    assert "From: BuildRunner <plans@example.org>" in received
    assert "Subject: Hello <there>" in received
    assert "https://plans.example.org/x?a=1&b=2" in received
    assert "One &amp; two." in received  # the HTML part escapes


@pytest.mark.django_db
def test_a_mail_goes_with_its_cause_or_not_at_all(mails: Mails) -> None:
    with transaction.atomic():
        identity.send_letter("ada@example.test", LETTER)
        transaction.set_rollback(True)
    assert mails.arrive() == []
    identity.send_letter("ada@example.test", LETTER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM pgqueuer")
        waiting = str([bytes(payload) for (payload,) in cursor.fetchall() if payload])
    assert "ada@" not in waiting
    assert "plans.example.org" not in waiting
    assert [one.to for one in mails.arrive()] == [["ada@example.test"]]
    identity.send_letter("nobody@example.test", LETTER, withheld=True)
    assert mails.to("nobody@example.test") == []


@pytest.mark.django_db
def test_the_outbox_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = EmailBackend()
    for number in range(MOST + 3):
        message = EmailMessage(f"Number {number}", "text", to=["a@example.test"])
        backend.send_messages([message])
    kept = set(OutboxMessage.objects.values_list("subject", flat=True))
    assert len(kept) == MOST
    assert "Number 2" not in kept
    assert f"Number {MOST + 2}" in kept
    monkeypatch.setattr(keep_outbox, "KEPT", timedelta(0))
    assert identity.purge_expired()["outbox"] == MOST


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "smtp://br%40x:s%2Fcret@mail.example.org",
            ("mail.example.org", 587, "br@x", "s/cret", True, False),
        ),
        ("smtp://mail.example.org?tls=direct", ("mail.example.org", 465, "", "", False, True)),
        ("smtp://localhost:25?tls=none", ("localhost", 25, "", "", False, False)),
    ],
)
def test_an_address_of_a_mail_server(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[Any, ...]
) -> None:
    monkeypatch.setenv("BR_EMAIL_URL", url)
    found = env.mail("BR_EMAIL_URL", "outbox:")
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    assert tuple(found[f"EMAIL_{name}"] for name in names) == expected


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://x", "smtp://", "smtp://x?tls=maybe", "smtp://x:port"]
)
def test_a_wrong_one_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("BR_EMAIL_URL", url)
    with pytest.raises(env.EnvironmentProblem, match="BR_EMAIL_URL"):
        env.mail("BR_EMAIL_URL", "outbox:")
