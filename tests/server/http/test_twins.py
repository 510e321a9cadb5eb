"""Every capability of the web is in the API: a visible table of the pages that change something.

A new page with a POST fails this test until its operation stands beside it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from buildrunner.server.config.api import api as ninja_api
from factories.addresses import patterns

ORG, PROJECT, HOOK = (
    "/orgs/<uuid:org_id>",
    "/projects/<uuid:project_id>",
    "/orgs/<uuid:org_id>/webhooks/<uuid:webhook_id>",
)

# A page that takes POST → the operations that do the same.
TWINS: dict[str, str] = {
    "/account/profile": "renameMe",
    "/account/notifications": "updateNotificationPreferences",
    "/notifications/read": "markNotificationsRead",
    "/notifications/unsubscribe/<str:token>": "updateNotificationPreferences",
    "/account/sessions/revoke": "endSession endOtherSessions",
    "/account/security/delete": "deleteMe",
    "/settings/keys": "createPersonalKey createOrganizationKey",
    "/settings/keys/<uuid:key_id>/revoke": "revokePersonalKey revokeOrganizationKey",
    "/settings/keys/<uuid:key_id>/rotate": "rotatePersonalKey rotateOrganizationKey",
    "/orgs/new": "createOrganization",
    f"{ORG}/settings": "updateOrganization",
    f"{ORG}/settings/security": "updateSecuritySettings",
    f"{ORG}/settings/transfer": "transferOrganization",
    f"{ORG}/settings/leave": "removeMember",
    f"{ORG}/settings/delete": "deleteOrganization",
    f"{ORG}/members": "inviteMember setMember",
    f"{ORG}/members/<uuid:person_id>/role": "setMember",
    f"{ORG}/members/<uuid:person_id>/remove": "removeMember",
    f"{ORG}/members/invitations/<uuid:invitation_id>/resend": "resendInvitation",
    f"{ORG}/members/invitations/<uuid:invitation_id>/withdraw": "withdrawInvitation",
    f"{ORG}/members/services": "createServiceAccount",
    f"{ORG}/members/services/<uuid:service_id>/role": "updateServiceAccount",
    f"{ORG}/members/services/<uuid:service_id>/remove": "removeServiceAccount",
    f"{PROJECT}/explain/worded": "explainPlan",
    f"{PROJECT}/models/settings": "setModelSettings",
    f"{ORG}/agents": "createAgent",
    f"{ORG}/agents/<uuid:agent_id>/owner": "updateAgent",
    f"{ORG}/agents/<uuid:agent_id>/keys": "createAgentKey",
    f"{ORG}/agents/<uuid:agent_id>/remove": "removeAgent",
    **{
        f"{place}/usage/budgets{route}": twin
        for place in (PROJECT, ORG)
        for route, twin in (
            ("", "setBudget"),
            ("/<uuid:budget_id>", "changeBudget"),
            ("/<uuid:budget_id>/end", "endBudget"),
            ("/<uuid:budget_id>/approve", "approveOverspend"),
        )
    },
    **{
        f"{place}/analytics{route}": twin
        for place in (PROJECT, ORG)
        for route, twin in (
            ("/anomalies/<uuid:anomaly_id>/review", "reviewAnomaly"),
            ("/sources/new", "addUsageSource"),
            ("/sources/<uuid:source_id>", "changeUsageSource collectUsage removeUsageSource"),
        )
    },
    f"{PROJECT}/analytics/reports/new": "scheduleReport",
    f"{PROJECT}/analytics/reports/<uuid:report_id>": "changeReportSchedule removeReportSchedule",
    f"{ORG}/usage/quotas/<str:kind>": "setQuota",
    f"{ORG}/teams": "createTeam",
    f"{ORG}/teams/<uuid:team_id>": "updateTeam",
    f"{ORG}/teams/<uuid:team_id>/members": "addTeamMember",
    f"{ORG}/teams/<uuid:team_id>/members/<uuid:person_id>": "removeTeamMember",
    f"{ORG}/teams/<uuid:team_id>/remove": "removeTeam",
    "/invitations/<uuid:invitation_id>/accept": "acceptInvitation",
    "/invitations/<str:token>": "acceptInvitation",
    "/projects/new": "createProject",
    "/projects/import": "importProject",
    f"{PROJECT}/discussion/preview": "previewComment",
    f"{PROJECT}/discussion/say": "createComment attachFile",
    f"{PROJECT}/discussion/watch": "chooseWatch",
    f"{PROJECT}/discussion/<uuid:comment_id>/files": "attachFile",
    f"{PROJECT}/discussion/<uuid:comment_id>/files/<uuid:attachment_id>/delete": "detachFile",
    f"{PROJECT}/discussion/<uuid:comment_id>/edit": "editComment",
    f"{PROJECT}/discussion/<uuid:comment_id>/delete": "deleteComment",
    f"{PROJECT}/discussion/<uuid:comment_id>/settle": "resolveComment reopenComment",
    f"{PROJECT}/discussion/<uuid:comment_id>/react": "reactToComment",
    f"{PROJECT}/discussion/<uuid:comment_id>/promote": "promoteComment",
    f"{PROJECT}/settings": "updateProject",
    f"{PROJECT}/settings/archive": "archiveProject",
    f"{PROJECT}/settings/unarchive": "unarchiveProject",
    f"{PROJECT}/settings/duplicate": "duplicateProject",
    f"{PROJECT}/settings/members": "setProjectMember",
    f"{PROJECT}/settings/members/<uuid:person_id>": "removeProjectMember setProjectMember",
    f"{PROJECT}/plan/edits": "editPlan",
    f"{PROJECT}/plan/items/<path:entity_id>": "editPlan",
    f"{PROJECT}/history/<int:number>/restore": "restoreRevision",
    f"{PROJECT}/tests/sign-off/<path:microstep_id>": "signOff",
    f"{PROJECT}/tests/sign-offs/<uuid:sign_off_id>/revoke/<path:microstep_id>": "revokeSignOff",
    f"{PROJECT}/tests/quarantine/<path:microstep_id>": "quarantineCheck",
    f"{PROJECT}/tests/quarantines/<uuid:quarantine_id>/lift/<path:microstep_id>": "liftQuarantine",
    f"{PROJECT}/tests/rerun/<path:microstep_id>": "requestRerun",
    f"{PROJECT}/history/<int:number>/undo": "undoRevision",
    f"{ORG}/ledger/checkpoint": "makeCheckpoint",
    f"{ORG}/ledger/settings": "changeLedgerSettings",
    f"{ORG}/ledger/erase": "erasePerson",
    f"{ORG}/models": "addModelProvider",
    f"{ORG}/models/profiles": "setModel removeModel",
    f"{PROJECT}/models/arbitrations/<uuid:arbitration_id>": "decideArbitration",
    f"{ORG}/models/<uuid:provider_id>": "testModelProvider updateModelProvider removeModelProvider",
    f"{ORG}/ledger/destinations": "addLedgerDestination",
    f"{ORG}/ledger/destinations/<uuid:destination_id>": "updateLedgerDestination sendLedger removeLedgerDestination",
    f"{ORG}/access-reviews": "openAccessReview",
    f"{ORG}/access-reviews/schedule": "scheduleAccessReviews",
    f"{ORG}/access-reviews/<uuid:review_id>/items/<uuid:item_id>": "decideAccess",
    f"{PROJECT}/settings/governance": "putPolicy",
    f"{PROJECT}/settings/governance/findings": "validatePolicy",
    f"{PROJECT}/settings/governance/simulate": "simulatePolicy",
    f"{PROJECT}/settings/governance/versions/<int:number>/restore": "restorePolicyVersion",
    f"{PROJECT}/governance/requests/<int:number>/decide": (
        "voteOnChangeRequest takeBackVote withdrawChangeRequest bypassPolicy"
    ),
    f"{PROJECT}/governance/post-reviews/<uuid:post_review_id>": "reviewBypass",
    f"{PROJECT}/governance/waivers": "grantWaiver",
    f"{PROJECT}/governance/waivers/<uuid:waiver_id>/revoke": "revokeWaiver",
    f"{PROJECT}/create": "startDraft",
    f"{PROJECT}/create/<uuid:draft_id>/answers": "answerDraft",
    f"{PROJECT}/create/<uuid:draft_id>/accept": "acceptDraft",
    f"{PROJECT}/create/<uuid:draft_id>/discard": "discardDraft",
    f"{PROJECT}/reconcile/conflicts/<str:conflict_digest>": "chooseSide",
    f"{PROJECT}/reconcile/reports/<uuid:drift_report_id>/forget": "forgetDriftReport",
    f"{PROJECT}/templates/use": "previewBlueprints applyBlueprints",
    f"{PROJECT}/templates/import": "validateBlueprint previewBlueprints",
    f"{PROJECT}/templates/publish": "exportBlueprint publishBlueprint",
    f"{PROJECT}/templates/<uuid:blueprint_id>/rate": "rateBlueprint",
    f"{ORG}/blueprints": "publishBlueprint",
    f"{ORG}/blueprints/<uuid:blueprint_id>": "showBlueprint withdrawBlueprint",
    f"{PROJECT}/workbench/items/<path:microstep_id>": "claimMicrostep releaseClaim editPlan",
    f"{PROJECT}/workbench/rescope": "proposeRescope",
    f"{PROJECT}/workbench/rescope/<uuid:rescope_id>": "applyRescope discardRescope",
    f"{ORG}/channels": "createChannel",
    f"{ORG}/channels/<uuid:channel_id>": "updateChannel",
    f"{ORG}/channels/<uuid:channel_id>/test": "testChannel",
    f"{ORG}/channels/<uuid:channel_id>/replay": "replayDeadLetters",
    f"{ORG}/channels/<uuid:channel_id>/switch": "updateChannel",
    f"{ORG}/channels/<uuid:channel_id>/delete": "deleteChannel",
    f"{ORG}/channels/<uuid:channel_id>/deliveries/<uuid:channel_delivery_id>/replay": (
        "replayChannelDelivery"
    ),
    f"{ORG}/webhooks": "createWebhook",
    HOOK: "updateWebhook",
    f"{HOOK}/switch": "updateWebhook",
    f"{HOOK}/ping": "pingWebhook",
    f"{HOOK}/rotate": "rotateWebhookSecret",
    f"{HOOK}/replay": "replayWebhook",
    f"{HOOK}/delete": "deleteWebhook",
    f"{HOOK}/deliveries/<uuid:delivery_id>/replay": "replayWebhookDelivery",
}

# Where a person proves to be that person: a program has a key instead, and may not touch these.
AT_A_BROWSER: dict[str, str] = {
    "/sign-in": "a session; programs use keys",
    "/^sign-in": "a password is set anew by mail",
    "/sign-up": "an account is made and confirmed by mail",
    "/^sign-up": "an account is made and confirmed by mail",
    "/sign-out": "ends the browser's own session; endSession ends any",
    "/oauth/authorize": "a person lets an agent's program in",
    "/device": "a person lets a program in (startDeviceSignIn, pollDeviceSignIn)",
    "/account/profile/email": "a new address is confirmed by mail",
    "/account/security": "passwords and second factors",
}


def methods_of(view: Callable[..., Any]) -> set[str]:
    """What `require_http_methods` or a class lets through; everything where nothing is said."""
    whole = getattr(view, "view_class", None)
    if whole is not None:
        return {name.upper() for name in whole.http_method_names if hasattr(whole, name)}
    node: Any = view
    while node is not None:
        found = inspect.getclosurevars(node).nonlocals.get("request_method_list")
        if found is not None:
            return set(found)
        node = getattr(node, "__wrapped__", None)
    return {"GET", "POST"}


def changing_pages() -> Iterator[str]:
    for route, pattern in patterns():
        if not route.startswith("/api") and "POST" in methods_of(pattern.callback):
            yield route


def at_a_browser(route: str) -> bool:
    return any(
        route == prefix
        or route.startswith(f"{prefix}/")
        or (prefix.startswith("/^") and route.startswith(prefix))
        for prefix in AT_A_BROWSER
    )


def test_what_a_page_changes_the_api_can_change() -> None:
    pages = set(changing_pages())
    missing = {page for page in pages if page not in TWINS and not at_a_browser(page)}
    assert not missing, f"put these beside their operation in TWINS: {sorted(missing)}"
    assert set(TWINS) <= pages, f"pages that are gone: {sorted(set(TWINS) - pages)}"


def test_the_twins_are_operations() -> None:
    document = ninja_api.get_openapi_schema(path_prefix="/api/")
    known = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    named = {name for names in TWINS.values() for name in names.split()}
    assert named <= known, f"no operations: {sorted(named - known)}"
