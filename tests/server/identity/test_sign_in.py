"""Passwords, one-time links and sessions."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.crypto.tokens import token_hash
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from factories import make_person

PASSWORD = "correct horse battery staple"


@pytest.mark.django_db
def test_addresses_are_unique_whatever_their_case() -> None:
    person = make_person(email="Grace@Example.Test")
    assert person.email == "grace@example.test"
    assert identity.find_person(" GRACE@example.test ") == person
    with pytest.raises(Conflict, match="already has an account"):
        make_person(email="grace@EXAMPLE.test")
    with pytest.raises(Invalid):
        make_person(email="nobody")


def test_the_database_itself_refuses_another_case(web_sql: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        web_sql.execute(
            "INSERT INTO identity_person (id, created_at, password, email, name, is_active, is_staff)"
            " VALUES (gen_random_uuid(), now(), '', 'A@b.test', '', true, false)"
        )


@pytest.mark.django_db
def test_a_link_works_once_and_not_late() -> None:
    person = make_person()
    token = identity.issue_sign_in_link(person, actor=SYSTEM)
    assert identity.redeem_sign_in_link(token) == person
    late = identity.issue_sign_in_link(person, actor=SYSTEM, ttl=timedelta(seconds=-1))
    for dead in (token, late, "in_never", ""):
        with pytest.raises(identity.LinkExpired):
            identity.redeem_sign_in_link(dead)


@pytest.mark.django_db
def test_nobody_issues_links_for_others() -> None:
    one, two = make_person(), make_person()
    with pytest.raises(Forbidden):
        identity.issue_sign_in_link(one, actor=tenancy.actor_for_person(two))
    assert identity.issue_sign_in_link(one, actor=tenancy.actor_for_person(one))


def test_who_waits_for_a_link_in_use_does_not_get_in(
    commits: None, owner_sql: psycopg.Connection
) -> None:
    """The second use begins while the first is not committed yet."""
    token = identity.issue_sign_in_link(make_person(), actor=SYSTEM)
    outcome: list[str] = []

    def use() -> None:
        try:
            identity.redeem_sign_in_link(token)
            outcome.append("in")
        except identity.LinkExpired:
            outcome.append("refused")
        finally:
            connection.close()

    second = threading.Thread(target=use)
    with psycopg.connect(owner_sql.info.dsn, password=owner_sql.info.password) as first:
        first.execute(
            "UPDATE identity_signinlink SET used_at = now() WHERE token_hash = %s",
            [token_hash(token)],
        )
        second.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        while not (owner_sql.execute(waiting).fetchone() or (0,))[0]:
            assert second.is_alive()
        first.commit()
    second.join()
    assert outcome == ["refused"]


def test_of_many_that_use_a_link_at_once_one_gets_in(commits: None) -> None:
    token = identity.issue_sign_in_link(make_person(), actor=SYSTEM)
    start = threading.Barrier(8)
    results: list[bool] = []

    def use() -> None:
        try:
            connection.ensure_connection()
            start.wait()
            identity.redeem_sign_in_link(token)
            results.append(True)
        except identity.LinkExpired:
            results.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def test_only_hashes_are_stored(commits: None, owner_sql: psycopg.Connection) -> None:
    token = identity.issue_sign_in_link(make_person(), actor=SYSTEM)
    store = identity.SessionStore()
    store["x"] = 1
    store.save()
    assert store.session_key
    assert identity.SessionStore(store.session_key)["x"] == 1
    for table in ("identity_signinlink", "identity_browsersession"):
        rows = repr(owner_sql.execute(f"SELECT * FROM {table}").fetchall())
        assert token not in rows
        assert store.session_key not in rows


@pytest.mark.django_db
def test_a_revoked_session_is_gone_and_does_not_come_back() -> None:
    person = make_person()
    stores = [identity.SessionStore() for _ in range(3)]
    for store in stores:
        store["_auth_user_id"] = str(person.id)
        store["user_agent"] = "Firefox"
        store.save()
    listed = identity.sessions_of(person.id)
    assert [view.user_agent for view in listed] == ["Firefox"] * 3
    actor = tenancy.actor_for_person(person)
    identity.revoke_session(actor, digest=identity.session_digest(str(stores[0].session_key)))
    assert identity.SessionStore(stores[0].session_key).load() == {}
    keep = identity.session_digest(str(stores[1].session_key))
    assert identity.revoke_all_sessions(person.id, keep=keep) == 1
    assert [view.digest for view in identity.sessions_of(person.id)] == [keep]


@pytest.mark.django_db
def test_purge_takes_only_the_expired() -> None:
    person = make_person()
    identity.issue_sign_in_link(person, actor=SYSTEM, ttl=timedelta(days=-2))
    good = identity.issue_sign_in_link(person, actor=SYSTEM)
    assert identity.purge_expired()["sign_in_links"] == 1
    assert identity.redeem_sign_in_link(good) == person
