"""The door to tenants."""

from buildrunner.server.domains.tenancy.actions.accept_invitation import accept_invitation
from buildrunner.server.domains.tenancy.actions.agents import (
    change_agent,
    create_agent,
    new_agent_key,
)
from buildrunner.server.domains.tenancy.actions.archive_project import (
    archive_project,
    unarchive_project,
)
from buildrunner.server.domains.tenancy.actions.create_api_key import create_api_key
from buildrunner.server.domains.tenancy.actions.create_organization import create_organization
from buildrunner.server.domains.tenancy.actions.create_project import create_project
from buildrunner.server.domains.tenancy.actions.delete_organization import delete_organization
from buildrunner.server.domains.tenancy.actions.duplicate_project import duplicate_project
from buildrunner.server.domains.tenancy.actions.exchange_device_code import exchange_device_code
from buildrunner.server.domains.tenancy.actions.export_organization import (
    OrganizationExport,
    export_organization,
)
from buildrunner.server.domains.tenancy.actions.export_project import export_project
from buildrunner.server.domains.tenancy.actions.import_project import (
    ImportedProject,
    import_project,
)
from buildrunner.server.domains.tenancy.actions.invite import (
    invitation_address,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from buildrunner.server.domains.tenancy.actions.leave_all import leave_all
from buildrunner.server.domains.tenancy.actions.oauth import (
    OAUTH_SCOPES,
    let_program_in,
    redeem_code,
)
from buildrunner.server.domains.tenancy.actions.record_head import record_head
from buildrunner.server.domains.tenancy.actions.rename_project import rename_project
from buildrunner.server.domains.tenancy.actions.revoke_api_key import revoke_api_key
from buildrunner.server.domains.tenancy.actions.rotate_api_key import rotate_api_key
from buildrunner.server.domains.tenancy.actions.service_accounts import (
    change_service_account,
    create_service_account,
    remove_service_account,
)
from buildrunner.server.domains.tenancy.actions.set_member import (
    change_org_member,
    remove_org_member,
    set_org_member,
)
from buildrunner.server.domains.tenancy.actions.set_project_member import (
    remove_project_member,
    set_project_member,
)
from buildrunner.server.domains.tenancy.actions.teams import (
    add_team_member,
    change_team,
    create_team,
    remove_team,
    remove_team_member,
)
from buildrunner.server.domains.tenancy.actions.transfer_organization import transfer_organization
from buildrunner.server.domains.tenancy.actions.update_organization import (
    change_security,
    rename_organization,
)
from buildrunner.server.domains.tenancy.models import Organization, Project
from buildrunner.server.domains.tenancy.policies import (
    more_seats,
    require_feature,
    seat_limit,
    take_storage,
)
from buildrunner.server.domains.tenancy.queries.actors import (
    actor_for_key,
    actor_for_person,
    default_organization,
    describe_actor,
    organizations_for,
)
from buildrunner.server.domains.tenancy.queries.agents import agents
from buildrunner.server.domains.tenancy.queries.exports import latest_export
from buildrunner.server.domains.tenancy.queries.invitations import (
    find_invitation,
    is_invited,
    organization_invitations,
    own_invitations,
)
from buildrunner.server.domains.tenancy.queries.keys import organization_keys, own_personal_keys
from buildrunner.server.domains.tenancy.queries.lookups import (
    organizations_of,
    strictest_security_of,
)
from buildrunner.server.domains.tenancy.queries.members import (
    access_of_members,
    names_of_members,
    organization_members,
    people_with,
    project_members,
    service_accounts,
)
from buildrunner.server.domains.tenancy.queries.oauth_clients import client_id_for, client_of
from buildrunner.server.domains.tenancy.queries.organizations import get_organization, get_security
from buildrunner.server.domains.tenancy.queries.ownership import sole_ownerships
from buildrunner.server.domains.tenancy.queries.projects import (
    get_project,
    list_projects,
    look_at_project,
)
from buildrunner.server.domains.tenancy.queries.reach import (
    agents_who_may,
    who_holds,
    who_may,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.queries.teams import (
    get_team,
    organization_teams,
    team_members,
    team_names_of,
    teams_in_scope,
)
from buildrunner.server.domains.tenancy.rules import ROLE_WORDS
from buildrunner.server.domains.tenancy.rules import of_roles as permissions_of_roles
from buildrunner.server.domains.tenancy.types import (
    AgentView,
    Belonging,
    DeviceKey,
    FoundInvitation,
    InvitationView,
    KeyView,
    MemberAccess,
    MemberView,
    OrgAccess,
    OrganizationView,
    ProjectAccess,
    ProjectView,
    Seats,
    Security,
    ServiceAccountView,
    TeamMemberView,
    TeamView,
)

__all__ = [
    "OAUTH_SCOPES",
    "ROLE_WORDS",
    "AgentView",
    "Belonging",
    "DeviceKey",
    "FoundInvitation",
    "ImportedProject",
    "InvitationView",
    "KeyView",
    "MemberAccess",
    "MemberView",
    "OrgAccess",
    "Organization",
    "OrganizationExport",
    "OrganizationView",
    "Project",
    "ProjectAccess",
    "ProjectView",
    "Seats",
    "Security",
    "ServiceAccountView",
    "TeamMemberView",
    "TeamView",
    "accept_invitation",
    "access_of_members",
    "actor_for_key",
    "actor_for_person",
    "add_team_member",
    "agents",
    "agents_who_may",
    "archive_project",
    "change_agent",
    "change_org_member",
    "change_security",
    "change_service_account",
    "change_team",
    "client_id_for",
    "client_of",
    "create_agent",
    "create_api_key",
    "create_organization",
    "create_project",
    "create_service_account",
    "create_team",
    "default_organization",
    "delete_organization",
    "describe_actor",
    "duplicate_project",
    "exchange_device_code",
    "export_organization",
    "export_project",
    "find_invitation",
    "get_organization",
    "get_project",
    "get_security",
    "get_team",
    "import_project",
    "invitation_address",
    "invite",
    "is_invited",
    "latest_export",
    "leave_all",
    "let_program_in",
    "list_projects",
    "look_at_project",
    "more_seats",
    "names_of_members",
    "new_agent_key",
    "organization_invitations",
    "organization_keys",
    "organization_members",
    "organization_scope",
    "organization_teams",
    "organizations_for",
    "organizations_of",
    "own_invitations",
    "own_personal_keys",
    "people_with",
    "permissions_of_roles",
    "project_members",
    "project_scope",
    "record_head",
    "redeem_code",
    "remove_org_member",
    "remove_project_member",
    "remove_service_account",
    "remove_team",
    "remove_team_member",
    "rename_organization",
    "rename_project",
    "require_feature",
    "resend_invitation",
    "revoke_api_key",
    "rotate_api_key",
    "seat_limit",
    "service_accounts",
    "set_org_member",
    "set_project_member",
    "sole_ownerships",
    "strictest_security_of",
    "take_storage",
    "team_members",
    "team_names_of",
    "teams_in_scope",
    "transfer_organization",
    "unarchive_project",
    "who_holds",
    "who_may",
    "withdraw_invitation",
]
