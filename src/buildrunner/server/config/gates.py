"""Who answers which gate: the one visible table of questions that go upward."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import PLATFORM


def wire() -> None:
    """Called once a process, when every room is loaded."""
    identity.sign_in_policy.wire(_sign_in_policy)
    identity.sign_up_invited.wire(tenancy.is_invited)
    identity.sole_ownerships.wire(tenancy.sole_ownerships)
    identity.leave_everything.wire(_leave_everything)
    plans.barred.wire(governance.barred)
    governance.open_anomalies.wire(analytics.open_anomalies)
    notifications.project_policy.wire(governance.notification_policy)
    audit.project_privacy.wire(governance.project_privacy)
    metering.cost_limits.wire(_cost_limits)
    audit.require_feature.wire(entitlements.require_feature)
    notifications.require_feature.wire(entitlements.require_feature)
    tenancy.require_feature.wire(entitlements.require_feature)
    tenancy.seat_limit.wire(entitlements.seat_limit)
    tenancy.more_seats.wire(entitlements.more_seats)
    tenancy.take_storage.wire(metering.take_storage)
    discussion.stands_elsewhere.wire(_stands_elsewhere)
    plans.spoken_of.wire(discussion.spoken_of)
    plans.unproven.wire(qa.unproven)
    plans.proof_marks.wire(qa.proof_marks)
    plans.proof_details.wire(qa.proof_details)


def _sign_in_policy(person_id: UUID) -> identity.SignInPolicy:
    """What a person's organizations demand together."""
    security = tenancy.strictest_security_of(person_id)
    return identity.SignInPolicy(
        session_seconds=security.session_timeout,
        attempts=security.max_login_attempts,
        second_factor=security.require_mfa,
    )


def _leave_everything(actor: Actor) -> None:
    """Out of every organization; their ledgers, and the platform's, forget what is personal."""
    for org_id in tenancy.leave_all(actor):
        audit.erase_leaver(actor, org_id)
    audit.erase_leaver(actor, PLATFORM)


def _stands_elsewhere(
    access: tenancy.ProjectAccess, entity_type: str, entity_id: str
) -> discussion.Elsewhere | None:
    """What is talked about in rooms beside and above talk."""
    home = f"/projects/{access.project_id}"
    if entity_type in ("check_run", "test_run"):
        run = qa.find_run(access, entity_id, group=entity_type == "test_run")
        if run is not None:
            return discussion.Elsewhere(run.title, f"{home}/tests{run.path}", run.state)
    if entity_type in ("check_run", "finding", "change_request"):
        told = governance.find_told(access, entity_type, entity_id)
        if told is not None:
            return discussion.Elsewhere(told.title, f"{home}/governance{told.path}", told.state)
    return None


def _cost_limits(org_id: UUID, project_id: UUID) -> metering.CostLimits:
    """What the policy of a project lets its costs be."""
    return metering.CostLimits(*governance.cost_limits(org_id, project_id))
