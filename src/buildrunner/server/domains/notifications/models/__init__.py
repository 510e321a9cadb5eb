"""The tables of the room."""

from buildrunner.server.domains.notifications.models.deliveries import Attempt, Delivery
from buildrunner.server.domains.notifications.models.endpoint import Endpoint
from buildrunner.server.domains.notifications.models.notice import Notice, Preference, Watch

__all__ = ["Attempt", "Delivery", "Endpoint", "Notice", "Preference", "Watch"]
