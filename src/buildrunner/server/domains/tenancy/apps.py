"""Django's name for the room and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Organizations and what belongs to them."""

    name = "buildrunner.server.domains.tenancy"
    label = "tenancy"

    # Run as the owner, for questions that precede the tenant scope; see queries.py.
    definer_functions: ClassVar[list[str]] = [
        "tenancy_use_key(bytea)",
        "tenancy_organizations_of(uuid)",
        "tenancy_locate_project(uuid, uuid)",
        "tenancy_look_at_project(uuid, uuid)",
        "tenancy_projects_of(uuid, uuid, uuid, uuid, integer, boolean, boolean, boolean)",
        "tenancy_create_personal_key(uuid, uuid, text, text, bytea, jsonb, timestamptz, integer)",
        "tenancy_personal_keys(uuid)",
        "tenancy_replace_personal_key(uuid, uuid, uuid, timestamptz)",
        "tenancy_revoke_personal_key(uuid, uuid)",
        "tenancy_find_invitations(bytea, text)",
        "tenancy_strictest_security(uuid)",
        "tenancy_delete_organization(uuid, uuid)",
    ]
