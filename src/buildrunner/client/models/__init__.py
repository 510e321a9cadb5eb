"""The shapes of answers. Members a newer server adds are ignored, missing ones are an error.

Times are RFC 3339 in UTC, ids are strings.
"""

from buildrunner.client.models.people import (
    DeviceGrant,
    DeviceKey,
    Invitation,
    Key,
    KeyInfo,
    Me,
    Member,
    NewKey,
    Organization,
    OrganizationDetail,
    OwnInvitation,
    ProjectRole,
    Seats,
    Security,
    ServiceAccount,
)
from buildrunner.client.models.plans import (
    Author,
    Claim,
    Listing,
    Project,
    Revision,
    Saved,
    ServerEvent,
    StoredPlan,
    Synced,
)
from buildrunner.client.models.webhooks import (
    Attempt,
    Delivery,
    DeliveryDetail,
    NewWebhook,
    Replay,
    Webhook,
)

__all__ = [
    "Attempt",
    "Author",
    "Claim",
    "Delivery",
    "DeliveryDetail",
    "DeviceGrant",
    "DeviceKey",
    "Invitation",
    "Key",
    "KeyInfo",
    "Listing",
    "Me",
    "Member",
    "NewKey",
    "NewWebhook",
    "Organization",
    "OrganizationDetail",
    "OwnInvitation",
    "Project",
    "ProjectRole",
    "Replay",
    "Revision",
    "Saved",
    "Seats",
    "Security",
    "ServerEvent",
    "ServiceAccount",
    "StoredPlan",
    "Synced",
    "Webhook",
]
