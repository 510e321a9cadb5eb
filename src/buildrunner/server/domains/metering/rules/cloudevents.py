"""Usage events on the wire: CloudEvents 1.0 in JSON, one or many, and plain JSON of that shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from buildrunner.server.domains.metering.errors import EventInvalid, EventsMalformed, WrongMediaType
from buildrunner.server.domains.metering.rules import event_shapes
from buildrunner.server.domains.metering.rules.booking import MOST_TEXT, placed
from buildrunner.server.domains.metering.rules.event_shapes import MOST_TOKENS, Counts, Event
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.usage import Tokens, Usage
from buildrunner.server.platform.actor import Actor

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PLAIN = "application/json"
MOST_EVENTS = 5000
# Members of `data` that have a column; the others are kept as they are.
_KNOWN = frozenset(
    {
        *("project_id", "quantity", "model_name", "model", "provider", "tokens", "batch"),
        *("team_id", "milestone_id", "step_id", "microstep_id", "pr", "run"),
    }
)
_CAUSES = ("team_id", "milestone_id", "step_id", "microstep_id", "pr", "run")
_KINDS = ("input", "cache_read", "cache_write", "output", "reasoning")
_KIND_SET = frozenset(_KINDS)
_DEEPEST = 32
# What the data of an event holds beside its columns, where it holds nothing; nobody writes to it.
_NOTHING: Mapping[str, Any] = {}


def read(body: bytes, media_type: str) -> tuple[list[Any], bool]:
    """The events of a body (`Event`, or JSON where it has another shape), and whether they came as
    a batch.

    Plain JSON may hold one event, a list, or `{"events": […]}`. Raises `WrongMediaType` and
    `EventsMalformed`.
    """
    kind = media_type.partition(";")[0].strip().lower() or PLAIN
    if kind not in (SINGLE, BATCH, PLAIN):
        raise WrongMediaType(f"The body is announced as {kind}. Send {SINGLE}, {BATCH} or {PLAIN}.")
    try:
        value = event_shapes.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise EventsMalformed(f"The body is not JSON: {problem}.") from None
    except RecursionError:
        raise EventsMalformed("The body is nested too deeply.") from None
    if b"\\" in body and b"\\u0000" in body:
        raise EventsMalformed("A text holds a NUL character, which cannot be kept.")
    if kind == PLAIN and isinstance(value, dict) and isinstance(value.get("events"), list):
        value = value["events"]
    if isinstance(value, list) and kind != SINGLE:
        if len(value) > MOST_EVENTS:
            raise EventsMalformed(
                f"A batch holds at most {MOST_EVENTS:,} events; this one has {len(value):,}."
            )
        return value, True
    if isinstance(value, dict | Event) and kind != BATCH:
        return [value], False
    wanted = "a list of events" if kind == BATCH else "an event, a JSON object"
    raise EventsMalformed(f"The body is not {wanted}.")


def projects_of(events: list[Any]) -> list[UUID | None]:
    """The project that each event names; None where it names none that could be."""
    known: dict[Any, UUID | None] = {None: None}
    found = []
    for event in events:
        named = event.data.project_id if type(event) is Event else _project_named(event)
        if named not in known:
            known[named] = _project(named)
        found.append(known[named])
    return found


def _project_named(event: Any) -> str | None:
    data = event.get("data") if isinstance(event, dict) else None
    named = data.get("project_id") if isinstance(data, dict) else None
    return named if isinstance(named, str) else None


def _project(named: str | None) -> UUID | None:
    try:
        return UUID(named) if named else None
    except ValueError:
        return None


class Reader:
    """Understands the events of one request. Causes that repeat are made once."""

    def __init__(self, actor: Actor, name: str = "") -> None:
        """`name` stands in for an id that an event lacks."""
        self._name = name
        self._service = actor.kind == "service"
        self._actor = actor
        self._causes: dict[tuple[Any, ...], Attribution] = {}

    def understand(self, event: Any, org_id: UUID, project_id: UUID) -> Usage:
        """One event of a project. Raises `EventInvalid`."""
        if type(event) is Event:
            data = event.data
            quantity, counts = data.quantity, data.tokens
            if counts is not None or (quantity is not None and not data.batch):
                tokens = None if counts is None else _counted(counts, data.batch)
                return Usage(
                    event.id,
                    event.source or "api",
                    event.type,  # type: ignore[arg-type]  # judged later
                    _time(event.time),
                    _whole(quantity, tokens),
                    data.model_name or data.model,
                    data.provider,
                    tokens,
                    self._cause(
                        (
                            *(data.project_id, data.team_id, data.milestone_id, data.step_id),
                            *(data.microstep_id, data.pr, data.run),
                        ),
                        org_id,
                        project_id,
                    ),
                    _NOTHING,
                )
        return self._understand(event_shapes.as_json(event), org_id, project_id)

    def _understand(self, event: Any, org_id: UUID, project_id: UUID) -> Usage:
        if not isinstance(event, dict):
            raise EventInvalid("An event is a JSON object.", field="")
        if event.get("specversion", "1.0") != "1.0":
            raise EventInvalid("Only specversion 1.0 is known.", field="specversion")
        data = event.get("data")
        if not isinstance(data, dict):
            raise EventInvalid("`data` is an object with project_id and quantity.", field="data")
        tokens = _tokens(data)
        rest = {}
        if not data.keys() <= _KNOWN:
            rest = {key: value for key, value in data.items() if key not in _KNOWN}
        if "subject" in event:
            rest["subject"] = event["subject"]
        if rest:
            _keepable(rest)
            if event.get("type") == "integrations":
                _integration(rest)
        return Usage(
            _text(event, "id") or self._name or _missing("id"),
            _text(event, "source") or "api",
            _text(event, "type") or _missing("type"),  # type: ignore[arg-type]  # judged later
            _time(event.get("time")),
            _quantity(data, tokens, rest if event.get("type") == "integrations" else {}),
            _text(data, "model_name") or _text(data, "model"),
            _text(data, "provider"),
            tokens,
            self._cause(
                (_project_named(event), *[data.get(field) for field in _CAUSES]),
                org_id,
                project_id,
            ),
            rest,
        )

    def _cause(self, named: tuple[Any, ...], org_id: UUID, project_id: UUID) -> Attribution:
        """`named` is what the event says of project, team, …, run (`_CAUSES`)."""
        try:
            known = self._causes.get(named)
        except TypeError:  # a list or an object, which is refused below
            known = None
        if known is not None:
            return known
        data = dict(zip(_CAUSES, named[1:], strict=True))
        milestone, step, microstep = placed(
            _text(data, "microstep_id"), _text(data, "step_id"), _text(data, "milestone_id")
        )
        made = Attribution(
            org_id=org_id,
            team_id=_uuid(data, "team_id"),
            project_id=project_id,
            milestone=milestone,
            step=step,
            microstep=microstep,
            pr=_text(data, "pr"),
            run=_text(data, "run"),
            agent_id=self._actor.person_id if self._service else None,
            person_id=None if self._service else self._actor.person_id,
            key_id=self._actor.key_id,
        )
        self._causes[named] = made
        return made


def _missing(field: str) -> str:
    raise EventInvalid(f"`{field}` is missing.", field=field)


def _text(of: Mapping[str, Any], field: str) -> str | None:
    value = of.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT:
        raise EventInvalid(f"`{field}` is a text of 1 to {MOST_TEXT} characters.", field=field)
    return value


def _uuid(of: Mapping[str, Any], field: str) -> UUID | None:
    value = _text(of, field)
    try:
        return UUID(value) if value else None
    except ValueError:
        raise EventInvalid(f"`{field}` is not an id.", field=field) from None


def _time(value: Any) -> datetime | None:
    """RFC 3339; without an offset it is refused rather than guessed."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is UTC:
            return time
        return time.astimezone(UTC) if time.tzinfo else _bad_time()
    except (TypeError, ValueError, OverflowError):
        return _bad_time()


