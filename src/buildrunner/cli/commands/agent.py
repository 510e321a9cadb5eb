"""`br agent`: members that are no people, their keys, and their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.cli.taking import is_linked
from buildrunner.workspace import runs

if TYPE_CHECKING:
    from buildrunner.client import Client
    from buildrunner.client.models import Agent, AgentRun


def run_list(context: Context) -> int:
    """The agents of an organization."""
    out = context.out
    with connect(context.settings) as client:
        found = list(client.agents.list(home(context, client)))
    out.emit({"agents": [_plain(one) for one in found]})
    for one in found:
        where = ", ".join(flat(each["title"]) for each in one.projects) or "no project yet"
        owner = f"for {flat(one.owner)}" if one.owner_id else "nobody answers for it"
        out.data(f"{one.id}  {out.paint(flat(one.name), 'bold')}  agent {owner}  {where}")
    if not found:
        out.note("no agents yet")
        out.hint("br agent create NAME", "makes one, with a key for the linked project")
    return OK


def run_create(context: Context) -> int:
    """Make an agent with a key, shown once; for the linked project unless another is named."""
    arguments, out = context.arguments, context.out
    project = arguments.text("project") or _linked(context)
    with connect(context.settings) as client:
        made = client.agents.create(
            home(context, client),
            arguments.required("NAME"),
            project_id=project,
            role=arguments.text("role") or "contributor",
        )
    out.emit({"agent": _plain(made)})
    out.note(f"made the agent {flat(made.name)}; its key is shown this once")
    out.data(made.key)
    out.hint("export BR_API_KEY=KEY; br hooks install claude", "its program works under it")
    return OK


def run_key(context: Context) -> int:
    """One more key, shown once."""
    arguments, out = context.arguments, context.out
    project = arguments.text("project") or _linked(context)
    with connect(context.settings) as client:
        org = home(context, client)
        agent = _named(client, org, arguments.required("AGENT"))
        made = client.agents.create_key(org, agent.id, project_id=project)
    out.emit({"agent": agent.id, "key": made.key})
    out.note(f"a key of {flat(agent.name)}, shown this once")
    out.data(made.key)
    return OK


def run_remove(context: Context) -> int:
    """Take an agent out; its keys end at once."""
    with connect(context.settings) as client:
        org = home(context, client)
        agent = _named(client, org, context.arguments.required("AGENT"))
        client.agents.remove(org, agent.id)
    context.out.emit({"removed": agent.id})
    context.out.data(f"{flat(agent.name)} is removed; what it did stays on the record")
    return OK


def run_runs(context: Context) -> int:
    """The runs of agents: of the linked project, or without a server of this clone."""
    arguments, out = context.arguments, context.out
    limit = arguments.number("limit", 20)
    if arguments.text("RUN"):
        return _one(context, arguments.required("RUN"))
    if not is_linked(context):
        here = runs.every(context.workspace)[:limit]
        out.emit({"runs": here, "where": "here"})
        lines = [told_here(context, run) for run in here]
    else:
        link = link_of(context.workspace)
        with connect(context.settings) as client:
            stream = client.runs.list(link.project_id, state=arguments.text("state"))
            there = [run for run, _ in zip(stream, range(limit), strict=False)]
        out.emit({"runs": [_plain(run) for run in there], "where": link.server})
        lines = [_told_there(context, run) for run in there]
    for line in lines:
        out.data(line)
    if not lines:
        out.note("no agent has run yet")
        out.hint("br hooks install claude", "wires a coding agent to the plan")
    return OK


def _one(context: Context, name: str) -> int:
    out = context.out
    if not is_linked(context):
        found = next((r for r in runs.every(context.workspace) if r["session"] == name), None)
        if found is None:
            raise Refusal(
                "unknown_run",
                f"no run of this clone is called {name}",
                missing=[name],
                next_command="br agent runs",
            )
        out.emit({"run": found})
        out.data(told_here(context, found))
        for title in ("claimed", "changed", "evidence", "refused", "freed"):
            if found[title]:
                out.data(f"  {title}: {', '.join(map(str, found[title]))}")
        return OK
    link = link_of(context.workspace)
    with connect(context.settings) as client:
        story = client.runs.get(link.project_id, name)
    out.emit({"run": _plain(story)})
    out.data(_told_there(context, story.run))
    for title in ("claimed", "holds", "revisions", "changed", "evidence", "commented"):
        if value := getattr(story, title):
            out.data(f"  {title}: {', '.join(map(str, value))}")
    for cost in story.costs or ():
        known = cost.cost if cost.cost is not None else f"at least {cost.known}"
        out.data(f"  cost: {known} {cost.currency} in {cost.calls} calls")
    return OK


def told_here(context: Context, run: dict[str, Any]) -> str:
    """A run of this clone in one line."""
    out = context.out
    commits = " → ".join(
        str(one)[:10] for one in dict.fromkeys((run["commit_start"], run["commit_end"])) if one
    )
    ids = ", ".join(run["changed"][:5])
    return (
        f"{out.paint(run['started'], 'dim')}  {out.paint(flat(run['actor']), 'bold')} agent  "
        f"{run['state']}  {commits}  {run['calls']} calls, {len(run['changes'])} changes  {ids}  "
        f"{out.paint(run['session'], 'dim')}"
    )


def _told_there(context: Context, run: AgentRun) -> str:
    out = context.out
    commits = " → ".join(
        one[:10] for one in dict.fromkeys((run.commit_start, run.commit_end)) if one
    )
    who = flat(run.actor.get("name"))
    mark = " agent" if run.agent else ""
    freed = f"  freed {', '.join(run.freed)}" if run.freed else ""
    return (
        f"{out.paint(run.started_at, 'dim')}  {out.paint(who, 'bold')}{mark}  {run.state}  "
        f"{commits}  {flat(run.program)}{freed}  {out.paint(run.id, 'dim')}"
    )


def home(context: Context, client: Client) -> str:
    """The organization: --org, that of the linked project, or the only one there is."""
    if named := context.arguments.text("org"):
        return named
    if project := _linked(context):
        return client.projects.get(project).org_id
    found = client.me().organizations
    if len(found) == 1:
        return str(found[0].id)
    raise Refusal(
        "org_required",
        f"you are in {len(found)} organizations; say which by --org",
        missing=[f"{one.id} {one.name}" for one in found],
        next_command=f"br {context.arguments.command} --org ID",
    )


def _linked(context: Context) -> str | None:
    workspace = context.workspace_or_none()
    found = workspace.state().get("project_id") if workspace else None
    return found if isinstance(found, str) else None


def _named(client: Client, org: str, name: str) -> Agent:
    found = list(client.agents.list(org))
    for one in found:
        if name in (one.id, one.name):
            return one
    raise Refusal(
        "unknown_agent",
        f"no agent is called {name}",
        missing=[one.name for one in found],
        next_command="br agent list",
    )


def _plain(one: Any) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.to_builtins(one)
    return value
