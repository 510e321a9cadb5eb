"""Teams: made, changed, removed, and who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.actions import members
from buildrunner.server.domains.tenancy.models import Team, TeamMembership
from buildrunner.server.domains.tenancy.policies import COLLABORATION, require_feature
from buildrunner.server.domains.tenancy.queries.members import names_of_members
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.queries.teams import team_of, team_view
from buildrunner.server.domains.tenancy.types import TeamView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def create_team(actor: Actor, org_id: UUID, *, name: str, title: str = "") -> TeamView:
    """Make a team; `name` is how it is mentioned.

    Raises `Invalid` for a name that cannot be one, `Conflict` when it is taken or there are too
    many.
    """
    name = _name(name)
    title = one_line(title or name, "title", rules.LONGEST_NAME)
    with organization_scope(actor, org_id, "member.manage"):
        require_feature(org_id, COLLABORATION)
        members.one_at_a_time(org_id)
        _free(name)
        if Team.objects.count() >= rules.MOST_TEAMS:
            raise Conflict(
                f"An organization has at most {rules.MOST_TEAMS} teams.", code="too_many_teams"
            )
        team = Team.objects.create(org_id=org_id, name=name, title=title)
        _emit("team.created", actor, team, {"name": name, "title": title})
        return team_view(team, 0)


def change_team(
    actor: Actor, org_id: UUID, team_id: UUID, *, name: str | None = None, title: str | None = None
) -> TeamView:
    """Give it another name or title; what is not given stays. Raises as creating one does."""
    wanted = {
        "name": None if name is None else _name(name),
        "title": None if title is None else one_line(title, "title", rules.LONGEST_NAME),
    }
    with organization_scope(actor, org_id, "member.manage"):
        members.one_at_a_time(org_id)
        team = team_of(team_id)
        changed = {
            field: value
            for field, value in wanted.items()
            if value is not None and value != getattr(team, field)
        }
        if changed:
            if "name" in changed:
                _free(changed["name"])
            for field, value in changed.items():
                setattr(team, field, value)
            team.save(update_fields=list(changed))
            _emit("team.changed", actor, team, changed)
        return team_view(team, TeamMembership.objects.filter(team_id=team_id).count())


def remove_team(actor: Actor, org_id: UUID, team_id: UUID) -> None:
    """Remove a team; its members stay in the organization."""
    with organization_scope(actor, org_id, "member.manage"):
        members.one_at_a_time(org_id)
        team = team_of(team_id)
        _emit("team.removed", actor, team, {"name": team.name})
        team.delete()


def add_team_member(actor: Actor, org_id: UUID, team_id: UUID, person_id: UUID) -> None:
    """Put a member of the organization into a team; twice is once."""
    with organization_scope(actor, org_id, "member.manage"):
        require_feature(org_id, COLLABORATION)
        members.one_at_a_time(org_id)
        team = team_of(team_id)
        members.member(person_id)
        inside = TeamMembership.objects.filter(team_id=team_id)
        if inside.filter(person_id=person_id).exists():
            return
        if inside.count() >= rules.LARGEST_TEAM:
            raise Conflict(f"A team has at most {rules.LARGEST_TEAM} members.", code="team_full")
        TeamMembership.objects.create(org_id=org_id, team_id=team_id, person_id=person_id)
        _emit("team.member_added", actor, team, _who(team, person_id))


def remove_team_member(actor: Actor, org_id: UUID, team_id: UUID, person_id: UUID) -> None:
    """Take somebody out of a team; anybody may leave."""
    leaving = actor.person_id == person_id and actor.kind == "person"
    with organization_scope(actor, org_id, "org.read" if leaving else "member.manage"):
        members.one_at_a_time(org_id)
        team = team_of(team_id)
        found = TeamMembership.objects.filter(team_id=team_id, person_id=person_id).first()
        if found is None:
            raise members.no_member()
        found.delete()
        _emit("team.member_removed", actor, team, _who(team, person_id))


def _name(name: str) -> str:
    kept = name.strip().casefold()
    if not rules.is_team_name(kept):
        raise Invalid(
            "The name of a team has 1 to 40 small letters, digits and hyphens, begins and ends "
            "with a letter or digit, and is not the name of a role.",
            code="team_name",
            field="name",
        )
    return kept


def _free(name: str) -> None:
    if Team.objects.filter(name=name).exists():
        raise Conflict(f"A team is called {name} already.", code="name_taken", field="name")


def _who(team: Team, person_id: UUID) -> dict[str, object]:
    name, _ = names_of_members([person_id]).get(person_id, ("", ""))
    return {"team": team.name, "person": str(person_id), "name": name}


def _emit(kind: str, actor: Actor, team: Team, data: Mapping[str, object]) -> None:
    emit(kind, actor=actor, org_id=team.org_id, subject=str(team.id), data=dict(data))
