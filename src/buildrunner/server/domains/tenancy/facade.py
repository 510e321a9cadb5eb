"""The door to tenants."""

from buildrunner.server.domains.tenancy.actions.create_api_key import create_api_key
from buildrunner.server.domains.tenancy.actions.create_organization import create_organization
from buildrunner.server.domains.tenancy.actions.create_project import create_project
from buildrunner.server.domains.tenancy.actions.exchange_device_code import exchange_device_code
from buildrunner.server.domains.tenancy.actions.record_head import record_head
from buildrunner.server.domains.tenancy.actions.rename_project import rename_project
from buildrunner.server.domains.tenancy.actions.revoke_api_key import revoke_api_key
from buildrunner.server.domains.tenancy.actions.set_member import (
    remove_org_member,
    remove_project_member,
    set_org_member,
    set_project_member,
)
from buildrunner.server.domains.tenancy.models import Organization, Project
from buildrunner.server.domains.tenancy.queries.actors import (
    actor_for_key,
    actor_for_person,
    describe_actor,
    organizations_for,
)
from buildrunner.server.domains.tenancy.queries.keys import organization_keys, own_personal_keys
from buildrunner.server.domains.tenancy.queries.lookups import organizations_of
from buildrunner.server.domains.tenancy.queries.members import (
    organization_members,
    project_members,
)
from buildrunner.server.domains.tenancy.queries.projects import get_project, list_projects
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.rules import of_roles as permissions_of_roles
from buildrunner.server.domains.tenancy.types import (
    Belonging,
    DeviceKey,
    KeyView,
    MemberView,
    OrgAccess,
    ProjectAccess,
    ProjectView,
)

__all__ = [
    "Belonging",
    "DeviceKey",
    "KeyView",
    "MemberView",
    "OrgAccess",
    "Organization",
    "Project",
    "ProjectAccess",
    "ProjectView",
    "actor_for_key",
    "actor_for_person",
    "create_api_key",
    "create_organization",
    "create_project",
    "describe_actor",
    "exchange_device_code",
    "get_project",
    "list_projects",
    "organization_keys",
    "organization_members",
    "organization_scope",
    "organizations_for",
    "organizations_of",
    "own_personal_keys",
    "permissions_of_roles",
    "project_members",
    "project_scope",
    "record_head",
    "remove_org_member",
    "remove_project_member",
    "rename_project",
    "revoke_api_key",
    "set_org_member",
    "set_project_member",
]
