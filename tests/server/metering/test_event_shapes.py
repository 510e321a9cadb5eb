"""Events of the usual shape and all others are understood alike, however they are decoded."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rules import event_shapes
from buildrunner.server.domains.metering.rules.booking import digest
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError

ORG, PROJECT = uuid4(), uuid4()
ACTOR = Actor(kind="person", person_id=uuid4(), name="a person")
TEXTS = st.sampled_from(["a", "m1.s2.ms3", "ä\t\\", "", "x" * 200, "x" * 201, None, 3, [], True])
NUMBERS = st.sampled_from([0, 1, 1200, 10**12, 10**12 + 1, -1, 2**70, 1.0, 1.5, "7", "x", None])
TIMES = st.sampled_from(
    [
        *("2026-11-10T12:00:00Z", "2026-11-10T13:00:00+01:00", "2026-11-10t12:00:00z", ""),
        *("2026-11-10T12:00:00", "2026-11-10T12:00:00.1234567Z", "tomorrow", None, 5),
    ]
)
KINDS = ("input", "cache_read", "cache_write", "output", "reasoning", "batch")
CAUSES = ("team_id", "milestone_id", "step_id", "microstep_id", "pr", "run")
PLAIN = {
    "specversion": "1.0",
    "id": "a",
    "source": "//ci",
    "type": "tokens",
    "time": "2026-11-10T12:00:00Z",
    "data": {"project_id": str(PROJECT), "quantity": 3, "tokens": {"input": 1, "output": 2}},
}
DATA = st.fixed_dictionaries(
    {},
    optional={
        "project_id": st.just(str(PROJECT)) | TEXTS,
        "quantity": NUMBERS,
        "tokens": st.dictionaries(st.sampled_from(KINDS), NUMBERS) | st.none() | TEXTS,
        "batch": st.sampled_from([True, False, None, 1]),
        **dict.fromkeys(("model_name", "model", "provider", *CAUSES), TEXTS),
        "calls": NUMBERS,
        "mine": TEXTS | st.dictionaries(TEXTS.filter(lambda one: isinstance(one, str)), NUMBERS),
    },
)
_STRANGE = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS,
        "source": TEXTS,
        "type": st.sampled_from(["tokens", "integrations", "other", "", None]),
        "time": TIMES,
        "specversion": st.sampled_from(["1.0", "0.3", None]),
        "subject": TEXTS,
        "datacontenttype": TEXTS,
        "traceparent": TEXTS,
        "data": DATA | TEXTS,
    },
)
_NEARLY = st.builds(
    lambda data, strange, left_out: {
        name: value
        for name, value in {**PLAIN, **strange, "data": {**PLAIN["data"], **data}}.items()
        if name not in left_out
    },
    st.dictionaries(st.sampled_from(["quantity", "model", *CAUSES, "batch"]), st.none() | TEXTS)
    | DATA,
    _STRANGE | st.just({}),
    st.sets(st.sampled_from(["specversion", "source", "time"])),
)
EVENTS = _NEARLY | _STRANGE


def understood(event: Any) -> Any:
    """The usage and its digest, or why there is none."""
    try:
        usage = metering.EventReader(ACTOR).understand(event, ORG, PROJECT)
    except DomainError as refused:
        return refused.code, refused.detail
    return usage, digest(usage)


@given(EVENTS)
@example(PLAIN)
@example(PLAIN | {"data": {"quantity": 5, "batch": True}})
@example(PLAIN | {"data": {"tokens": {}}})
@example(PLAIN | {"data": {"quantity": 1, "project_id": []}})
@settings(max_examples=600, deadline=None)
def test_both_ways_understand_the_same(event: dict[str, Any]) -> None:
    ((found,), batch) = metering.read_events(json.dumps([event]).encode(), "application/json")
    assert batch
    assert understood(found) == understood(event)
    assert metering.names_of_event(found) == metering.names_of_event(event)
    assert metering.projects_of([found]) == metering.projects_of([event])


@given(st.lists(EVENTS, min_size=1, max_size=3), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_one_of_another_shape_changes_nothing_for_its_neighbours(
    others: list[dict[str, Any]], place: int
) -> None:
    events = [*others[:place], PLAIN, *others[place:]]
    found, _ = metering.read_events(json.dumps(events).encode(), "application/json")
    assert [understood(one) for one in found] == [understood(one) for one in events]


def test_the_usual_shape_is_decoded_at_once() -> None:
    found, _ = metering.read_events(json.dumps([PLAIN, PLAIN]).encode(), "application/json")
    assert all(isinstance(one, event_shapes.Event) for one in found)
    other, _ = metering.read_events(json.dumps([PLAIN | {"x": 1}]).encode(), "application/json")
    assert isinstance(other[0], dict)


def test_what_says_the_same_has_one_digest() -> None:
    def said(**data: Any) -> bytes:
        event = PLAIN | {"data": PLAIN["data"] | data}  # type: ignore[operator]
        return digest(metering.EventReader(ACTOR).understand(event, ORG, PROJECT))

    assert said(quantity="3.000") == said(quantity=3.0) == said()
    for other in ({"run": "1"}, {"model": "m"}, {"provider": "m"}, {"mine": 1}, {"batch": True}):
        assert said(**other) != said()
    again = PLAIN | {"time": "2026-11-10T13:00:00+01:00"}
    assert understood(again)[1] == said()


def test_members_without_a_value_are_as_if_they_were_not_there() -> None:
    event = msgspec.json.decode(msgspec.json.encode(PLAIN), type=event_shapes.Event)
    assert understood(event_shapes.as_json(event)) == understood(event) == understood(PLAIN)


@pytest.mark.parametrize("project", [None, UUID(int=0)])
def test_a_project_is_named_by_its_id(project: UUID | None) -> None:
    data = {"quantity": 1, **({"project_id": str(project)} if project else {})}
    found, _ = metering.read_events(json.dumps([PLAIN | {"data": data}]).encode(), "")
    assert metering.projects_of(found) == [project]
