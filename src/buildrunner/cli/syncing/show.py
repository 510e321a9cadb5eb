"""What `br sync` and `br reconcile` print."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import CONFLICT, OK, REFUSED, Refusal
from buildrunner.cli.output import Output
from buildrunner.cli.syncing.landing import SENT, TOOK, Outcome
from buildrunner.spec.diff import describe
from buildrunner.spec.document import document_hash

MOST = 12
WIDEST = 300


def outcome(
    context: Context, done: Outcome, *, dry_run: bool, extra: dict[str, Any] | None = None
) -> int:
    """Tell what a sync did; conflicts become a refusal with exit code 5, refused statuses exit 1."""
    if done.conflicts:
        raise refusal(done.conflicts, done.revision)
    out = context.out
    foreseen = not (done.pushed or done.pulled)
    in_sync = foreseen if dry_run else document_hash(done.plan) == done.document_hash
    out.emit(
        {
            "in_sync": in_sync,
            "revision": done.revision,
            "document_hash": done.document_hash,
            "pushed": done.pushed,
            "pulled": done.pulled,
            "renames": done.renames,
            "conflicts": [],
            "refused": done.refused,
            "warnings": done.warnings,
            "dry_run": dry_run,
            **(extra or {}),
        }
    )
    arrows = {SENT: out.pick("↑", ">"), TOOK: out.pick("↓", "<")}
    for kind, operations, before in done.steps:
        _list(out, operations, arrows[kind], before)
    for rename in done.renames:
        out.note(
            f"{rename['from']} was taken on both sides: {rename.get('title', '')!r} is now "
            f"{rename['to']}"
        )
    if done.revision == 0:
        out.note("the server has no plan yet")
        out.hint("br sync --push")
        return OK
    if dry_run:
        out.note(f"would send {_count(done.pushed)}, take {_count(done.pulled)}")
        return OK
    whole = any(kind == SENT and not before for kind, _, before in done.steps)
    sent = "the whole plan" if whole else _count(done.pushed)
    state = "in sync at" if in_sync else "took everything up to"
    if done.pushed or done.pulled or done.first:
        out.note(f"{state} revision {done.revision}: sent {sent}, took {_count(done.pulled)}")
    else:
        out.note(
            f"{state} revision {done.revision}: nothing to {'exchange' if in_sync else 'take'}"
        )
    for each in done.warnings:
        what = each["reason"] if _is_move(each) else f"{each['id']} is done without proof"
        out.note(f"{what}; the policy only warns")
    if done.refused:
        return _left_out(out, done.refused)
    if not in_sync:
        out.hint("br sync", "sends what was changed here")
    return OK


def _is_move(each: dict[str, Any]) -> bool:
    return each.get("code") == "transition_refused"


def _left_out(out: Output, refused: list[dict[str, Any]]) -> int:
    """List the statuses that the server does not take, and how that would change."""
    cross = out.pick("✗", "x")
    for each in refused[:MOST]:
        state = each["after"] if _is_move(each) else "done"
        out.data(f"{cross} {each['id']} is not {state}: {_short(each.get('title', ''))}")
        if _is_move(each):
            out.data(f"    {_short(each['reason'])}")
            out.data(f"    {each['clause']} of the policy; {each['owner']} can change that")
        for one in each.get("missing", []):
            out.data(f"    {_short(one['text'] or 'the microstep')}: {_short(one['reason'])}")
    if len(refused) > MOST:
        out.data(f"{cross} and {len(refused) - MOST} more")
    count = "1 microstep was" if len(refused) == 1 else f"{len(refused)} microsteps were"
    moves = sum(_is_move(each) for each in refused)
    why = " as done, for want of proof" if not moves else ""
    if moves == len(refused):
        why = " by the rules of the policy about statuses"
    out.note(
        f"{count} refused{why}; all else went through, your edit stays here "
        "and the next sync offers it again"
    )
    out.hint(refused[0].get("next_command") or "br qa run")
    return REFUSED


def unresolved(context: Context, conflicts: list[dict[str, Any]], *, decided: int = 0) -> int:
    """List what waits for a decision, and refuse with exit code 5."""
    for number, each in enumerate(conflicts, 1):
        context.out.data(conflict(context.out, each, f"{number} of {len(conflicts)}"))
    if decided:
        context.out.note(f"{decided} decided and kept")
    raise refusal(conflicts, None)


def refusal(conflicts: list[dict[str, Any]], revision: int | None) -> Refusal:
    """The refusal for open conflicts: which fields, and how to settle them."""
    names = [f"{each['id'] or 'plan'}.{each['field']}" for each in conflicts]
    count = "1 conflict" if len(names) == 1 else f"{len(names)} conflicts"
    extra: dict[str, Any] = {"conflicts": conflicts}
    if revision is not None:
        extra["revision"] = revision
    return Refusal(
        "conflict",
        f"{count}: both sides changed {', '.join(names[:MOST])}"
        + (" and more" if len(names) > MOST else ""),
        hint="your plan is as it was; `br reconcile` shows both values, --ours or --theirs takes "
        "one side, --set ID.FIELD=VALUE another value",
        missing=names,
        next_command="br reconcile",
        exit_code=CONFLICT,
        extra=extra,
    )


def conflict(out: Output, each: dict[str, Any], position: str) -> str:
    """One conflict for people: what, base, ours, theirs, and who made theirs when."""
    author = each.get("author") or {}
    name = author.get("name") if isinstance(author, dict) else str(author)
    when = f"{name}, {each.get('time', '')}".strip(", ") if name else ""
    by = "  " + out.paint(when, "dim") if when else ""
    head = f"{out.paint(each['id'] or 'plan', 'bold')} {each['field']}  {each.get('title', '')}"
    lines = [f"{head}  {out.paint(f'({position})', 'dim')}"]
    for side, words in (("base", "was"), ("ours", "ours (this clone)"), ("theirs", "theirs")):
        shown = _short(each[side]) if side in each else out.paint("absent", "dim")
        lines.append(f"  {words:<18}{shown}{by if side == 'theirs' else ''}")
    return "\n".join(lines)


def _list(out: Output, operations: list[dict[str, Any]], arrow: str, plan: dict[str, Any]) -> None:
    shown = told(operations)
    for operation in shown[:MOST]:
        out.data(f"{arrow} {describe(operation, plan)}")
    if len(shown) > MOST:
        out.data(f"{arrow} and {len(shown) - MOST} more")


def told(operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The operations people made: `updatedAt` moves by itself and is not counted."""
    return [each for each in operations if each.get("id") or each.get("field") != "updatedAt"]


def _count(operations: list[dict[str, Any]]) -> str:
    count = len(told(operations))
    return "1 change" if count == 1 else f"{count} changes"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
