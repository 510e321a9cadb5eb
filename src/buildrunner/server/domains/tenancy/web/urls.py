"""Addresses of a tenant's settings."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.tenancy.web import (
    agents,
    archives,
    invitations,
    members,
    oauth,
    organization,
    pages,
    project,
    teams,
)

urlpatterns = [
    path("oauth/authorize", oauth.authorize),
    path("settings/keys", pages.keys),
    path("settings/keys/<uuid:key_id>/revoke", pages.revoke),
    path("settings/keys/<uuid:key_id>/rotate", pages.rotate),
    path("orgs/new", organization.new),
    path("orgs/<uuid:org_id>/settings", organization.settings),
    path("orgs/<uuid:org_id>/settings/security", organization.security),
    path("orgs/<uuid:org_id>/settings/transfer", organization.transfer),
    path("orgs/<uuid:org_id>/settings/leave", organization.leave),
    path("orgs/<uuid:org_id>/members", members.members),
    path("orgs/<uuid:org_id>/members/<uuid:person_id>/role", members.change_role),
    path("orgs/<uuid:org_id>/members/<uuid:person_id>/remove", members.remove),
    path("orgs/<uuid:org_id>/members/invitations/<uuid:invitation_id>/resend", members.resend),
    path("orgs/<uuid:org_id>/members/invitations/<uuid:invitation_id>/withdraw", members.withdraw),
    path("orgs/<uuid:org_id>/members/services", members.create_service),
    path("orgs/<uuid:org_id>/members/services/<uuid:service_id>/role", members.change_service),
    path("orgs/<uuid:org_id>/members/services/<uuid:service_id>/remove", members.remove_service),
    path("orgs/<uuid:org_id>/agents", agents.agents),
    path("orgs/<uuid:org_id>/agents/<uuid:agent_id>/owner", agents.change),
    path("orgs/<uuid:org_id>/agents/<uuid:agent_id>/keys", agents.new_key),
    path("orgs/<uuid:org_id>/agents/<uuid:agent_id>/remove", agents.remove),
    path("orgs/<uuid:org_id>/teams", teams.teams),
    path("orgs/<uuid:org_id>/teams/<uuid:team_id>", teams.team),
    path("orgs/<uuid:org_id>/teams/<uuid:team_id>/members", teams.add),
    path("orgs/<uuid:org_id>/teams/<uuid:team_id>/members/<uuid:person_id>", teams.take_out),
    path("orgs/<uuid:org_id>/teams/<uuid:team_id>/remove", teams.remove),
    path("projects/<uuid:project_id>/settings", project.settings),
    path("projects/<uuid:project_id>/settings/archive", project.archive),
    path("projects/<uuid:project_id>/settings/unarchive", project.unarchive),
    path("projects/<uuid:project_id>/settings/members", project.set_member),
    path("projects/<uuid:project_id>/settings/members/<uuid:person_id>", project.remove_member),
    path("projects/import", archives.import_project),
    path("projects/<uuid:project_id>/settings/export", archives.export_project),
    path("projects/<uuid:project_id>/settings/duplicate", archives.duplicate_project),
    path("orgs/<uuid:org_id>/settings/export", archives.export_organization),
    path("orgs/<uuid:org_id>/settings/delete", archives.delete_organization),
    path("invitations", invitations.own),
    path("invitations/<uuid:invitation_id>/accept", invitations.accept),
    path("invitations/<str:token>", invitations.invitation),
]
