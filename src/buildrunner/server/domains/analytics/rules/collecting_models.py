"""OpenAI's and Anthropic's usage interfaces: tokens by day, model and key.

OpenAI: Usage API (`/v1/organization/usage/…`), Anthropic: Usage and Cost Admin API
(`/v1/organizations/usage_report/messages`); both need an admin key. What a gateway key spent is
metered already: its id stands in `skip_keys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from buildrunner.server.domains.analytics.rules.collecting import (
    Answer,
    Ask,
    Reading,
    Unreadable,
    count,
    day_of,
    moment,
    parsed,
    rows,
    skipped,
    text,
    told,
)
from buildrunner.server.domains.metering.facade import Tokens

ANTHROPIC_VERSION = "2023-06-01"


def openai_asks(_: Mapping[str, Any], since: date, until: date) -> list[Ask]:
    """Completions and embeddings, each day apart."""
    common = (
        ("start_time", str(int(moment(since).timestamp()))),
        ("end_time", str(int(moment(until).timestamp()))),
        ("bucket_width", "1d"),
        ("limit", "31"),
        ("group_by", "model"),
        ("group_by", "api_key_id"),
    )
    base = "/v1/organization/usage"
    return [
        Ask(f"{base}/completions", (*common, ("group_by", "batch"))),
        Ask(f"{base}/embeddings", common),
    ]


def openai_read(body: bytes, settings: Mapping[str, Any], _: date) -> Answer:
    """Input tokens hold the cached ones, which are priced apart."""
    answer = parsed(body)
    found = []
    for bucket in rows(answer, "data"):
        day = day_of(bucket.get("start_time"), "start_time")
        for row in rows(bucket, "results"):
            if skipped(row, settings, "api_key_id"):
                continue
            whole, cached = count(row, "input_tokens"), count(row, "input_cached_tokens")
            if cached > whole:
                raise Unreadable("input_cached_tokens is more than input_tokens.")
            tokens = Tokens(
                input=whole - cached,
                cache_read=cached,
                output=count(row, "output_tokens"),
                batch=row.get("batch") is True,
            )
            found.append(_tokens(day, "openai", row, tokens, "project_id"))
    return Answer(found, _page(answer))


def anthropic_headers(key: str) -> dict[str, str]:
    """An admin key."""
    return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}


def anthropic_asks(_: Mapping[str, Any], since: date, until: date) -> list[Ask]:
    """Messages, each day apart."""
    grouped = [("group_by[]", name) for name in ("model", "api_key_id", "service_tier")]
    params = (
        ("starting_at", f"{since:%Y-%m-%d}T00:00:00Z"),
        ("ending_at", f"{until:%Y-%m-%d}T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "31"),
        *grouped,
    )
    return [Ask("/v1/organizations/usage_report/messages", params)]


def anthropic_read(body: bytes, settings: Mapping[str, Any], _: date) -> Answer:
    """Tokens written to a cache are told by how long it holds; both are cache writes."""
    answer = parsed(body)
    found = []
    for bucket in rows(answer, "data"):
        day = day_of(bucket.get("starting_at"), "starting_at")
        for row in rows(bucket, "results"):
            if skipped(row, settings, "api_key_id"):
                continue
            made = row.get("cache_creation")
            written = sum(count(made, name) for name in made) if isinstance(made, dict) else 0
            tokens = Tokens(
                input=count(row, "uncached_input_tokens"),
                cache_read=count(row, "cache_read_input_tokens"),
                cache_write=written,
                output=count(row, "output_tokens"),
                batch=row.get("service_tier") == "batch",
            )
            found.append(_tokens(day, "anthropic", row, tokens, "workspace_id"))
    return Answer(found, _page(answer))


def _tokens(day: date, provider: str, row: Mapping[str, Any], tokens: Tokens, area: str) -> Reading:
    return Reading(
        day=day,
        type="tokens",
        quantity=Decimal(tokens.total),
        provider=provider,
        model=text(row, "model") or None,
        tokens=tokens,
        data=told(api_key_id=text(row, "api_key_id"), **{area: text(row, area)}),
    )


def _page(answer: Any) -> str | None:
    page = answer.get("next_page") if isinstance(answer, dict) and answer.get("has_more") else None
    return page if isinstance(page, str) and page else None
