"""Teams and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.models import (
    OrganizationMembership,
    Team,
    TeamMembership,
)
from buildrunner.server.domains.tenancy.queries.members import names_of_members
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import TeamMemberView, TeamView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound


def organization_teams(
    actor: Actor, org_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[TeamView]:
    """The teams of an organization, oldest first."""
    with organization_scope(actor, org_id):
        rows = Team.objects.order_by("id")
        if after:
            rows = rows.filter(id__gt=after)
        found = list(rows[:limit])
        sizes = dict(
            TeamMembership.objects.filter(team_id__in=[one.id for one in found])
            .values_list("team_id")
            .annotate(Count("id"))
        )
        return [team_view(one, sizes.get(one.id, 0)) for one in found]


def get_team(actor: Actor, org_id: UUID, team_id: UUID) -> TeamView:
    """One team. Raises `NotFound`."""
    with organization_scope(actor, org_id):
        return team_view(team_of(team_id), TeamMembership.objects.filter(team_id=team_id).count())


def team_members(
    actor: Actor,
    org_id: UUID,
    team_id: UUID,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[TeamMemberView]:
    """Who is in a team, in the order in which they came."""
    with organization_scope(actor, org_id):
        team_of(team_id)
        rows = TeamMembership.objects.filter(team_id=team_id).order_by("id")
        if after:
            rows = rows.filter(id__gt=after)
        found = list(rows[:limit])
        ids = [row.person_id for row in found]
        kinds = dict(
            OrganizationMembership.objects.filter(person_id__in=ids).values_list(
                "person_id", "kind"
            )
        )
        names = names_of_members(ids)
        return [
            TeamMemberView(
                row.id,
                row.person_id,
                kinds.get(row.person_id, "person"),
                *names.get(row.person_id, ("", "")),
                row.created_at,
            )
            for row in found
        ]


def teams_in_scope() -> dict[str, list[UUID]]:
    """The name of every team of the organization in scope, with the active people in it."""
    names = dict(Team.objects.order_by("name").values_list("id", "name"))
    inside: dict[str, list[UUID]] = {name: [] for name in names.values()}
    rows = list(TeamMembership.objects.order_by("id").values_list("team_id", "person_id"))
    active = _active(person for _, person in rows)
    for team_id, person_id in rows:
        if person_id in active:
            inside[names[team_id]].append(person_id)
    return inside


def team_names_of(person_id: UUID) -> list[str]:
    """The names of the teams that somebody is in, in the organization in scope."""
    inside = TeamMembership.objects.filter(person_id=person_id).values("team_id")
    return list(Team.objects.filter(id__in=inside).order_by("name").values_list("name", flat=True))


def team_of(team_id: UUID) -> Team:
    """A team of the organization in scope. Raises `NotFound`."""
    found = Team.objects.filter(id=team_id).first()
    if found is None:
        raise NotFound(f"There is no team {team_id} here.", code="team_not_found")
    return found


def team_view(team: Team, members: int) -> TeamView:
    """A team with its size."""
    return TeamView(team.id, team.name, team.title, members, team.created_at)


def _active(ids: Iterable[UUID]) -> set[UUID]:
    return {one for one, person in identity.people(set(ids)).items() if person.is_active}
