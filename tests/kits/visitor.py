"""A signed-in browser without scripts."""

from typing import Any

from django.test import Client


def sign_in(person: Any, **options: Any) -> Client:
    """A Django client in which a person has signed in."""
    client = Client(raise_request_exception=False, **options)
    client.force_login(person)
    return client
