"""An organization's name and what it demands of whoever enters."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions.members import one_at_a_time
from buildrunner.server.domains.tenancy.models import Organization
from buildrunner.server.domains.tenancy.queries.organizations import security_of
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import Security
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def rename_organization(actor: Actor, org_id: UUID, *, name: str) -> None:
    """Give the organization another name; the same name again changes nothing."""
    name = one_line(name, "name", rules.LONGEST_NAME)
    with organization_scope(actor, org_id, "org.manage"):
        organization = one_at_a_time(org_id)
        if organization.name == name:
            return
        before, organization.name = organization.name, name
        organization.save(update_fields=["name", "updated_at"])
        emit(
            "organization.renamed",
            actor=actor,
            org_id=org_id,
            subject=str(org_id),
            data={"name": name, "before": before},
        )


def change_security(
    actor: Actor,
    org_id: UUID,
    *,
    require_mfa: bool | None = None,
    session_timeout: int | None = None,
    max_login_attempts: int | None = None,
    enforce_https: bool | None = None,
) -> Security:
    """Change what is given and keep the rest; times in seconds.

    Raises `Invalid` outside the bounds, and `Conflict` when the actor would lock himself out: a
    second factor is demanded by somebody who is signed in with one, HTTPS by a request over it.
    """
    given = {
        "require_mfa": require_mfa,
        "session_timeout": session_timeout,
        "max_login_attempts": max_login_attempts,
        "enforce_https": enforce_https,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    _within("session_timeout", session_timeout, rules.SESSION_SECONDS, "seconds")
    _within("max_login_attempts", max_login_attempts, rules.LOGIN_ATTEMPTS, "attempts")
    with organization_scope(actor, org_id, "org.manage"):
        organization = one_at_a_time(org_id)
        before = security_of(organization)
        after = replace(before, **changes)
        if after == before:
            return after
        _not_locked_out(actor, before, after)
        _store(organization, after)
        emit(
            "organization.security_changed",
            actor=actor,
            org_id=org_id,
            subject=str(org_id),
            data={"before": asdict(before), "after": asdict(after)},
        )
    return after


def _store(organization: Organization, security: Security) -> None:
    for name, value in asdict(security).items():
        setattr(organization, name, value)
    organization.save(update_fields=[*asdict(security), "updated_at"])


def _not_locked_out(actor: Actor, before: Security, after: Security) -> None:
    if after.require_mfa and not before.require_mfa and not actor.second_factor:
        raise Conflict(
            "You would lock yourself out: only somebody signed in with a second factor can demand "
            f"one of everybody. Set one up at `{policies.SECOND_FACTOR_PAGE}` first.",
            code="second_factor_missing",
            field="require_mfa",
            setup_url=policies.SECOND_FACTOR_PAGE,
        )
    if after.enforce_https and not before.enforce_https and not actor.secure:
        raise Conflict(
            "You would lock yourself out: this request came over plain HTTP. Open this page at the "
            "server's https:// address and turn it on there.",
            code="https_missing",
            field="enforce_https",
        )


def _within(name: str, value: int | None, bounds: tuple[int, int], unit: str) -> None:
    lowest, highest = bounds
    if value is not None and not lowest <= value <= highest:
        raise Invalid(
            f"{name} must be {lowest:,} to {highest:,} {unit}.",
            code="out_of_bounds",
            field=name,
            minimum=lowest,
            maximum=highest,
        )
