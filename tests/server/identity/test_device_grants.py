"""Device sign-in as RFC 8628 has it."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import connection

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import Forbidden, TooManyRequests
from factories import make_key, make_person


def rewind(seconds: int) -> None:
    """Let time pass for every waiting terminal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE identity_devicegrant SET polled_at = polled_at - make_interval(secs => %s)",
            [seconds],
        )


@pytest.mark.django_db
def test_yes_lets_the_device_in_once() -> None:
    person = make_person()
    start = identity.start_device_grant(client_name="br on laptop")
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", start.user_code)
    assert identity.poll_device_grant(start.device_code).state == "authorization_pending"
    actor = tenancy.actor_for_person(person)
    typed = start.user_code.lower().replace("-", " ")
    assert identity.find_device_grant(actor, typed).client_name == "br on laptop"
    identity.decide_device_grant(actor, typed, approve=True)
    with pytest.raises(identity.DeviceCodeUnknown):
        identity.decide_device_grant(actor, typed, approve=False)
    rewind(6)
    poll = identity.poll_device_grant(start.device_code)
    assert (poll.state, poll.person_id) == ("approved", person.id)
    assert identity.poll_device_grant(start.device_code).state == "expired_token"


@pytest.mark.django_db
def test_no_turns_it_away() -> None:
    start = identity.start_device_grant(client_name="x")
    actor = tenancy.actor_for_person(make_person())
    identity.decide_device_grant(actor, start.user_code, approve=False)
    assert identity.poll_device_grant(start.device_code).state == "access_denied"


@pytest.mark.django_db
def test_polling_too_fast_gets_slower() -> None:
    start = identity.start_device_grant(client_name="x")
    identity.poll_device_grant(start.device_code)
    poll = identity.poll_device_grant(start.device_code)
    assert (poll.state, poll.interval) == ("slow_down", 10)
    rewind(6)
    assert identity.poll_device_grant(start.device_code).interval == 15
    rewind(16)
    assert identity.poll_device_grant(start.device_code).state == "authorization_pending"


@pytest.mark.django_db
def test_late_and_invented_codes_are_expired() -> None:
    start = identity.start_device_grant(client_name="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_devicegrant SET expires_at = now()")
    actor = tenancy.actor_for_person(make_person())
    with pytest.raises(identity.DeviceCodeUnknown):
        identity.decide_device_grant(actor, start.user_code, approve=True)
    assert identity.poll_device_grant(start.device_code).state == "expired_token"
    assert identity.poll_device_grant("dev_invented").state == "expired_token"


@pytest.mark.django_db
def test_keys_approve_nothing() -> None:
    _, secret = make_key(make_person())
    actor = tenancy.actor_for_key(secret)
    assert actor
    start = identity.start_device_grant(client_name="x")
    with pytest.raises(Forbidden):
        identity.decide_device_grant(actor, start.user_code, approve=True)


@pytest.mark.django_db
def test_guessing_user_codes_is_slowed_down() -> None:
    actor = tenancy.actor_for_person(make_person())
    for _ in range(20):
        with pytest.raises(identity.DeviceCodeUnknown):
            identity.find_device_grant(actor, "BBBB-BBBB")
    with pytest.raises(TooManyRequests):
        identity.find_device_grant(actor, "BBBB-BBBB")


def test_two_polls_at_once_get_one_key(commits: None) -> None:
    start = identity.start_device_grant(client_name="x")
    actor = tenancy.actor_for_person(make_person())
    identity.decide_device_grant(actor, start.user_code, approve=True)
    barrier = threading.Barrier(4)
    states: list[str] = []

    def poll() -> None:
        barrier.wait()
        states.append(identity.poll_device_grant(start.device_code).state)
        connection.close()

    threads = [threading.Thread(target=poll) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.count("approved") == 1
