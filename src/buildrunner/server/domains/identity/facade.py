"""The door to people."""

from buildrunner.server.domains.identity.actions.create_person import create_person
from buildrunner.server.domains.identity.actions.decide_device_grant import (
    decide_device_grant,
    find_device_grant,
)
from buildrunner.server.domains.identity.actions.delete_account import delete_account
from buildrunner.server.domains.identity.actions.issue_sign_in_link import issue_sign_in_link
from buildrunner.server.domains.identity.actions.keep_session import SessionStore
from buildrunner.server.domains.identity.actions.poll_device_grant import poll_device_grant
from buildrunner.server.domains.identity.actions.purge_expired import purge_expired
from buildrunner.server.domains.identity.actions.redeem_sign_in_link import redeem_sign_in_link
from buildrunner.server.domains.identity.actions.rename_person import rename_person
from buildrunner.server.domains.identity.actions.revoke_sessions import (
    revoke_all_sessions,
    revoke_other_sessions,
    revoke_session,
)
from buildrunner.server.domains.identity.actions.send_letter import deliver_letter, send_letter
from buildrunner.server.domains.identity.actions.start_device_grant import start_device_grant
from buildrunner.server.domains.identity.errors import DeviceCodeUnknown, LinkExpired, SoleOwner
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.policies import (
    in_person_only,
    leave_everything,
    own_account,
    sign_in_policy,
    sign_up_invited,
    sole_ownerships,
)
from buildrunner.server.domains.identity.queries import (
    find_person,
    get_person,
    people,
    sessions_of,
    verified_addresses,
)
from buildrunner.server.domains.identity.rules import browser_name, is_this_machine, session_digest
from buildrunner.server.domains.identity.types import (
    DevicePoll,
    DeviceStart,
    DeviceWish,
    Letter,
    Ownership,
    SessionView,
    SignInPolicy,
)

__all__ = [
    "DeviceCodeUnknown",
    "DevicePoll",
    "DeviceStart",
    "DeviceWish",
    "Letter",
    "LinkExpired",
    "Ownership",
    "Person",
    "SessionStore",
    "SessionView",
    "SignInPolicy",
    "SoleOwner",
    "browser_name",
    "create_person",
    "decide_device_grant",
    "delete_account",
    "deliver_letter",
    "find_device_grant",
    "find_person",
    "get_person",
    "in_person_only",
    "is_this_machine",
    "issue_sign_in_link",
    "leave_everything",
    "own_account",
    "people",
    "poll_device_grant",
    "purge_expired",
    "redeem_sign_in_link",
    "rename_person",
    "revoke_all_sessions",
    "revoke_other_sessions",
    "revoke_session",
    "send_letter",
    "session_digest",
    "sessions_of",
    "sign_in_policy",
    "sign_up_invited",
    "sole_ownerships",
    "start_device_grant",
    "verified_addresses",
]
