"""The door to tenants."""

from buildrunner.server.domains.tenancy.actions.create_api_key import create_api_key
from buildrunner.server.domains.tenancy.actions.create_organization import create_organization
from buildrunner.server.domains.tenancy.actions.create_project import create_project
from buildrunner.server.domains.tenancy.actions.record_head import record_head
from buildrunner.server.domains.tenancy.actions.rename_project import rename_project
from buildrunner.server.domains.tenancy.queries.actors import actor_for_key, actor_for_person
from buildrunner.server.domains.tenancy.queries.keys import personal_keys
from buildrunner.server.domains.tenancy.queries.lookups import organizations_of
from buildrunner.server.domains.tenancy.queries.projects import get_project, list_projects
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.types import (
    Belonging,
    KeyView,
    OrgAccess,
    ProjectAccess,
    ProjectView,
)

__all__ = [
    "Belonging",
    "KeyView",
    "OrgAccess",
    "ProjectAccess",
    "ProjectView",
    "actor_for_key",
    "actor_for_person",
    "create_api_key",
    "create_organization",
    "create_project",
    "get_project",
    "list_projects",
    "organization_scope",
    "organizations_of",
    "personal_keys",
    "project_scope",
    "record_head",
    "rename_project",
]
