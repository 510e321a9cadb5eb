"""Columns and constraints of people and their ways in."""

from buildrunner.server.domains.identity.models.cache import CacheEntry
from buildrunner.server.domains.identity.models.device_grant import DeviceGrant
from buildrunner.server.domains.identity.models.outbox import OutboxMessage
from buildrunner.server.domains.identity.models.person import Person
from buildrunner.server.domains.identity.models.session import BrowserSession
from buildrunner.server.domains.identity.models.sign_in_link import SignInLink
from buildrunner.server.domains.identity.models.throttle import Throttle

__all__ = [
    "BrowserSession",
    "CacheEntry",
    "DeviceGrant",
    "OutboxMessage",
    "Person",
    "SignInLink",
    "Throttle",
]
