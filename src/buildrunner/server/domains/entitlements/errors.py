"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import DomainError


class FeatureNotIncluded(DomainError):
    """The organization's tier has no such feature; `tier_needed` names the smallest that has."""

    status = 402
    code = "feature_not_included"
    title = "Not part of the plan of this organization"
