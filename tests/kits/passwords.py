"""Passwords for tests that sign in hundreds of times."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class LightArgon2(Argon2PasswordHasher):
    """The same algorithm at a fraction of its price."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1
