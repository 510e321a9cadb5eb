"""Providers of models."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ModelProvider(msgspec.Struct, frozen=True):
    """An address that serves models; of its key only the end is told."""

    id: str
    kind: str
    name: str
    base_url: str
    key_hint: str
    models: list[str]
    fallbacks: dict[str, list[str]]
    priority: int
    timeout_seconds: int
    retries: int
    enabled: bool
    created_at: datetime
    updated_at: datetime


class ProviderTrial(msgspec.Struct, frozen=True):
    """Whether a provider answers and takes the key."""

    ok: bool
    detail: str
    models: list[str]
    milliseconds: int | None
