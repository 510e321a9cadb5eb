"""The hook by which open streams learn that a credential no longer holds.

Not an event: it concerns people, not tenants, and nobody needs to read it later.
"""

from __future__ import annotations

import json
from uuid import UUID

from django.db import connection

CHANNEL = "buildrunner_revocations"


def announce_revocation(
    *, person_id: UUID | None = None, key_id: UUID | None = None, session: str | None = None
) -> None:
    """Tell every process, when the transaction commits, whose rights shrank.

    Payload: `{"person_id"?, "key_id"?, "session"?}` as text; `session` is a session's digest. With
    `person_id` alone every stream of the person has to ask again what it may see.
    """
    given = {"person_id": person_id, "key_id": key_id, "session": session}
    payload = json.dumps({name: str(value) for name, value in given.items() if value})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
