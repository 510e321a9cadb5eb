"""Who is here: bounds, and what others see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

KIND = "presence"  # of passing news

LIFE = 8.0  # seconds that a sign of life holds
BEAT = 3.0  # seconds between two signs of life
RENEW = 30.0  # seconds after which rights are asked anew
RENEWED = 75.0  # seconds that signs of life can prolong what was asked once
TYPING = 6.0  # seconds that typing is shown without being said again
PACE = 0.3  # seconds between two tellings of the same place
MOST_PLACES = 8  # of one person or key in a project
MOST_HERE = 300  # places in a project; beyond that one hears but is not shown
LONGEST_PAGE = 32

Doing = Literal["viewing", "typing", "holding"]
Kind = Literal["person", "agent"]


@dataclass(frozen=True, slots=True)
class PresenceView:
    """Somebody, or a program, and what it is on. `holding`: it has claimed that microstep."""

    id: str
    kind: Kind
    name: str
    person_id: UUID | None
    entity_type: str
    entity_id: str
    page: str
    doing: Doing
    since: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """What it means to be here: the id others see, and the token that keeps it. `shown` is false
    in a crowd: then there is neither.
    """

    shown: bool
    id: UUID | None = None
    token: UUID | None = None
    expires_at: datetime | None = None
    beat_seconds: float = BEAT
    renew_seconds: float = RENEW


def kind_of(actor: dict[str, Any]) -> Kind:
    """A person at a browser, or a program: whatever acts with a key or as a service."""
    return "agent" if actor.get("key") or actor.get("kind") != "person" else "person"


def name_of(actor: dict[str, Any]) -> str:
    """The label of a program where it has one."""
    return str(actor.get("label") or actor.get("name") or "")


def told(
    row_id: UUID, actor: dict[str, Any], entity: tuple[str, str], page: str, *, typing: bool
) -> dict[str, Any]:
    """What others are told of a place: `{id, kind, name, person_id, entity_type, entity_id, page,
    doing}`."""
    return {
        "id": str(row_id),
        "kind": kind_of(actor),
        "name": name_of(actor),
        "person_id": actor.get("id"),
        "entity_type": entity[0],
        "entity_id": entity[1],
        "page": page,
        "doing": "typing" if typing else "viewing",
    }


def told_gone(row_id: UUID) -> dict[str, Any]:
    """What others are told when somebody has gone."""
    return {"id": str(row_id), "gone": True}
