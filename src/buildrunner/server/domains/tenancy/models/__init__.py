"""Columns and constraints of tenants."""

from buildrunner.server.domains.tenancy.models.api_key import ApiKey
from buildrunner.server.domains.tenancy.models.organization import (
    Invitation,
    Organization,
    OrganizationMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.models.project import Project, ProjectMembership
from buildrunner.server.domains.tenancy.models.team import Team, TeamMembership

__all__ = [
    "ApiKey",
    "Invitation",
    "Organization",
    "OrganizationMembership",
    "Project",
    "ProjectMembership",
    "ServiceAccount",
    "Team",
    "TeamMembership",
]
