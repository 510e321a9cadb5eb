"""Log lines: their members, both forms, and the secrets that are not in them."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.observe import logs, visits
from buildrunner.server.platform.observe.masking import mask, masked


def line(
    message: str, *arguments: Any, form: str = "json", error: Exception | None = None, **extra: Any
) -> str:
    record = logging.getLogger("buildrunner.test").makeRecord(
        "buildrunner.test",
        logging.ERROR,
        __file__,
        1,
        message,
        arguments,
        (type(error), error, error.__traceback__) if error else None,
        extra=extra,
    )
    assert logs.Outages().filter(record)
    return logs.Lines(form).format(record)


def test_a_line_of_a_request_says_whose_it_is() -> None:
    visit = visits.Visit(request_id="req-12345", method="GET", path="/x")
    person, org_id = uuid4(), uuid4()
    visit.request = type("Request", (), {"actor": Actor(kind="person", name="A", person_id=person)})
    token = visits.enter(visit)
    try:
        visits.entered_scope(org_id)
        told = json.loads(line("saved %s", "it", route="/api/x", status=201, duration=0.01))
    finally:
        visits.leave(token)
    assert list(told)[:4] == ["time", "level", "logger", "event"]
    assert told["time"].endswith("Z")
    assert told["level"] == "error"
    assert told["logger"] == "buildrunner.test"
    assert told["event"] == "saved it"
    assert told["request_id"] == "req-12345"
    assert (told["actor"], told["org_id"]) == (str(person), str(org_id))
    assert (told["route"], told["status"], told["duration"]) == ("/api/x", 201, 0.01)
    assert "request_id" not in json.loads(line("outside"))


SECRET = "hunter2hunter2"
# Of the shape that tokens have; fixed, since parameters name the tests.
TOKEN = "M9I_y0VaRnB4lM631z9KYRc6XHWgcXHEm7jEYVdi-dY"
KEY = f"br_{TOKEN}"


@pytest.mark.parametrize(
    "text",
    [
        f"key {KEY} is wrong",
        f"Authorization: Bearer {KEY}",
        f"headers {{'Authorization': 'Basic {SECRET}', 'Accept': '*/*'}}",
        f"Cookie: buildrunner_session={SECRET}; buildrunner_csrf={SECRET}",
        f"{{'cookie': 'a={SECRET}; b={SECRET}'}}",
        f'{{"password": "{SECRET}", "email": "a@b.c"}}',
        f"password={SECRET}&email=a",
        f"GET /x?token={SECRET}&page=2",
        f"GET /x?access_token={SECRET}",
        f"/sign-in/link/in_{TOKEN}",
        f"/invitations/inv_{TOKEN}/accept",
        f"postgresql://buildrunner_web:{SECRET}@db.example.org/br",
        f"client_secret: {SECRET}",
        f"BR_MASTER_KEY={SECRET}",
        f"device_code=dev_{TOKEN}",
        f"whsec_{SECRET}",
    ],
)
def test_no_secret_is_written_down(text: str) -> None:
    for form in ("json", "text"):
        told = line("%s", text, form=form)
        assert SECRET not in told
        assert KEY not in told
        assert "***" in told
        for prefix in ("in_", "inv_", "dev_"):
            assert prefix not in told or f"{prefix}***" in told
        assert SECRET not in line("met an error", form=form, error=ValueError(text))


def test_members_that_are_secret_by_name_are_masked_whole() -> None:
    told = json.loads(
        line("x", api_key="abc", password="abc", data={"token": "abc", "n": [1, "ok"]})
    )
    assert told["api_key"] == told["password"] == told["data"]["token"] == "***"
    assert told["data"]["n"] == [1, "ok"]
    assert masked("count", 3) == 3


@pytest.mark.parametrize(
    "text",
    [
        "/projects/01a204dc-3402-750c-a12e-4c0f22f31726/plan",
        "request 01a204e69ae9755ca49bcc6cc0144f93: GET /api/projects failed",
        "subscriber webhooks failed at event MS4yLjM (plan.revised) and will try again",
        "the key of the map is 7; 3 tokens used",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error as it is when somebody has raised it."""
    try:
        raise error from cause
    except Exception as caught:
        return caught


def test_an_error_has_its_traceback_and_an_outage_has_none() -> None:
    mistake = raised(ZeroDivisionError("a mistake"))
    assert "Traceback" in json.loads(line("failed", error=mistake))["exception"]
    assert "a mistake" in line("failed", form="text", error=mistake)
    away = raised(OperationalError("gone"), psycopg.errors.AdminShutdown("shut down\nby somebody"))
    told = json.loads(line("Service Unavailable: %s", "/api/me", error=away))
    assert told["level"] == "warning"
    assert told["event"] == (
        "Service Unavailable: /api/me (the database is away: AdminShutdown: shut down)"
    )
    assert "exception" not in told


def test_a_client_cannot_write_lines_of_its_own() -> None:
    told = line("GET %s", "/x\n2026 ERROR buildrunner forged\x1b[2J", form="text")
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told


def test_the_access_log_is_off_unless_asked_for() -> None:
    for access, level in ((False, "CRITICAL"), (True, "INFO")):
        known = logs.configuration(level="ERROR", form="json", access=access)
        assert known["loggers"][logs.ACCESS]["level"] == level
