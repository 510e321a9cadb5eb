"""A provider's invoice or usage export, a CSV file, as amounts by model."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from buildrunner.server.domains.metering.errors import InvoiceUnreadable

MOST_ROWS = 100_000
# Columns as providers and FOCUS name them, in lower case without spaces and underscores.
_MODEL = (
    *("model", "modelname", "modelid", "skuid", "sku", "resourcename", "lineitem", "item"),
    *("description", "chargedescription", "servicename"),
)
_AMOUNT = (
    *("costusd", "amountusd", "cost", "amount", "totalcost", "total", "billedcost"),
    *("effectivecost", "amountvalue", "charge", "price", "usd"),
)
_QUANTITY = ("tokens", "totaltokens", "quantity", "consumedquantity", "usage", "usageamount")
_TIME = ("chargeperiodstart", "date", "usagedate", "usagestart", "starttime", "day", "timestamp")
_PROVIDER = ("provider", "providername", "invoiceissuername", "publishername")
# What providers append to a model's name on a line of an invoice.
_PART = re.compile(
    r"(?i)[\s,:;/()-]+(?:cached?|cache|batch|uncached|input|output|reasoning|read|write|tokens?"
    r"|completion|prompt|text|usage|api)\b.*$"
)


@dataclass(slots=True)
class InvoiceLine:
    """What is invoiced for one model."""

    provider: str | None
    model: str
    amount: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """The lines, and the days they speak of if they do."""

    lines: list[InvoiceLine]
    first: datetime | None
    last: datetime | None


def read(text: str) -> Invoice:
    """The rows of a file with a header; columns are found by their names. Raises
    InvoiceUnreadable."""
    sample = text.lstrip("\ufeff")
    separator = (
        ";" if sample.split("\n", 1)[0].count(";") > sample.split("\n", 1)[0].count(",") else ","
    )
    rows = csv.reader(io.StringIO(sample), delimiter=separator)
    header = next(rows, None) or []
    known = [re.sub(r"[\s_()$]+", "", name).lower() for name in header]
    model, amount = _find(known, _MODEL), _find(known, _AMOUNT)
    if model is None or amount is None:
        missing = "the model" if model is None else "the amount"
        raise InvoiceUnreadable(
            f"No column of the file is {missing}. Its header has {', '.join(header)[:300]}; "
            "name the columns `model` and `cost`.",
            field="invoice",
        )
    quantity, time, provider = (_find(known, names) for names in (_QUANTITY, _TIME, _PROVIDER))
    lines, times = [], []
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if number > MOST_ROWS:
            raise InvoiceUnreadable(f"The file has more than {MOST_ROWS:,} rows.", field="invoice")
        name = _cell(row, model)
        if not name or name.lower() in ("total", "subtotal", "sum", "tax"):
            continue
        lines.append(
            InvoiceLine(
                _cell(row, provider).lower() or None if provider is not None else None,
                _PART.sub("", name).strip().lower(),
                _number(_cell(row, amount), number),
                None if quantity is None else _number(_cell(row, quantity), number),
            )
        )
        if time is not None and (found := _time(_cell(row, time))):
            times.append(found)
    if not lines:
        raise InvoiceUnreadable("The file has no rows.", field="invoice")
    return Invoice(lines, min(times, default=None), max(times, default=None))


def _find(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(row: list[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _number(text: str, row: int) -> Decimal | None:
    plain = re.sub(r"[\s$€]|USD", "", text)
    if not plain:
        return None
    if ("," in plain and "." in plain) or re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    try:
        number = Decimal(plain.replace(",", "."))
        if not number.is_finite():
            raise InvalidOperation
        return number
    except InvalidOperation:
        raise InvoiceUnreadable(
            f"{text!r} in row {row} is not a number.", field="invoice"
        ) from None


def _time(text: str) -> datetime | None:
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
