"""`br team`: teams of an organization and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buildrunner.cli.commands.agent import home
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect

if TYPE_CHECKING:
    from buildrunner.client import Client
    from buildrunner.client.models import Team


def run_list(context: Context) -> int:
    """The teams, or who is in one."""
    out, name = context.out, context.arguments.text("TEAM")
    with connect(context.settings) as client:
        org = home(context, client)
        if name is None:
            teams = list(client.teams.list(org))
            out.emit({"teams": [msgspec.to_builtins(one) for one in teams]})
            for one in teams:
                out.data(f"{out.paint(flat(one.name), 'bold')}  {flat(one.title)}")
            if not teams:
                out.note("no teams yet")
                out.hint("br team create NAME", "comments mention it as @team:NAME")
            return OK
        team = _team(client, org, name)
        people = list(client.teams.members(org, team.id))
    out.emit({"team": msgspec.to_builtins(team), "members": msgspec.to_builtins(people)})
    for person in people:
        out.data(f"{out.paint(flat(person.name), 'bold')}  {flat(person.email)}")
    if not people:
        out.note("nobody is in it yet")
        out.hint(f"br team add {team.name} PERSON")
    return OK


def run_create(context: Context) -> int:
    """Make a team."""
    arguments = context.arguments
    with connect(context.settings) as client:
        made = client.teams.create(
            home(context, client), arguments.required("NAME"), title=arguments.text("title") or ""
        )
    context.out.emit({"team": msgspec.to_builtins(made)})
    context.out.data(f"{flat(made.name)} is made; comments mention it as @team:{made.name}")
    context.out.hint(f"br team add {made.name} PERSON")
    return OK


def run_add(context: Context) -> int:
    """Put members of the organization into a team."""
    return _each(context, into=True)


def run_remove(context: Context) -> int:
    """Take people out of a team; without PERSON the team itself goes."""
    arguments = context.arguments
    if arguments.texts("PERSON"):
        return _each(context, into=False)
    with connect(context.settings) as client:
        org = home(context, client)
        team = _team(client, org, arguments.required("TEAM"))
        client.teams.remove(org, team.id)
    context.out.emit({"removed": team.id})
    context.out.data(f"{flat(team.name)} is no team any more; its members stay")
    return OK


def _each(context: Context, *, into: bool) -> int:
    arguments, out = context.arguments, context.out
    with connect(context.settings) as client:
        org = home(context, client)
        team = _team(client, org, arguments.required("TEAM"))
        members = [(m.person_id, m.name, m.email) for m in client.members.list(org_id=org)]
        known = {each[0] for each in members}
        members += [(a.id, a.name, "") for a in client.agents.list(org) if a.id not in known]
        chosen = [_person(members, name) for name in arguments.texts("PERSON")]
        for one in chosen:
            (client.teams.add if into else client.teams.take_out)(org, team.id, one[0])
    verb = "is in" if into else "is out of"
    out.emit({"team": team.id, "people": [one[0] for one in chosen]})
    for one in chosen:
        out.data(f"{flat(one[1] or one[2])} {verb} {flat(team.name)}")
    return OK


def _team(client: Client, org: str, name: str) -> Team:
    found = list(client.teams.list(org))
    for one in found:
        if name.removeprefix("@team:") in (one.id, one.name):
            return one
    raise Refusal(
        "unknown_team",
        f"no team is called {name}",
        missing=[one.name for one in found],
        next_command="br team list",
    )


def _person(members: list[tuple[str, str, str]], name: str) -> tuple[str, str, str]:
    """A member by id, name or address: (id, name, address)."""
    wanted = name.casefold()
    fitting = [one for one in members if wanted in (one[0], one[1].casefold(), one[2].casefold())]
    if len(fitting) == 1:
        return fitting[0]
    raise Refusal(
        "ambiguous_person" if fitting else "unknown_person",
        f"{'more than one member' if fitting else 'nobody'} is called {name}",
        missing=[one[2] or one[1] for one in fitting or members][:20],
        next_command="br team list",
    )
