"""Guessing is slow, wherever it happens: counts lie in the database, which all processes share."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.models import CacheEntry
from buildrunner.server.platform.db.roles import Databases
from factories import make_person
from kits.mails import PASSWORD


def attempt(email: str, password: str = "wrong", address: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=address).post("/sign-in", {"login": email, "password": password})


@pytest.mark.django_db
@pytest.mark.parametrize("exists", [True, False])
def test_guessing_slows_down_alike_for_known_and_unknown(exists: bool) -> None:
    email = f"{uuid4().hex}@example.test"
    if exists:
        make_person(email=email, password=PASSWORD)
    assert [attempt(email).status_code for _ in range(5)] == [422] * 5
    refused = attempt(email, PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert f"Try again in {refused['Retry-After']} seconds" in refused.content.decode()
    # Somebody else's guessing does not lock the person out at home.
    home = attempt(email, PASSWORD, address="192.0.2.2")
    assert (home.status_code == 303) == exists


@pytest.mark.django_db
def test_the_policy_says_how_many_and_a_new_window_forgives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def policy(person_id: Any) -> identity.SignInPolicy:
        asked.append(person_id)
        return identity.SignInPolicy(attempts=2)

    monkeypatch.setattr(identity.sign_in_policy, "_answer", policy)
    person = make_person(password=PASSWORD)
    for _ in range(3):
        assert attempt(person.email).status_code == 422
        assert attempt(person.email, PASSWORD).status_code == 303  # forgives what was before
    assert person.id in asked
    assert [attempt(person.email).status_code for _ in range(3)] == [422, 422, 429]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_throttle SET window_ends_at = now()")
    assert attempt(person.email, PASSWORD).status_code == 303


@pytest.mark.django_db
def test_many_machines_guess_at_one_account_no_faster() -> None:
    person = make_person(password=PASSWORD)
    with connection.cursor() as cursor:  # ten machines have used up theirs
        for number in range(10):
            for _ in range(5):
                attempt(person.email, address=f"198.51.100.{number}")
                cursor.execute("DELETE FROM identity_cacheentry")
    assert attempt(person.email, PASSWORD, address="203.0.113.1").status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sign-in/forgotten", {"email": "a@example.test"}),
        ("/sign-up", {"name": "A", "email": "a@example.test", "password1": "x"}),
    ],
)
def test_forms_without_passwords_are_limited_too(path: str, form: dict[str, str]) -> None:
    answers = [Client().post(path, form) for _ in range(22)]
    assert answers[0].status_code in (303, 422)
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]
    assert "Too many attempts" in answers[-1].content.decode()


def test_parallel_guesses_are_all_counted(commits: None) -> None:
    person = make_person(password=PASSWORD)
    start = threading.Barrier(8)
    statuses: list[int] = []

    def guess() -> None:
        try:
            connection.ensure_connection()
            start.wait()
            statuses.append(attempt(person.email, address="192.0.2.77").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [422] * 5 + [429] * 3


def test_another_process_counts_on(commits: None, databases: Databases) -> None:
    person = make_person(password=PASSWORD)
    for _ in range(3):
        assert attempt(person.email, address="192.0.2.88").status_code == 422
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "for _ in range(3):\n"
        "    form = {'login': %r, 'password': 'wrong'}\n"
        "    print(Client(REMOTE_ADDR='192.0.2.88').post('/sign-in', form).status_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script % person.email],
        env={**os.environ, **databases.environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["422", "422", "429"]


@pytest.mark.django_db
def test_the_shared_cache_keeps_until_its_time() -> None:
    key = uuid4().hex
    assert cache.get(key, "none") == "none"
    assert cache.add(key, [1.5, "x"], 60)
    assert not cache.add(key, "other", 60)
    assert cache.get(key) == [1.5, "x"]
    cache.set(key, {"a": None}, 60)
    assert cache.get(key) == {"a": None}
    cache.set(key, None, None)
    assert cache.get(key, "default") is None
    assert cache.touch(key, 60)
    assert cache.delete(key)
    assert not cache.delete(key)
    assert not cache.touch(key, 60)
    cache.set(key, 1, -1)
    assert cache.get(key) is None
    assert cache.add(key, 2, 60)  # in place of one that has ended
    cache.set(key, 3, -1)
    assert identity.purge_expired()["cached"] >= 1
    assert not CacheEntry.objects.filter(key__contains=key).exists()
