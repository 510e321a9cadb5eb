"""`br cost …`: prices, invoices, repricing and the FOCUS export of an organization."""

from __future__ import annotations

from buildrunner.cli.commands.audit import not_written, organization
from buildrunner.cli.commands.usage import times
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, usage
from buildrunner.cli.remote import connect

PATIENCE = 120.0
_KINDS = ("input", "cache_read", "cache_write", "output", "reasoning")


def run_prices(context: Context) -> int:
    """What a model costs now, or the organization's own list."""
    from msgspec.structs import asdict

    arguments, out = context.arguments, context.out
    model = arguments.text("MODEL")
    with connect(context.settings, timeout=PATIENCE) as client:
        org_id = organization(context, client)
        if model:
            quote = client.costs.quote(org_id, model, provider=arguments.text("provider"))
            out.emit(asdict(quote))
            if not quote.known:
                out.note(f"no price of {model} is known: what it costs is unknown, not nothing")
                out.hint(f"br cost set {model} --input USD --output USD")
                return REFUSED
            for kind, rate in quote.rates.items():
                out.data(f"{kind:<12} {_rate(rate):>12} {quote.currency} a million tokens")
            for kind, rate in (quote.batch_rates or {}).items():
                out.data(f"{kind + ', batch':<20} {_rate(rate)} {quote.currency} a million tokens")
            out.note(f"{quote.model_name} of {quote.provider or 'any provider'}, {quote.version}")
            return OK
        found = list(client.costs.prices(org_id))
    out.emit({"prices": [asdict(price) for price in found]})
    for price in found:
        rates = ", ".join(f"{kind} {_rate(rate)}" for kind, rate in price.rates.items())
        out.data(
            f"{price.id}  {price.provider or 'any':<12} {price.model_name:<28}"
            f" {rates or price.per_unit}  from {price.valid_from}"
        )
    if not found:
        out.note("no prices of your own: the public list holds")
        out.hint("br cost prices gpt-4o", "what that says")
    return OK


def _rate(rate: object) -> str:
    if isinstance(rate, dict):
        tiers = ", ".join(f"{price} above {start:,}" for start, price in rate["tiers"])
        return f"{rate['base']} ({tiers})"
    return str(rate)


def run_set(context: Context) -> int:
    """Add a price to the organization's own list."""
    from msgspec.structs import asdict

    arguments, out = context.arguments, context.out
    rates = {
        kind: text
        for kind in _KINDS
        if (text := arguments.text(kind.replace("_", "-"))) is not None
    }
    per_unit = arguments.text("per-unit")
    kind = arguments.text("type") or "tokens"
    if kind == "tokens" and "input" not in rates:
        raise usage("a price of tokens needs --input", next_command="br help cost set")
    with connect(context.settings, timeout=PATIENCE) as client:
        made = client.costs.set_price(
            organization(context, client),
            arguments.required("MODEL"),
            provider=arguments.text("provider"),
            event_type=kind,
            rates=rates or None,
            per_unit=per_unit,
            valid_from=times(context)["since"],
        )
    out.emit(asdict(made))
    out.note(f"{made.model_name} costs that from {made.valid_from} on ({made.version})")
    out.hint("br cost reprice --from DATE --until DATE", "charge earlier events by it")
    return OK


def run_reprice(context: Context) -> int:
    """Compare charges with the prices that hold now; with `--apply` write them."""
    from msgspec.structs import asdict

    arguments, out = context.arguments, context.out
    given = times(context)
    since, until = given["since"], given["until"]
    if since is None or until is None:
        raise usage("say --from and --until", next_command="br help cost reprice")
    with connect(context.settings, timeout=PATIENCE) as client:
        told = client.costs.reprice(
            organization(context, client),
            since=since,
            until=until,
            model_name=arguments.text("model"),
            apply=arguments.flag("apply"),
        )
    out.emit(asdict(told))
    out.data(f"before {told.before}   after {told.after}   difference {told.difference} USD")
    out.note(
        f"{told.events:,} events, {told.changed:,} charged otherwise, {told.unpriced:,} without a "
        f"price{', written' if told.applied else ''}"
    )
    if told.changed and not told.applied:
        out.hint(f"br cost reprice --from {since} --until {until} --apply")
    return OK


def run_reconcile(context: Context) -> int:
    """An invoice against the meter; exit 1 where they differ."""
    from msgspec.structs import asdict

    arguments, out = context.arguments, context.out
    name = arguments.required("INVOICE")
    try:
        with open(context.path(name), encoding="utf-8-sig") as file:
            invoice = file.read()
    except UnicodeDecodeError:
        raise usage(f"{name} is not text", next_command="br help cost reconcile") from None
    except OSError as error:
        raise not_written(name, error) from None
    with connect(context.settings, timeout=PATIENCE) as client:
        told = client.costs.reconcile(
            organization(context, client),
            invoice,
            provider=arguments.text("provider"),
            **times(context),
        )
    out.emit(asdict(told) | {"lines": [asdict(line) for line in told.lines]})
    width = max([len(line.model_name) for line in told.lines], default=5)
    out.data(f"{'model':<{width}} {'invoiced':>14} {'metered':>14} {'difference':>14}")
    for line in told.lines:
        cells = (line.invoiced, line.metered, line.difference)
        share = "" if line.percent is None else f"  {line.percent:+.1f} %"
        row = " ".join(f"{cell or '-':>14}" for cell in cells)
        note = f"  {line.note}" if line.note else ""
        out.data(f"{line.model_name:<{width}} {row}{share}{note}")
    out.note(
        f"{told.since[:10]} to {told.until[:10]}: invoiced {told.invoiced}, metered {told.metered},"
        f" difference {told.difference} {told.currency}"
    )
    same = all(line.difference is not None and not float(line.difference) for line in told.lines)
    return OK if same else REFUSED


def run_export(context: Context) -> int:
    """Costs as FOCUS, into a file."""
    arguments, out = context.arguments, context.out
    form = arguments.text("format") or "csv"
    target = arguments.text("out") or f"focus.{form}"
    with connect(context.settings, timeout=PATIENCE) as client:
        body = client.costs.focus(
            organization(context, client),
            format=form,
            **times(context),
        )
    from buildrunner.workspace import files

    try:
        files.write(context.path(target), body)
    except OSError as error:
        raise not_written(target, error) from None
    out.emit({"path": target, "bytes": len(body), "format": form})
    out.note(f"wrote {target}")
    return OK
