"""Columns and constraints."""

from buildrunner.server.domains.blueprints.models.published import Blueprint, Figure, Version
from buildrunner.server.domains.blueprints.models.used import Installation, Rating

__all__ = ["Blueprint", "Figure", "Installation", "Rating", "Version"]
