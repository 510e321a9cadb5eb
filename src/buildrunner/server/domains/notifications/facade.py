"""The door to what people and programs outside are told."""

from buildrunner.server.domains.notifications.actions.change_endpoint import change_endpoint
from buildrunner.server.domains.notifications.actions.change_preferences import (
    change_preferences,
    unsubscribe,
)
from buildrunner.server.domains.notifications.actions.channels import (
    change_channel,
    create_channel,
    delete_channel,
    replay_channel_delivery,
    replay_dead_letters,
    try_channel,
)
from buildrunner.server.domains.notifications.actions.collect import mail_waiting, purge_notices
from buildrunner.server.domains.notifications.actions.create_endpoint import create_endpoint
from buildrunner.server.domains.notifications.actions.delete_endpoint import delete_endpoint
from buildrunner.server.domains.notifications.actions.deliver import deliver
from buildrunner.server.domains.notifications.actions.mark_read import mark_one, mark_read
from buildrunner.server.domains.notifications.actions.notify import notify
from buildrunner.server.domains.notifications.actions.replay import replay_delivery, replay_since
from buildrunner.server.domains.notifications.actions.rotate_secret import rotate_secret
from buildrunner.server.domains.notifications.actions.send_ping import send_ping
from buildrunner.server.domains.notifications.actions.take_events import take_events
from buildrunner.server.domains.notifications.actions.tell import TOLD, tell
from buildrunner.server.domains.notifications.actions.tidy import purge_deliveries, wake_overdue
from buildrunner.server.domains.notifications.actions.watch import choose_watch, watch
from buildrunner.server.domains.notifications.policies import project_policy, require_feature
from buildrunner.server.domains.notifications.queries.channels import (
    channel_deliveries,
    channel_delivery,
    channels,
    get_channel,
)
from buildrunner.server.domains.notifications.queries.inbox import inbox, unread
from buildrunner.server.domains.notifications.queries.preferences import preferences
from buildrunner.server.domains.notifications.queries.unsubscription import (
    Unsubscription,
    unsubscription,
)
from buildrunner.server.domains.notifications.queries.watching import watchers, watches_of
from buildrunner.server.domains.notifications.queries.webhooks import (
    deliveries,
    endpoints,
    get_delivery,
    get_endpoint,
)
from buildrunner.server.domains.notifications.types import (
    AttemptView,
    ChannelDelivery,
    ChannelDeliveryDetail,
    ChannelView,
    Choice,
    DeliveryDetail,
    DeliveryView,
    EndpointView,
    NewEndpoint,
    NoticeView,
    PreferencesView,
    Replayed,
    Unread,
    WatchView,
)

__all__ = [
    "TOLD",
    "AttemptView",
    "ChannelDelivery",
    "ChannelDeliveryDetail",
    "ChannelView",
    "Choice",
    "DeliveryDetail",
    "DeliveryView",
    "EndpointView",
    "NewEndpoint",
    "NoticeView",
    "PreferencesView",
    "Replayed",
    "Unread",
    "Unsubscription",
    "WatchView",
    "change_channel",
    "change_endpoint",
    "change_preferences",
    "channel_deliveries",
    "channel_delivery",
    "channels",
    "choose_watch",
    "create_channel",
    "create_endpoint",
    "delete_channel",
    "delete_endpoint",
    "deliver",
    "deliveries",
    "endpoints",
    "get_channel",
    "get_delivery",
    "get_endpoint",
    "inbox",
    "mail_waiting",
    "mark_one",
    "mark_read",
    "notify",
    "preferences",
    "project_policy",
    "purge_deliveries",
    "purge_notices",
    "replay_channel_delivery",
    "replay_dead_letters",
    "replay_delivery",
    "replay_since",
    "require_feature",
    "rotate_secret",
    "send_ping",
    "take_events",
    "tell",
    "try_channel",
    "unread",
    "unsubscribe",
    "unsubscription",
    "wake_overdue",
    "watch",
    "watchers",
    "watches_of",
]
