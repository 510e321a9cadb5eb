"""Questions that precede the tenant scope, asked of the functions of migrations 0003 and 0005."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.tenancy.types import (
    Belonging,
    FoundInvitation,
    Head,
    LocatedMember,
    LocatedProject,
    Security,
    UsedKey,
)
from buildrunner.server.platform.db.scope import SETTING


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def names(value: Any) -> list[str]:
    """JSON columns arrive as text outside the ORM."""
    return list(json.loads(value) if isinstance(value, str) else value)


def use_key(key_hash: bytes) -> UsedKey | None:
    """The key of a hash if it holds, noting its use; `None` for unknown, revoked and expired."""
    found = rows(
        "SELECT id, prefix, name, person_id, person_name, org_id, project_id, scopes, expires_at,"
        " service FROM tenancy_use_key(%s)",
        key_hash,
    )
    if not found:
        return None
    row = found[0]
    return UsedKey(
        id=row[0],
        prefix=row[1],
        name=row[2],
        person_id=row[3],
        person_name=row[4],
        org_id=row[5],
        project_id=row[6],
        scopes=names(row[7]),
        expires_at=row[8],
        service=row[9],
    )


def organizations_of(person_id: UUID) -> list[Belonging]:
    """The organizations of a person, oldest membership first."""
    found = rows("SELECT id, name, role, created_at FROM tenancy_organizations_of(%s)", person_id)
    return [Belonging(*row) for row in found]


def enter_project(project_id: UUID, person_id: UUID) -> LocatedProject | None:
    """A project for a person of its organization; `None` to anybody else.

    Sets the scope of the running transaction to that organization.
    """
    found = rows(
        "SELECT org_id, title, archived_at, org_role, project_role, require_mfa,"
        " enforce_https, set_config(%s, org_id::text, true)"  # here, not by itself: it saves a round trip
        " FROM tenancy_locate_project(%s, %s)",
        SETTING,
        project_id,
        person_id,
    )
    return LocatedProject(*found[0][:7]) if found else None


def look_at_project(project_id: UUID, person_id: UUID) -> tuple[LocatedProject, Head] | None:
    """A project as `enter_project` finds it, and its row, without entering: one statement that
    needs no transaction."""
    found = rows(
        "SELECT org_id, title, archived_at, org_role, project_role, require_mfa, enforce_https,"
        " head_revision, head_hash, created_at, updated_at FROM tenancy_look_at_project(%s, %s)",
        project_id,
        person_id,
    )
    return (LocatedProject(*found[0][:7]), Head(*found[0][7:])) if found else None


def member_of(org_id: UUID, person_id: UUID) -> LocatedMember | None:
    """What somebody is in the organization of the running scope; `None` for no member."""
    found = rows(
        "SELECT m.role, o.require_mfa, o.enforce_https FROM tenancy_organizationmembership m"
        " JOIN tenancy_organization o ON o.id = m.org_id"
        " WHERE m.org_id = %s AND m.person_id = %s",
        org_id,
        person_id,
    )
    return LocatedMember(*found[0]) if found else None


def invitation_of_token(token_hash: bytes) -> FoundInvitation | None:
    """The invitation of a token, whether it is open or not."""
    found = rows(_FIND_INVITATIONS, token_hash, None)
    return FoundInvitation(*found[0]) if found else None


def invitations_to(email: str) -> list[FoundInvitation]:
    """The open invitations of an address (in its normal form), oldest first."""
    return [FoundInvitation(*row) for row in rows(_FIND_INVITATIONS, None, email)]


_FIND_INVITATIONS = (
    "SELECT id, org_id, organization, email, role, inviter, expires_at, accepted_at, withdrawn_at"
    " FROM tenancy_find_invitations(%s, %s)"
)


def strictest_security_of(person_id: UUID) -> Security:
    """What the organizations of a person demand together; the defaults for nobody's member."""
    ((mfa, timeout, attempts, https),) = rows(
        "SELECT require_mfa, session_timeout, max_login_attempts, enforce_https"
        " FROM tenancy_strictest_security(%s)",
        person_id,
    )
    if timeout is None:
        return Security()
    return Security(mfa, timeout, attempts, https)
