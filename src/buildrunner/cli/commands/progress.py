"""`br status` and `br next`: where the plan stands, and what to do next and why.

Both are hot: they live on the index beside the plan and import nothing else when it holds.
"""

from __future__ import annotations

from buildrunner.cli.errors import REFUSED, Refusal
from buildrunner.cli.layout import clip, flat, pad, width_of
from buildrunner.workspace.index import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.context import Context
    from buildrunner.cli.output import Output

_BAR = 20
_MOST = 5
# So many milestones do not fit a screen: those that are done become one line.
_MANY = 24
_PROOF = ("proven", "self_attested", "unproven")


def run_status(context: Context) -> int:
    """Print progress, what is in work, what is blocked, and how the clone stands to its server."""
    from buildrunner.cli.standing import standing

    workspace, out = context.workspace, context.out
    found = summary(workspace)
    milestones = found["milestones"]
    wanted = context.arguments.text("milestone")
    if wanted is not None:
        milestones = [each for each in milestones if each["id"] == wanted]
        if not milestones:
            from buildrunner.cli.subjects import unknown

            raise unknown(workspace.read()[1], wanted)
    claims = claims_of(context)
    sync, health = standing(context, offline=context.arguments.flag("offline"))
    candidates = free(found["next"], claims)
    proof = _proof(context, found["counts"]["done"])
    if out.json:
        inside = proof["milestones"]
        out.emit(
            {
                "plan": {name: found[name] for name in ("title", "version", "project_id")}
                | {"path": workspace.plan_path},
                "counts": found["counts"] | {name: proof[name] for name in _PROOF},
                "milestones": [each | {"proven": inside.get(each["id"], 0)} for each in milestones],
                "doing": [with_claim(each, claims) for each in found["doing"]],
                "blocked": found["blocked"],
                "next": candidates[0] if candidates else None,
                "claims": list(claims.values()),
                "sync": sync,
                "health": health,
            }
        )
        return 0
    _head(out, found, proof)
    _milestones(out, milestones)
    _in_work(out, found, claims)
    out.data("")
    for line in _standing_lines(out, sync, health):
        out.data(line)
    if candidates:
        out.hint("br next", f"{candidates[0]['id']} is ready")
    return 0


def claims_of(context: Context) -> dict[str, dict[str, Any]]:
    """The leases in this clone; reading them imports nothing where there are none."""
    from buildrunner.workspace.claims import active

    return active(context.workspace)


def free(
    candidates: list[dict[str, Any]], claims: dict[str, dict[str, Any]], mine: str = ""
) -> list[dict[str, Any]]:
    """The candidates nobody holds, or that `mine` holds; what has no id cannot be named."""
    return [
        each
        for each in candidates
        if each["id"]
        and (each["id"] not in claims or (mine and claims[each["id"]]["holder"] == mine))
    ]


