"""Costs in the FinOps Open Cost and Usage Specification (FOCUS 1.2), a row a day and cause.

https://focus.finops.org. One departure: where no price is known the costs are null and
`x_PriceKnown` false, while the specification wants numbers there. Unit prices are left out: a row
sums tokens of several kinds, each of which has its own.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.metering.models import Rollup
from buildrunner.server.domains.metering.queries.usage import month_bounds
from buildrunner.server.domains.metering.rules import booking
from buildrunner.server.domains.tenancy.facade import Organization, Project

# Column → how Parquet keeps it.
COLUMNS: Final[dict[str, str]] = {
    "BilledCost": "money",
    "BillingAccountId": "text",
    "BillingAccountName": "text",
    "BillingCurrency": "text",
    "BillingPeriodEnd": "time",
    "BillingPeriodStart": "time",
    "ChargeCategory": "text",
    "ChargeClass": "text",
    "ChargeDescription": "text",
    "ChargeFrequency": "text",
    "ChargePeriodEnd": "time",
    "ChargePeriodStart": "time",
    "ConsumedQuantity": "money",
    "ConsumedUnit": "text",
    "ContractedCost": "money",
    "EffectiveCost": "money",
    "InvoiceIssuerName": "text",
    "ListCost": "money",
    "PricingCategory": "text",
    "PricingQuantity": "money",
    "PricingUnit": "text",
    "ProviderName": "text",
    "PublisherName": "text",
    "ServiceCategory": "text",
    "ServiceName": "text",
    "ServiceSubcategory": "text",
    "SkuId": "text",
    "SubAccountId": "text",
    "SubAccountName": "text",
    "Tags": "text",
    "x_PriceKnown": "flag",
    "x_Events": "count",
}
_SERVICES = {
    "tokens": ("AI and Machine Learning", "Generative AI", "Language models"),
    "api_calls": ("Developer Tools", "Other (Developer Tools)", "API calls"),
    "storage": ("Storage", "Other (Storage)", "Storage"),
    "compute": ("Compute", "Other (Compute)", "Compute"),
    "integrations": ("Integration", "Other (Integration)", "Integrations"),
}
_TAGS = ("team_id", "milestone", "step", "microstep", "person_id", "key_id", "agent_id")


def focus_rows(
    org_id: UUID, *, since: datetime, until: datetime, project_id: UUID | None = None
) -> Iterator[dict[str, Any]]:
    """One row for each day and each set of causes, by day; in scope."""
    name = Organization.objects.filter(id=org_id).values_list("name", flat=True).first() or ""
    titles = dict(Project.objects.filter(org_id=org_id).values_list("id", "title"))
    rows = Rollup.objects.filter(org_id=org_id, grain="day", bucket__gte=since, bucket__lt=until)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    for row in rows.order_by("bucket", "key").iterator(chunk_size=2000):
        yield _row(row, name, titles.get(row.project_id, "") if row.project_id else "")


def _row(row: Rollup, organization: str, project: str) -> dict[str, Any]:
    starts, ends = month_bounds(booking.month_of(row.bucket))
    category, subcategory, service = _SERVICES[row.type]
    cost = None if row.unpriced else row.cost
    sold = cost is not None or row.unpriced
    maker = row.provider or ("BuildRunner" if row.type in booking.UNSOLD else "unknown")
    unit = booking.UNITS[row.type]
    tags = {tag: str(value) for tag in _TAGS if (value := getattr(row, tag)) is not None}
    about = row.model or service
    # A row without a quantity corrects what was charged before.
    used = row.quantity or None
    return {
        "BilledCost": cost if sold else Decimal(0),
        "BillingAccountId": str(row.org_id),
        "BillingAccountName": organization,
        "BillingCurrency": row.currency,
        "BillingPeriodEnd": ends,
        "BillingPeriodStart": starts,
        "ChargeCategory": "Usage" if used else "Adjustment",
        "ChargeClass": None if used else "Correction",
        "ChargeDescription": f"{about}, {unit}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": row.bucket + timedelta(days=1),
        "ChargePeriodStart": row.bucket,
        "ConsumedQuantity": used,
        "ConsumedUnit": unit if used else None,
        "ContractedCost": cost if sold else Decimal(0),
        "EffectiveCost": cost if sold else Decimal(0),
        "InvoiceIssuerName": maker,
        "ListCost": cost if sold else Decimal(0),
        "PricingCategory": "Standard" if used else None,
        "PricingQuantity": used,
        "PricingUnit": unit if used else None,
        "ProviderName": maker,
        "PublisherName": maker,
        "ServiceCategory": category,
        "ServiceName": service,
        "ServiceSubcategory": subcategory,
        "SkuId": row.model or row.type,
        "SubAccountId": None if row.project_id is None else str(row.project_id),
        "SubAccountName": project or None,
        "Tags": json.dumps(tags, sort_keys=True),
        "x_PriceKnown": not row.unpriced,
        "x_Events": row.events,
    }


def focus_csv(
    org_id: UUID, *, since: datetime, until: datetime, project_id: UUID | None = None
) -> bytes:
    """As CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in focus_rows(org_id, since=since, until=until, project_id=project_id):
        writer.writerow([_cell(value) for value in row.values()])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def focus_parquet(
    org_id: UUID, *, since: datetime, until: datetime, project_id: UUID | None = None
) -> bytes:
    """As Parquet: amounts are decimals, times timestamps."""
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    rows = list(focus_rows(org_id, since=since, until=until, project_id=project_id))
    columns: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        values = [row[name] for row in rows]
        if kind == "money":
            texts = [None if value is None else f"{value:f}" for value in values]
            made = Array(texts, type=DataType.utf8()).cast(DataType.decimal128(38, 10))
        elif kind == "time":
            moments = [int(value.timestamp() * 1_000_000) for value in values]
            made = Array(moments, type=DataType.int64()).cast(DataType.timestamp("us", tz="UTC"))
        elif kind == "flag":
            made = Array(values, type=DataType.bool())
        elif kind == "count":
            made = Array(values, type=DataType.int64())
        else:
            made = Array(values, type=DataType.utf8())
        columns[name] = made
    out = io.BytesIO()
    write_parquet(Table.from_pydict(columns), out)
    return out.getvalue()
