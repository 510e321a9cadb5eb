"""Columns and constraints of tenants."""

from buildrunner.server.domains.tenancy.models.api_key import ApiKey
from buildrunner.server.domains.tenancy.models.organization import (
    Organization,
    OrganizationMembership,
)
from buildrunner.server.domains.tenancy.models.project import Project, ProjectMembership

__all__ = ["ApiKey", "Organization", "OrganizationMembership", "Project", "ProjectMembership"]
