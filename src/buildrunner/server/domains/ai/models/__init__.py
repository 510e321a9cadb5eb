"""Rows of the room."""

from buildrunner.server.domains.ai.models.arbitrations import Arbitration
from buildrunner.server.domains.ai.models.providers import Provider
from buildrunner.server.domains.ai.models.routing import ModelProfile, Route, TaskSetting

__all__ = ["Arbitration", "ModelProfile", "Provider", "Route", "TaskSetting"]
