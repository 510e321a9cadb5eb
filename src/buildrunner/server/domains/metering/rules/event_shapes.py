"""The shape that nearly all usage events have, decoded and checked at once by msgspec.

Thousands come in one request: this costs a third of going through objects of JSON. What has
another shape (members of its own, a quantity that is no integer, a mistake) is no mistake here; it
is taken as it came, and `cloudevents` looks at it member by member. Both understand the same.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from buildrunner.server.domains.metering.rules.booking import MOST_TEXT

MOST_TOKENS = 10**12

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_TEXT)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]


class Counts(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`tokens` of an event."""

    input: Count = 0
    cache_read: Count = 0
    cache_write: Count = 0
    output: Count = 0
    reasoning: Count = 0


class Data(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """`data` of an event that has no members but those with a column."""

    project_id: str | None = None
    quantity: int | None = None
    model_name: Text | None = None
    model: Text | None = None
    provider: Text | None = None
    tokens: Counts | None = None
    batch: bool = False
    team_id: Text | None = None
    milestone_id: Text | None = None
    step_id: Text | None = None
    microstep_id: Text | None = None
    pr: Text | None = None
    run: Text | None = None


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An event with the attributes of CloudEvents that are read, and those that say nothing here."""

    id: Text
    type: Text
    data: Data
    source: Text | None = None
    time: str | None = None
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Any = None
    dataschema: Any = None


_decode = msgspec.json.Decoder(list[Event] | Event).decode
_decode_any = msgspec.json.Decoder().decode


def decode(body: bytes) -> Any:
    """A body of one event or many, all of them `Event`s; else its JSON as it is.

    Raises `msgspec.DecodeError`, `UnicodeDecodeError` and `RecursionError`.
    """
    try:
        return _decode(body)
    except msgspec.ValidationError:
        return _decode_any(body)


def as_json(event: Any) -> Any:
    """An event as the JSON that it came as, but for members without a value."""
    return msgspec.to_builtins(event) if isinstance(event, Event) else event
