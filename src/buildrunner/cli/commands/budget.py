"""`br budget`: what may be spent, and what is."""

from __future__ import annotations

from typing import Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import USAGE, Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import Budget

_PERIODS = {"month": "a month", "day": "a day", "total": "in total"}


def run_budget_list(context: Context) -> int:
    """List the budgets that count for the linked project."""
    out, link = context.out, link_of(context.workspace)
    with connect(context.settings) as client:
        found = list(client.budgets.list(project_id=link.project_id))
    out.emit({"budgets": [_plain(one) for one in found]})
    for one in found:
        _show(context, one)
    if not found:
        out.note("nothing limits what is spent")
        out.hint("br budget set 250 --hard", "limit it")
    return 0


def run_budget_set(context: Context) -> int:
    """Set a budget, or change the one that stands."""
    arguments, out = context.arguments, context.out
    link = link_of(context.workspace)
    amount = _amount(arguments.text("USD") or "")
    scope, _, subject = (arguments.text("for") or "project").partition(":")
    period = arguments.text("period") or "month"
    hard = arguments.flag("hard")
    alert = arguments.number("alert", 80)
    if not 1 <= alert <= 100:
        raise Refusal("alert_invalid", "--alert is a percentage from 1 to 100", exit_code=USAGE)
    with connect(context.settings) as client:
        stands = [
            one
            for one in client.budgets.list(project_id=link.project_id)
            if (one.scope, one.subject, one.period, one.origin) == (scope, subject, period, "")
            and one.project_id
        ]
        if stands:
            kept = client.budgets.update(
                stands[0].id, amount_usd=amount, hard_cap=hard, alert_threshold=alert / 100
            )
        else:
            kept = client.budgets.set(
                amount,
                project_id=link.project_id,
                scope=scope,
                subject=subject,
                period=period,
                hard_cap=hard,
                alert_threshold=alert / 100,
            )
    out.emit({"budget": _plain(kept)})
    _show(context, kept)
    return 0


def run_budget_end(context: Context) -> int:
    """End a budget."""
    name = context.arguments.text("ID") or ""
    with connect(context.settings) as client:
        client.budgets.end(name)
    context.out.emit({"ended": name})
    context.out.data(f"{name} is no budget any more")
    return 0


def _amount(text: str) -> str:
    plain = text.replace(",", "")
    whole, _, places = plain.partition(".")
    if not (whole + places).isdigit() or not whole:
        raise Refusal("amount_invalid", f"{text!r} is no amount of USD", exit_code=USAGE)
    return plain


def _plain(one: Budget) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(one)
    return found


def _show(context: Context, one: Budget) -> None:
    out = context.out
    title = one.name or " ".join(part for part in (one.scope, one.subject) if part)
    kind = "hard cap" if one.hard_cap else "warns"
    spent = f"{float(one.spent_usd):,.2f} of {float(one.cap_usd):,.2f} USD {_PERIODS[one.period]}"
    out.data(f"{out.paint(flat(title), 'bold')}  {spent}  {one.used:.0%}  {kind}")
    out.data(f"  {out.paint(one.id, 'dim')}")
