"""Providers as the room tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Kind = Literal["openai", "anthropic", "compatible"]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """Without the key: `key_hint` is how it ends, empty where there is none."""

    id: UUID
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


@dataclass(frozen=True, slots=True)
class Upstream:
    """What a call to a model needs: where, with which key, under which name.

    `key` is in the clear and never shown: not by repr, not in logs, not in answers.
    """

    provider_id: UUID
    provider: str
    kind: str
    base_url: str
    key: str = field(repr=False)
    models: tuple[str, ...] = ()
    fallbacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timeout_seconds: float = 600.0
    retries: int = 2
    model: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of asking a provider for its models."""

    ok: bool
    detail: str
    models: list[str]
    milliseconds: int | None = None


Json = dict[str, Any]
