"""Django's cache in PostgreSQL: what one process counts, all of them count. JSON, never pickles."""

from __future__ import annotations

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

_LIVE = "(expires_at IS NULL OR expires_at > clock_timestamp())"
_UNTIL = "clock_timestamp() + make_interval(secs => %(seconds)s)"


class SharedCache(BaseCache):
    """One statement an operation, each atomic by itself. Values are what JSON can hold."""

    def __init__(self, _: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, else `default`."""
        found = self._run(
            f"SELECT value FROM identity_cacheentry WHERE key = %(key)s AND {_LIVE}",  # noqa: S608
            key,
            version,
        )
        return json.loads(found[0]) if found else default

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Write a value, `timeout` in seconds."""
        self._run(
            "INSERT INTO identity_cacheentry (key, value, expires_at, created_at)"  # noqa: S608
            f" VALUES (%(key)s, %(value)s::jsonb, {_UNTIL}, now())"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
            " expires_at = excluded.expires_at",
            key,
            version,
            value=json.dumps(value),
            seconds=self._seconds(timeout),
        )

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Write a value where none stands; of several at once, one does."""
        return bool(
            self._run(
                "INSERT INTO identity_cacheentry AS old (key, value, expires_at, created_at)"  # noqa: S608
                f" VALUES (%(key)s, %(value)s::jsonb, {_UNTIL}, now())"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
                " expires_at = excluded.expires_at"
                " WHERE old.expires_at <= clock_timestamp() RETURNING key",
                key,
                version,
                value=json.dumps(value),
                seconds=self._seconds(timeout),
            )
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let a value live on from now."""
        return bool(
            self._run(
                f"UPDATE identity_cacheentry SET expires_at = {_UNTIL}"  # noqa: S608
                f" WHERE key = %(key)s AND {_LIVE} RETURNING key",
                key,
                version,
                seconds=self._seconds(timeout),
            )
        )

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value."""
        return bool(
            self._run(
                "DELETE FROM identity_cacheentry WHERE key = %(key)s RETURNING key", key, version
            )
        )

    def clear(self) -> None:
        """Forget everything."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM identity_cacheentry")

    def _seconds(self, timeout: Any) -> float | None:
        """`None` never ends."""
        wanted = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if wanted is None else float(wanted)

    def _run(self, statement: str, key: str, version: int | None, **values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"key": self.make_and_validate_key(key, version), **values})
            return cursor.fetchone() if cursor.description else None
