"""The tables of the room."""

from buildrunner.server.domains.notifications.models.deliveries import Attempt, Delivery
from buildrunner.server.domains.notifications.models.endpoint import Endpoint

__all__ = ["Attempt", "Delivery", "Endpoint"]
