"""What the API answers."""

from __future__ import annotations

from typing import ClassVar

from ninja import Schema
from pydantic import ConfigDict

from buildrunner.server.domains.entitlements.types import Tier


class TierOut(Schema):
    """A tier: `limits` a month (storage in bytes); what is not in it is not limited."""

    name: str
    title: str
    monthly_usd: str | None
    limits: dict[str, int]
    features: list[str]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "team",
                    "title": "Team",
                    "monthly_usd": "99",
                    "limits": {
                        "seats": 25,
                        "tokens": 5000000,
                        "api_calls": 1000000,
                        "storage": 100000000000,
                    },
                    "features": ["comments", "api", "evidence", "sso", "compliance"],
                }
            ]
        }
    )

    @classmethod
    def of(cls, tier: Tier) -> TierOut:
        """From the room's own type."""
        return cls(
            name=tier.name,
            title=tier.title,
            monthly_usd=None if tier.monthly_usd is None else str(tier.monthly_usd),
            limits=tier.limits,
            features=sorted(tier.features),
        )
