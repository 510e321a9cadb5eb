"""The FOCUS export, held against what version 1.2 of the specification asks of each column."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from buildrunner.server.domains.metering import facade as metering
from factories import Api, Tenant
from factories.usage import make_usage

pytestmark = pytest.mark.django_db
Row = dict[str, str]

# https://focus.finops.org, specification of 1.2: the columns that every dataset has, and those that
# a provider with usage, resources to tell apart and more than one price has.
MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost",
    "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "ServiceCategory",
    "ServiceName",
}  # fmt: skip
CONDITIONAL = {"ConsumedQuantity", "ConsumedUnit", "PricingCategory", "SkuId", "SubAccountId",
               "SubAccountName", "Tags", "ChargeFrequency", "ServiceSubcategory"}  # fmt: skip
NEVER_NULL = MANDATORY - {"ChargeClass", "ChargeDescription", "PricingQuantity", "PricingUnit"}
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"", "Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"", "Standard", "Dynamic", "Committed", "Other"},
}
# The families that the export uses, with their only parent.
SUBCATEGORIES = {
    "Generative AI": "AI and Machine Learning",
    "Other (Developer Tools)": "Developer Tools",
    "Other (Storage)": "Storage",
    "Other (Compute)": "Compute",
    "Other (Integration)": "Integration",
}
NUMBERS = {"BilledCost", "ConsumedQuantity", "ContractedCost", "EffectiveCost", "ListCost",
           "PricingQuantity"}  # fmt: skip
TIMES = {"BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"}
COSTS = {"BilledCost", "ContractedCost", "EffectiveCost", "ListCost"}


def plain(row: Row) -> bool:
    """Usage that corrects nothing."""
    return row["ChargeCategory"] == "Usage" and row["ChargeClass"] != "Correction"


RULES: dict[str, Callable[[Row], bool]] = {
    "allowed values": lambda row: all(row[name] in known for name, known in ALLOWED.items()),
    "nothing mandatory is null, but unknown costs": lambda row: all(
        row[name] for name in NEVER_NULL - (COSTS if row["x_PriceKnown"] == "false" else set())
    ),
    "numbers are decimals without thousands": lambda row: all(
        re.fullmatch(r"-?\d+(\.\d+)?|", row[name]) for name in NUMBERS
    ),
    "times are UTC in ISO 8601": lambda row: all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[name]) for name in TIMES
    ),
    "a charge lies in its billing period": lambda row: (
        row["BillingPeriodStart"]
        <= row["ChargePeriodStart"]
        < row["ChargePeriodEnd"]
        <= row["BillingPeriodEnd"]
    ),
    "usage has a positive consumed quantity, nothing else has one": lambda row: (
        Decimal(row["ConsumedQuantity"]) > 0 if plain(row) else row["ConsumedQuantity"] == ""
    ),
    "a unit stands with its quantity": lambda row: all(
        bool(row[f"{kind}Unit"]) == bool(row[f"{kind}Quantity"]) for kind in ("Consumed", "Pricing")
    ),
    "usage has a pricing quantity, category and SKU": lambda row: (
        not plain(row) or all(row[name] for name in ("PricingQuantity", "PricingCategory", "SkuId"))
    ),
    "corrections are adjustments": lambda row: (
        (row["ChargeClass"] == "Correction") == (row["ChargeCategory"] == "Adjustment")
    ),
    "a currency is an ISO 4217 code": lambda row: (
        re.fullmatch("[A-Z]{3}", row["BillingCurrency"]) is not None
    ),
    "a subcategory has its one category": lambda row: (
        SUBCATEGORIES[row["ServiceSubcategory"]] == row["ServiceCategory"]
    ),
    "tags are an object of texts": lambda row: all(
        isinstance(value, str) for value in json.loads(row["Tags"]).values()
    ),
    "a sub account has both its names or none": lambda row: (
        bool(row["SubAccountId"]) == bool(row["SubAccountName"])
    ),
}


@pytest.fixture
def place(tenant: Tenant, api: Api) -> str:
    """An organization with every kind of usage, an unknown price, and a corrected month."""
    october = datetime(2026, 10, 5, 9, tzinfo=UTC)
    usages = [make_usage(tenant, "october", time=october)]
    usages += [make_usage(tenant, microstep="m1.s1.ms1")]
    usages += [make_usage(tenant, model="nobody-knows-it", provider=None)]
    usages += [
        make_usage(tenant, type=kind, model=None, provider=None, tokens=None, quantity=Decimal(7))
        for kind in ("api_calls", "storage", "compute", "integrations")
    ]
    told = metering.record_usage(tenant.actor, tenant.org_id, usages)
    assert {one.status for one in told} == {"accepted"}
    at = f"/api/orgs/{tenant.org_id}"
    assert api.post(f"{at}/usage/periods", {"month": "2026-10"}).status_code == 204
    price = {
        "model_name": "gpt-4o",
        "rates": {"input": "5", "output": "5"},
        "valid_from": "2026-01-01T00:00:00Z",
    }
    assert api.post(f"{at}/prices", price).status_code == 201
    wish = {"from": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z", "apply": True}
    assert api.post(f"{at}/usage/reprice", wish).json()["adjustments"] == 1
    return f"{at}/usage/focus?from=2026-10-01&until=2027-01-01"


def exported(api: Api, place: str) -> list[Row]:
    answer = api.get(place)
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_columns(api: Api, place: str) -> None:
    names = set(exported(api, place)[0])
    assert names >= MANDATORY | CONDITIONAL
    own = names - MANDATORY - CONDITIONAL
    assert all(name.startswith("x_") for name in own), own


@pytest.mark.parametrize("rule", sorted(RULES))
def test_each_row_keeps_the_rule(api: Api, place: str, rule: str) -> None:
    broken = [row for row in exported(api, place) if not RULES[rule](row)]
    assert not broken, broken[0]


def test_amounts(api: Api, tenant: Tenant, place: str) -> None:
    rows = exported(api, place)
    by_sku = {(row["SkuId"], row["ChargeCategory"]): row for row in rows}
    assert by_sku["nobody-knows-it", "Usage"]["BilledCost"] == ""
    assert by_sku["nobody-knows-it", "Usage"]["x_PriceKnown"] == "false"
    assert Decimal(by_sku["storage", "Usage"]["ConsumedQuantity"]) == 7
    (correction,) = [row for row in rows if row["ChargeClass"] == "Correction"]
    assert Decimal(correction["BilledCost"]) == Decimal("0.001")
    tags = [json.loads(row["Tags"]) for row in rows if row["SkuId"] == "gpt-4o"]
    assert "m1.s1.ms1" in [one.get("microstep") for one in tags]
    known = sum(Decimal(row["BilledCost"] or 0) for row in rows)
    told = api.get(f"/api/usage/summary?project_id={tenant.project_id}&group_by=type").json()
    assert known == sum(Decimal(row["known_cost"] or 0) for row in told["items"])


def test_parquet_holds_the_same(api: Api, place: str) -> None:
    from arro3.io import read_parquet

    rows = exported(api, place)
    data = api.get(f"{place}&format=parquet").content
    table = read_parquet(io.BytesIO(data)).read_all()
    assert table.column_names == list(rows[0])
    kinds = {field.name: str(field.type) for field in table.schema}
    assert all("Decimal128" in kinds[name] for name in NUMBERS)
    assert all("Timestamp" in kinds[name] and "UTC" in kinds[name] for name in TIMES)
    found: dict[str, list[Any]] = {
        name: table.column(name).to_pylist() for name in table.column_names
    }
    for name in NUMBERS:
        told = [Decimal(row[name]) if row[name] else None for row in rows]
        assert [None if one is None else Decimal(str(one)) for one in found[name]] == told, name
    for name in ("SkuId", "ChargeCategory", "Tags"):
        assert found[name] == [row[name] or None for row in rows]
