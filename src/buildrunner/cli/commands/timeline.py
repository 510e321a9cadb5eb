"""`br timeline`: who did what, when, at which commit."""

from __future__ import annotations

from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.layout import flat
from buildrunner.cli.taking import is_linked

_SHORT = 10


def run_timeline(context: Context) -> int:
    """The newest events of the linked project, or of this clone; agents are marked as such."""
    out, limit = context.out, context.arguments.number("limit", 20)
    here = context.arguments.flag("local") or not is_linked(context)
    found = _here(context) if here else _there(context, limit)
    found = found[:limit]
    out.emit({"events": found, "where": "here" if here else context.settings.server})
    for one in found:
        who = out.paint(flat(one["who"]) or "-", "bold")
        mark = " agent" if one["agent"] else ""
        ids = ", ".join(one["ids"][:5])
        commit = f"  {one['commit'][:_SHORT]}" if one["commit"] else ""
        out.data(f"{out.paint(one['time'], 'dim')}  {who}{mark}  {one['what']}  {ids}{commit}")
    if not found:
        out.note("nothing has happened yet")
        out.hint("br next", "begins something")
    return 0


def _there(context: Context, limit: int) -> list[dict[str, Any]]:
    from buildrunner.cli.remote import connect
    from buildrunner.cli.syncing.records import link_of

    link = link_of(context.workspace)
    arguments = context.arguments
    with connect(context.settings) as client:
        stream = client.timelines.events(
            link.project_id, zoom="quarter", item=arguments.text("ID"), who=arguments.text("who")
        )
        return [
            {
                "time": event.time,
                "who": event.actor.get("label") or event.actor.get("name") or "",
                "agent": event.agent,
                "what": event.kind,
                "ids": event.ids,
                "commit": str(event.data.get("commit") or ""),
                "run": event.subject if event.kind.startswith("agent_run.") else "",
            }
            for event, _ in zip(stream, range(limit), strict=False)
        ]


def _here(context: Context) -> list[dict[str, Any]]:
    from buildrunner.workspace import journal, runs

    agents = runs.every(context.workspace)
    sessions = {run["session"] for run in agents}
    found: list[dict[str, Any]] = [
        {
            "time": str(entry.get("time") or ""),
            "who": str(entry.get("actor") or ""),
            "agent": entry.get("session") in sessions,
            "what": f"br {entry['command']}" if entry.get("command") else "edited outside br",
            "ids": list(
                dict.fromkeys(
                    str(operation.get("id") or operation.get("parent"))
                    for operation in entry.get("operations", ())
                )
            ),
            "commit": str(entry.get("commit") or ""),
            "run": str(entry.get("session") or ""),
        }
        for entry in journal.entries(context.workspace)
    ]
    for run in agents:
        for moment, what, commit in (
            (run["started"], "began a run", run["commit_start"]),
            (run["ended"], "ended a run", run["commit_end"]),
        ):
            if moment:
                found.append(
                    {
                        "time": moment,
                        "who": run["actor"],
                        "agent": True,
                        "what": what,
                        "ids": run["freed"] if what == "ended a run" else [],
                        "commit": commit or "",
                        "run": run["session"],
                    }
                )
    wanted, who = context.arguments.text("ID"), context.arguments.text("who")
    kept = [
        one
        for one in found
        if (not wanted or wanted in one["ids"]) and (not who or who == one["who"])
    ]
    # Times are whole seconds: within one a run begins first and ends last.
    place = {"began a run": -1, "ended a run": len(kept)}
    order = {id(one): place.get(one["what"], number) for number, one in enumerate(kept)}
    return sorted(kept, key=lambda one: (str(one["time"]), order[id(one)]), reverse=True)
