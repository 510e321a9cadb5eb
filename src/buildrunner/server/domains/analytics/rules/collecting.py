"""How providers tell what was used: what each is asked, and its answers as readings.

No I/O. A reading is what one day used of one thing; readings of the same thing on the same day are
added up, so that a day is told once however its provider splits it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from buildrunner.server.domains.metering.facade import Tokens

MOST_PAGES: Final = 100
MOST_DAYS: Final = 31
MOST_ROWS: Final = 20_000
_TEXT: Final = 200


class Unreadable(Exception):
    """An answer is not what the provider's documentation says; the text says where."""


class Ask(NamedTuple):
    """One request of a source: a path below its address and the parameters."""

    path: str
    params: tuple[tuple[str, str], ...] = ()

    def again(self, page: str) -> Ask:
        """The same, for its next page."""
        return Ask(self.path, (*(one for one in self.params if one[0] != "page"), ("page", page)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one day used of one thing. `charged` is the cost in USD where the provider says it."""

    day: date
    type: str
    quantity: Decimal
    provider: str
    model: str | None = None
    tokens: Tokens | None = None
    charged: Decimal | None = None
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Names the day and the thing: the same in every collection."""
        batch = self.tokens.batch if self.tokens else False
        said = [self.type, self.provider, self.model, batch, sorted(self.data.items())]
        digest = blake2b(json.dumps(said).encode(), digest_size=12).hexdigest()
        return f"{self.day:%Y-%m-%d}/{digest}"

    def plus(self, other: Reading) -> Reading:
        """Both together; a cost is known if both are."""
        both = self.charged is not None and other.charged is not None
        return replace(
            self,
            quantity=self.quantity + other.quantity,
            tokens=_both(self.tokens, other.tokens),
            charged=self.charged + other.charged if both else None,  # type: ignore[operator]
        )


class Answer(NamedTuple):
    """What one answer holds, and the mark of its next page."""

    readings: list[Reading]
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: its `title`, where it answers, which settings it `needs` and `takes`,
    and what it says of its key."""

    title: str
    base_url: str
    key_words: str
    headers: Callable[[str], dict[str, str]]
    asks: Callable[[Mapping[str, Any], date, date], list[Ask]]
    read: Callable[[bytes, Mapping[str, Any], date], Answer]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    key_optional: bool = False


def merged(readings: Iterable[Reading], since: date, until: date) -> list[Reading]:
    """One reading for each thing and day within the days asked for."""
    found: dict[str, Reading] = {}
    for one in readings:
        if since <= one.day < until and (one.quantity or one.charged):
            before = found.get(one.name)
            found[one.name] = one if before is None else before.plus(one)
    if len(found) > MOST_ROWS:
        raise Unreadable(f"The answer has more than {MOST_ROWS:,} things used.")
    return [found[name] for name in sorted(found)]


def _both(first: Tokens | None, second: Tokens | None) -> Tokens | None:
    if first is None or second is None:
        return None
    return Tokens(
        first.input + second.input,
        first.cache_read + second.cache_read,
        first.cache_write + second.cache_write,
        first.output + second.output,
        first.reasoning + second.reasoning,
        first.batch,
    )


# What follows reads JSON of others: everything that is not as documented raises Unreadable.


def parsed(body: bytes) -> Any:
    """The JSON of an answer; numbers with a point stay exact."""
    try:
        return json.loads(body, parse_float=Decimal)
    except ValueError:
        raise Unreadable("The answer is not JSON.") from None


def rows(value: Any, *path: str) -> list[dict[str, Any]]:
    """The list of objects at a path of an answer."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unreadable(f"The answer has no list {'.'.join(path) or 'of objects'}.")
    return value


def count(row: Mapping[str, Any], name: str) -> int:
    """A count, 0 where it is missing."""
    value = row.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise Unreadable(f"{name} is no count.")
    return int(value)


def number(row: Mapping[str, Any], name: str, *, least: Decimal | None = None) -> Decimal:
    """A number to six places, as quantities are kept."""
    value = row.get(name)
    try:
        if isinstance(value, bool) or value is None:
            raise InvalidOperation
        found = Decimal(str(value))
        if not found.is_finite() or (least is not None and found < least):
            raise InvalidOperation
        return found
    except InvalidOperation:
        raise Unreadable(f"{name} is no number.") from None


def quantity(value: Decimal) -> Decimal:
    """As quantities are kept."""
    return value.quantize(Decimal("0.000001"))


def text(row: Mapping[str, Any], name: str) -> str:
    """A text of at most 200 characters; empty where it is missing."""
    value = row.get(name)
    return value[:_TEXT] if isinstance(value, str) else ""


def day_of(value: Any, name: str) -> date:
    """The day (UTC) of seconds since 1970 or of a time as in RFC 3339; a bare date counts too."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).date()
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"{name} is no time.") from None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def told(**members: str) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in members.items() if value}


def moment(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(), UTC)


def days(since: date, until: date) -> list[date]:
    """Each day from `since` up to `until`."""
    return [since + timedelta(days=one) for one in range((until - since).days)]


def bearer(key: str) -> dict[str, str]:
    """The key as most take it."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def skipped(row: Mapping[str, Any], settings: Mapping[str, Any], name: str) -> bool:
    """Whether a row belongs to a key that is metered elsewhere."""
    keys: Sequence[str] = settings.get("skip_keys") or ()
    return row.get(name) in keys