def _bad_time() -> datetime:
    raise EventInvalid("`time` is not a time with its offset, as in RFC 3339.", field="time")


def _keepable(value: Any, depth: int = 0) -> None:
    """Refuse what has no place in a column of JSON or cannot be compared with a second event."""
    if depth > _DEEPEST:
        raise EventInvalid(f"`data` is nested more than {_DEEPEST} deep.", field="data")
    if type(value) is int:
        if not -(2**63) <= value < 2**64:
            raise EventInvalid(
                f"`data` holds {value}, which takes more than 64 bits.", field="data"
            )
    elif isinstance(value, dict):
        for one in value.values():
            _keepable(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _keepable(one, depth + 1)


def _integration(rest: Mapping[str, Any]) -> None:
    """What events of integrations carry beside their provider, where they do."""
    for field in ("calls", "deployment_minutes"):
        value = rest.get(field, 0)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= MOST_TOKENS or (field == "calls" and value % 1):
            kind = "a count" if field == "calls" else "a number"
            raise EventInvalid(f"`{field}` is {kind} from 0 to 10^12.", field=field)


def _quantity(
    data: Mapping[str, Any], tokens: Tokens | None, integration: Mapping[str, Any]
) -> Decimal:
    value = data.get("quantity")
    if value is None and tokens is None:
        value = integration.get("calls")
    if type(value) is int or (value is None and tokens is not None):
        return _whole(value, tokens)
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        quantity = Decimal(value if isinstance(value, int) else str(value))
        if not quantity.is_finite() or quantity.as_tuple().exponent < -6:  # type: ignore[operator]
            raise InvalidOperation
    except (InvalidOperation, ValueError):
        raise EventInvalid(
            "`quantity` is a number, with at most 6 places after the point.", field="quantity"
        ) from None
    if tokens is not None and quantity != tokens.total:
        return _unequal(quantity, tokens)
    return quantity


def _whole(value: int | None, tokens: Tokens | None) -> Decimal:
    if tokens is None:
        return Decimal(value or 0)
    total = tokens.total
    return Decimal(total) if value is None or value == total else _unequal(value, tokens)


def _unequal(quantity: Decimal | int, tokens: Tokens) -> Decimal:
    raise EventInvalid(
        f"`quantity` is {quantity}, but `tokens` add up to {tokens.total}.", field="quantity"
    )


def _tokens(data: Mapping[str, Any]) -> Tokens | None:
    given, batch = data.get("tokens"), data.get("batch", False)
    if given is None and not batch:
        return None
    if given is None:
        given = {"input": data.get("quantity")}
    if not isinstance(given, dict) or not isinstance(batch, bool) or not given.keys() <= _KIND_SET:
        raise EventInvalid(
            f"`tokens` is an object of counts: {', '.join(_KINDS)}; `batch` is true or false.",
            field="tokens",
        )
    for kind, count in given.items():
        if type(count) is not int or not 0 <= count <= MOST_TOKENS:
            raise EventInvalid(f"`tokens.{kind}` is a count from 0 to 10^12.", field="tokens")
    input_, cache_read, cache_write, output, reasoning = (given.get(kind, 0) for kind in _KINDS)
    return Tokens(input_, cache_read, cache_write, output, reasoning, batch)


def _counted(counts: Counts, batch: bool) -> Tokens:
    return Tokens(
        counts.input,
        counts.cache_read,
        counts.cache_write,
        counts.output,
        counts.reasoning,
        batch,
    )


def names_of(event: Any) -> tuple[str, str, str]:
    """Id, source and type of an event that is refused, as far as they are texts."""
    given = event_shapes.as_json(event)
    if not isinstance(given, dict):
        return "", "", ""
    words = [given.get(field) for field in ("id", "source", "type")]
    name, source, kind = (word[:MOST_TEXT] if isinstance(word, str) else "" for word in words)
    return name, source, kind


def bare(event: Any, org_id: UUID, project_id: UUID) -> Usage:
    """What can be kept of an event that cannot be understood, for its receipt."""
    name, source, kind = names_of(event)
    return Usage(
        id=name,
        source=source or "api",
        type=kind,  # type: ignore[arg-type]  # it is not counted
        time=None,
        quantity=Decimal(0),
        model=None,
        provider=None,
        tokens=None,
        attribution=Attribution(org_id=org_id, project_id=project_id),
    )
