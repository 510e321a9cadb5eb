"""Be here, keep being here, go; and clear away who has gone without a word.

None of it is an event: it is stale within seconds, and nobody answers for it later.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from buildrunner.server.domains.discussion import policies
from buildrunner.server.domains.discussion.models import Presence
from buildrunner.server.domains.discussion.rules import presence as rules
from buildrunner.server.domains.discussion.rules.limits import checked_entity
from buildrunner.server.domains.entitlements.facade import tier_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.realtime.whispers import Whisper, whisper

# What is worth telling others: a return, another part of the project, another page, typing.
_NEWS = """(
        p.untold OR p.expires_at <= now()
        OR (p.typing_until IS NULL) <> (excluded.typing_until IS NULL)
        OR (p.entity_type, p.entity_id, p.page, p.actor) IS DISTINCT FROM
           (excluded.entity_type, excluded.entity_id, excluded.page, excluded.actor)
    )"""
COLLABORATION = "collaboration"
_PACE = "%(pace)s * interval '1 second'"
_BE_HERE = f"""
    INSERT INTO discussion_presence AS p (
        id, created_at, org_id, project_id, principal, place, token, actor, entity_type, entity_id,
        page, typing_until, expires_at, renewed_at, told_at, untold
    ) VALUES (
        %(id)s, now(), %(org_id)s, %(project_id)s, %(principal)s, %(place)s, %(token)s,
        %(actor)s::jsonb, %(entity_type)s, %(entity_id)s, %(page)s,
        CASE WHEN %(typing)s THEN now() + %(typing_for)s * interval '1 second' END,
        now() + %(life)s * interval '1 second', now(), now(), false
    )
    ON CONFLICT (org_id, project_id, principal, place) DO UPDATE SET
        actor = excluded.actor, entity_type = excluded.entity_type,
        entity_id = excluded.entity_id, page = excluded.page,
        typing_until = excluded.typing_until, expires_at = excluded.expires_at,
        renewed_at = excluded.renewed_at,
        untold = {_NEWS} AND p.told_at >= now() - {_PACE},
        told_at = CASE WHEN {_NEWS} AND p.told_at < now() - {_PACE}
            THEN now() ELSE p.told_at END
    RETURNING id, token, expires_at, told_at = now()
"""  # noqa: S608 (constants)


def be_here(
    actor: Actor,
    project_id: UUID,
    place: UUID,
    *,
    entity_type: str = "project",
    entity_id: str = "",
    page: str = "",
    typing: bool = False,
) -> rules.Place:
    """Show oneself to those who may read the project, on a part of it; `place` is any id that the
    caller keeps for its tab or process. Holds for `rules.LIFE` seconds unless a sign of life comes.

    Others are told at most every `rules.PACE` seconds of the same place, then of its last state.
    """
    entity_type, entity_id = checked_entity(entity_type, entity_id)
    with project_scope(actor, project_id, policies.READ) as access:
        principal = _principal(actor)
        # Where the tier has no live presence one hears of others without being seen.
        if COLLABORATION not in tier_of(access.org_id).features or not _has_room(
            access, principal, place
        ):
            return rules.Place(shown=False)
        record = actor.record()
        with connection.cursor() as cursor:
            cursor.execute(
                _BE_HERE,
                {
                    "id": uuid7(),
                    "org_id": access.org_id,
                    "project_id": project_id,
                    "principal": principal,
                    "place": place,
                    "token": uuid4(),
                    "actor": json.dumps(record),
                    "entity_type": entity_type,
                    "entity_id": entity_id,
                    "page": page[: rules.LONGEST_PAGE],
                    "typing": typing,
                    "typing_for": rules.TYPING,
                    "life": rules.LIFE,
                    "pace": rules.PACE,
                },
            )
            row_id, token, expires_at, tell = cursor.fetchone()
        if tell:
            data = rules.told(row_id, record, (entity_type, entity_id), page, typing=typing)
            _tell(access.org_id, project_id, row_id, data)
        return rules.Place(shown=True, id=row_id, token=token, expires_at=expires_at)


def go(actor: Actor, project_id: UUID, place: UUID) -> None:
    """Be gone at once; nothing where one was not."""
    with project_scope(actor, project_id, policies.READ) as access:
        rows = Presence.objects.filter(
            project_id=project_id, principal=_principal(actor), place=place
        )
        _remove(access, list(rows.values_list("id", flat=True)))


def keep_here(tokens: Collection[UUID]) -> set[UUID]:
    """Signs of life, of any tenant: the token is the right. Answers those that still stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT discussion_presence_beat(%s::uuid[], %s)", [list(tokens), rules.LIFE]
        )
        return {token for (token,) in cursor.fetchall()}


def clear_gone() -> int:
    """Tell of those who went without a word, and of what was held back; how many there were."""
    with transaction.atomic():  # what is deleted is told
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM discussion_presence_clear(%s)", [rules.PACE])
            rows = cursor.fetchall()
        whisper(_overdue(*row) for row in rows)
    return len(rows)


def _overdue(
    gone: bool,
    row_id: UUID,
    org_id: UUID,
    project_id: UUID,
    actor: str | dict[str, Any],
    entity_type: str,
    entity_id: str,
    page: str,
    typing: bool,
) -> Whisper:
    data = rules.told_gone(row_id)
    if not gone:
        record = json.loads(actor) if isinstance(actor, str) else actor
        data = rules.told(row_id, record, (entity_type, entity_id), page, typing=typing)
    return Whisper(rules.KIND, org_id, project_id, str(row_id), data)


def _principal(actor: Actor) -> UUID:
    return cast("UUID", actor.key_id or actor.person_id)


def _has_room(access: ProjectAccess, principal: UUID, place: UUID) -> bool:
    """Room for one more place; of one's own the one renewed longest ago makes room."""
    here = Presence.objects.filter(project_id=access.project_id)
    mine = dict(
        here.filter(principal=principal).order_by(F("renewed_at").desc()).values_list("place", "id")
    )
    if place in mine:
        return True
    if here.filter(expires_at__gt=timezone.now()).count() >= rules.MOST_HERE:
        return False
    _remove(access, list(mine.values())[rules.MOST_PLACES - 1 :])
    return True


def _remove(access: ProjectAccess, ids: list[UUID]) -> None:
    Presence.objects.filter(id__in=ids).delete()
    for row_id in ids:
        _tell(access.org_id, access.project_id, row_id, rules.told_gone(row_id))


def _tell(org_id: UUID, project_id: UUID, row_id: UUID, data: dict[str, object]) -> None:
    whisper([Whisper(rules.KIND, org_id, project_id, str(row_id), data)])