def with_claim(row: dict[str, Any], claims: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row with the lease on it."""
    claim = claims.get(row["id"])
    return {**row, "claim": claim} if claim else row


def _percent(counts: dict[str, Any]) -> int:
    return int(counts["done"] * 100 // counts["total"]) if counts["total"] else 0


def _proof(context: Context, done: int) -> dict[str, Any]:
    """What is proven of what is done; what cannot be judged is told and counts as unproven."""
    from buildrunner.workspace.errors import WorkspaceError
    from buildrunner.workspace.proven import tally

    try:
        return tally(context.workspace, done)
    except WorkspaceError as error:
        context.out.note(f"warning: nothing counts as proven: {error.message}")
        return {"proven": 0, "self_attested": 0, "unproven": done, "milestones": {}}


def _proof_words(proof: dict[str, Any]) -> str:
    words = f"; of these {proof['proven']} proven"
    if proof["self_attested"]:
        words += f" ({proof['self_attested']} self-attested)"
    return words + (f", {proof['unproven']} unproven" if proof["unproven"] else "")


def _head(out: Output, found: dict[str, Any], proof: dict[str, Any]) -> None:
    counts = found["counts"]
    title = out.paint(flat(found["title"]) or "untitled", "bold")
    version = out.paint(flat(found["version"]), "dim")
    out.data(f"{title}  {version}".rstrip())
    bar = (
        f"{out.bar(counts['done'], counts['doing'], counts['total'], 2 * _BAR)}  "
        if out.tty
        else ""
    )
    words = _proof_words(proof) if counts["done"] else ""
    done = f"{counts['done']} of {counts['total']} microsteps done, {_percent(counts)} %"
    out.data(f"{bar}{done}{words}")
    parts = [
        f"{out.glyph('doing')} {counts['doing']} doing",
        f"{out.glyph('blocked')} {counts['blocked']} blocked",
        f"{out.glyph('todo')} {counts['ready']} ready",
        f"{counts['waiting']} waiting",
    ]
    out.data("  ".join(parts))


def _milestones(out: Output, milestones: list[dict[str, Any]]) -> None:
    if not milestones:
        return
    out.data("")
    finished = [each for each in milestones if each["total"] and each["done"] == each["total"]]
    if out.tty and len(milestones) > _MANY and len(finished) > 1:
        milestones = [each for each in milestones if each not in finished]
        out.data(f"{out.glyph('done')} {len(finished)} milestones are done: br list --status done")
    ids = max((width_of(str(each["id"] or "-")) for each in milestones), default=0)
    digits = max((len(str(each["total"])) for each in milestones), default=0)
    bar = _BAR if out.width >= 72 else 10
    for each in milestones:
        count = f"{each['done']:>{digits}}/{each['total']:<{digits}}"
        bits = [f"{each[name]} {name}" for name in ("doing", "blocked", "ready") if each[name]]
        drawn = f"{out.bar(each['done'], each['doing'], each['total'], bar)}  " if out.tty else ""
        head = f"{pad(str(each['id'] or '-'), ids)}  {drawn}{count}  {_percent(each):>3} %  "
        visible = ids + (bar + 2 if out.tty else 0) + 2 * digits + 12
        tail = f"  {', '.join(bits)}" if bits else ""
        title = flat(each["title"])
        if out.tty:
            title = clip(title, max(16, out.width - visible - len(tail)), out.pick("…", "..."))
        out.data(f"{head}{title}{out.paint(tail, 'dim')}")


def _in_work(out: Output, found: dict[str, Any], claims: dict[str, dict[str, Any]]) -> None:
    shown = [*found["doing"][:_MOST], *found["blocked"][:_MOST]]
    if not shown:
        return
    ids = max(width_of(row["id"]) for row in shown)
    for status in ("doing", "blocked"):
        rows = found[status]
        total = found["counts"][status]
        if rows:
            out.data("")
            out.data(out.paint("In progress" if status == "doing" else "Blocked", "bold"))
        for row in rows[:_MOST]:
            claim = claims.get(row["id"])
            who = claim["holder"] if claim else row.get("owner")
            tail = f"  {flat(who)}" if who and status == "doing" else ""
            if status == "blocked" and row.get("blocked_reason"):
                tail = f"  {flat(row['blocked_reason'])}"
            out.data(
                f"{out.glyph(status)} {pad(row['id'], ids)}  {flat(row.get('title'))}"
                f"{out.paint(tail, 'dim')}"
            )
        if total > _MOST:
            out.data(f"  and {total - min(_MOST, len(rows))} more: br list --status {status}")


def _standing_lines(out: Output, sync: dict[str, Any], health: dict[str, Any]) -> list[str]:
    from buildrunner.cli.standing import sentence

    color = {"in_sync": "green", "unlinked": "dim", "unknown": "dim"}.get(sync["state"], "yellow")
    lines = [f"sync      {out.paint(sentence(sync), color)}"]
    for name, state in health.items():
        words = f"{state['state']}  {state['url']}"
        if state.get("milliseconds") is not None:
            words += f"  {state['milliseconds']} ms"
        if state.get("reason"):
            words += f"  ({state['reason']})"
        lines.append(
            f"{name:<9} {out.paint(words, 'green' if state['state'] == 'ok' else 'yellow')}"
        )
    return lines


def run_next(context: Context) -> int:
    """Print the best ready microstep (or `--limit` of them) and why; `--claim` takes it."""
    arguments, out = context.arguments, context.out
    mine = context.named_actor()
    limit = max(1, arguments.number("limit", 1))
    candidates = _candidates(context, mine, limit)
    if not candidates:
        raise _nothing(context)
    chosen = candidates[:limit]
    taken: dict[str, Any] = {}
    if arguments.flag("claim") or arguments.flag("start"):
        from buildrunner.cli.taking import take_first

        row, taken = take_first(context, candidates)
        chosen = [row]
    out.emit({"next": chosen[0], "candidates": chosen, **taken})
    if not out.json:
        for row in chosen:
            _print_candidate(out, row, brief=limit > 1)
    if taken:
        out.note(f"{chosen[0]['id']} is yours until {taken['claim']['expires_at']}")
    else:
        out.hint(f"br start {chosen[0]['id']}")
    return 0


def _candidates(context: Context, mine: str, limit: int) -> list[dict[str, Any]]:
    """At least `limit` free candidates where there are so many, best first."""
    from buildrunner.workspace.index import KEPT, candidate

    claims = claims_of(context)
    found = summary(context.workspace)
    kept = free(found["next"], claims, mine)
    if len(kept) >= limit or found["counts"]["ready"] <= KEPT:
        return kept
    from buildrunner.spec.graph import Graph

    ranked = Graph(context.workspace.read()[1]).rank_next()
    return free([candidate(e.value, e.parent, why) for e, why in ranked], claims, mine)


def _print_candidate(out: Output, row: dict[str, Any], *, brief: bool) -> None:
    out.data(
        f"{out.glyph('todo')} {out.paint(row['id'], 'cyan')}  "
        f"{out.paint(flat(row.get('title')), 'bold')}"
    )
    out.data(f"  why        {'; '.join(row['reasons'])}")
    if brief:
        return
    for number, criterion in enumerate(row["criteria"]):
        out.data(f"  {'done when' if number == 0 else ' ' * 9}  - {flat(criterion)}")


def _nothing(context: Context) -> Refusal:
    """Why there is nothing to do next, and what to do about it."""
    found = summary(context.workspace)
    counts = found["counts"]
    if counts["ready"]:
        return Refusal(
            "all_claimed",
            f"every ready microstep ({counts['ready']}) is held by somebody",
            missing=["a ready microstep that nobody holds"],
            next_command="br list --ready",
            exit_code=REFUSED,
        )
    if counts["total"] and counts["done"] == counts["total"]:
        message, command = f"all {counts['total']} microsteps are done", "br plan add TITLE"
    elif not counts["total"]:
        message, command = "the plan has no microsteps", "br plan add PARENT TITLE"
    else:
        message = (
            f"nothing is ready: {counts['doing']} doing, {counts['blocked']} blocked, "
            f"{counts['waiting']} waiting for them"
        )
        command = "br graph --blocked"
    return Refusal("nothing_ready", message, missing=["a ready microstep"], next_command=command)
