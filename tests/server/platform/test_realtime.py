"""The event stream: replay then live, nothing twice, nothing of other tenants, rights that end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.errors import NotSignedIn
from buildrunner.server.platform.realtime.audience import Audience
from buildrunner.server.platform.realtime.endpoint import EventStream
from buildrunner.server.platform.realtime.hub import Hub, Slow
from buildrunner.server.platform.realtime.whispers import CHANNEL as WHISPERS

pytestmark = pytest.mark.usefixtures("commits")

WAIT = 10.0


@dataclass
class Frame:
    """One block of the stream."""

    id: str = ""
    event: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    comment: str = ""


class Stream:
    """A client: speaks ASGI to the endpoint and reads frames."""

    def __init__(
        self, app: Starlette, path: str, headers: Mapping[str, str], takes: int = 1_000_000
    ) -> None:
        self._takes = takes
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._text = ""
        self.status = 0
        self.body = b""
        self._started = asyncio.Event()
        raw_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Starlette, scope: dict[str, Any]) -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self._started.set()
            elif message["type"] == "http.response.body":
                self._takes -= 1
                if self._takes < 0:  # the line is full and stays so
                    await asyncio.Event().wait()
                self.body += message.get("body", b"")
                self._chunks.put_nowait(message.get("body", b""))

        try:
            await app(scope, receive, send)
        finally:
            self._started.set()
            self._chunks.put_nowait(None)

    async def frame(self) -> Frame | None:
        """The next frame; `None` when the stream has ended."""
        while "\n\n" not in self._text:
            chunk = await asyncio.wait_for(self._chunks.get(), WAIT)
            if chunk is None:
                return None
            self._text += chunk.decode()
        block, _, self._text = self._text.partition("\n\n")
        found = Frame()
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "":
                found.comment = value
            elif name == "data":
                found.data = json.loads(value)
            elif name in {"id", "event"}:
                setattr(found, name, value)
        return found

    async def event(self) -> Frame:
        """The next event, pings apart."""
        while True:
            found = await self.frame()
            assert found is not None, "the stream has ended"
            if found.event:
                return found

    async def opened(self) -> Frame:
        await asyncio.wait_for(self._started.wait(), WAIT)
        assert self.status == 200, self.body
        found = await self.frame()
        assert found is not None
        return found

    async def close(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, WAIT)


class House:
    """A hub, its endpoint, and one who writes events."""

    def __init__(self, databases: Databases, **limits: Any) -> None:
        self.databases = databases
        self.rights: dict[str, Audience] = {}
        self.hub = Hub(databases.reader, capacity=limits.pop("capacity", 256))
        self.app = Starlette(
            routes=[
                Route(
                    "/s",
                    EventStream(
                        self.hub, self._judge, whispers=frozenset({"presence"}), **limits
                    ).respond,
                )
            ]
        )

    def _judge(self, headers: Mapping[str, str], project_id: UUID | None) -> Audience:
        audience = self.rights.get(headers.get("authorization", ""))
        if audience is None:
            raise NotSignedIn("Nobody is signed in.")
        return audience._replace(only=project_id)

    def stream(self, who: str, path: str = "/s", takes: int = 1_000_000, **headers: str) -> Stream:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Stream(self.app, path, {"authorization": who, **named}, takes)

    async def happen(
        self,
        org_id: UUID,
        subject: str,
        *,
        project_id: UUID | None = None,
        kind: str = "plan.revised",
    ) -> None:
        connection = await self.writer()
        async with connection:
            await self.write(connection, org_id, subject, project_id=project_id, kind=kind)

    async def writer(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(self.databases.web)

    async def write(
        self,
        connection: psycopg.AsyncConnection,
        org_id: UUID,
        subject: str,
        *,
        project_id: UUID | None = None,
        kind: str = "plan.revised",
    ) -> None:
        await connection.execute("SELECT set_config('buildrunner.org_id', %s, true)", [str(org_id)])
        await connection.execute(
            "INSERT INTO events_event (org_id, project_id, kind, subject, actor, data, created_at)"
            " VALUES (%s, %s, %s, %s, '{}', '{}', now())",
            [org_id, project_id, kind, subject],
        )
        await connection.execute("SELECT pg_notify('buildrunner_events', '')")


Story = Callable[[House], Coroutine[Any, Any, None]]


@pytest.fixture
def tell(databases: Databases) -> Callable[..., None]:
    """Run a story in a house of its own."""

    def run(story: Story, **limits: Any) -> None:
        async def whole() -> None:
            async with opened(House(databases, **limits)) as house:
                await asyncio.wait_for(story(house), 60)

        asyncio.run(whole())

    return run


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[House]:
    await house.hub.start()
    try:
        yield house
    finally:
        await house.hub.close()


Tell = Callable[..., None]


def of(*organizations: UUID, principals: tuple[str, ...] = ()) -> Audience:
    return Audience(frozenset(organizations), principals=frozenset(principals))


def test_live_then_replay_without_gap_or_repetition(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id, project_id = uuid4(), uuid4()
        house.rights["ada"] = of(org_id)
        live = house.stream("ada")
        beginning = await live.opened()
        for number in range(3):
            await house.happen(org_id, str(number), project_id=project_id)
        seen = [await live.event() for _ in range(3)]
        assert [frame.data["subject"] for frame in seen] == ["0", "1", "2"]
        assert [frame.data["id"] for frame in seen] == [frame.id for frame in seen]
        assert seen[0].event == seen[0].data["kind"] == "plan.revised"
        assert seen[0].data["project_id"] == str(project_id)
        await live.close()
        await house.happen(org_id, "3", project_id=project_id)

        # From where the second event was, through the table, and on into what happens now.
        again = house.stream("ada", last_event_id=seen[1].id)
        await again.opened()
        assert [(await again.event()).data["subject"] for _ in range(2)] == ["2", "3"]
        await house.happen(org_id, "4")
        assert (await again.event()).data["subject"] == "4"
        await again.close()

        # From the very beginning of the first stream, by the query parameter.
        whole = house.stream("ada", f"/s?last_event_id={beginning.id}")
        await whole.opened()
        assert [(await whole.event()).data["subject"] for _ in range(5)] == list("01234")
        await whole.close()

    tell(story)


def test_replay_and_live_meet_while_events_rain(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id = uuid4()
        house.rights["ada"] = of(org_id)
        first = house.stream("ada")
        beginning = await first.opened()
        await first.close()

        async def rain() -> None:
            connection = await house.writer()
            async with connection:
                for number in range(60):
                    await house.write(connection, org_id, str(number))
                    await connection.commit()

        raining = asyncio.create_task(rain())
        streams = []
        for _ in range(4):
            stream = house.stream("ada", last_event_id=beginning.id)
            streams.append(stream)
            await stream.opened()
        for stream in streams:
            subjects = [(await stream.event()).data["subject"] for _ in range(60)]
            assert subjects == [str(number) for number in range(60)]
            await stream.close()
        await raining

    tell(story)


def test_a_late_commit_arrives_before_what_committed_first(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id = uuid4()
        house.rights["ada"] = of(org_id)
        stream = house.stream("ada")
        await stream.opened()
        early = await house.writer()
        async with early:
            await house.write(early, org_id, "began first")
            await house.happen(org_id, "committed first")
            await early.commit()
        assert (await stream.event()).data["subject"] == "began first"
        assert (await stream.event()).data["subject"] == "committed first"
        # One that never commits holds the others up only until it ends, though it tells nobody.
        early = await house.writer()
        async with early:
            await house.write(early, org_id, "never")
            await house.happen(org_id, "kept")
            await early.rollback()
        assert (await stream.event()).data["subject"] == "kept"
        await stream.close()

    tell(story)


def test_nobody_sees_another_tenant_live_or_replayed(tell: Tell) -> None:
    async def story(house: House) -> None:
        ours, theirs, project, other = uuid4(), uuid4(), uuid4(), uuid4()
        house.rights["ada"] = of(ours)
        house.rights["guest"] = Audience(
            projects=frozenset({project}), project_homes=frozenset({theirs})
        )
        ada, guest = house.stream("ada"), house.stream("guest")
        beginning = await ada.opened()
        await guest.opened()
        only = house.stream("ada", f"/s?project_id={other}")
        await only.opened()

        async def everything() -> None:
            await house.happen(theirs, "their organization")
            await house.happen(theirs, "their other project", project_id=other)
            await house.happen(theirs, "their shared project", project_id=project)
            await house.happen(ours, "our organization")
            await house.happen(ours, "our project", project_id=other)

        await everything()
        replayed_ada = house.stream("ada", last_event_id=beginning.id)
        replayed_guest = house.stream("guest", last_event_id=beginning.id)
        for stream in (ada, replayed_ada):
            assert (await stream.event()).data["subject"] == "our organization"
            assert (await stream.event()).data["subject"] == "our project"
        for stream in (guest, replayed_guest):
            assert (await stream.event()).data["subject"] == "their shared project"
        assert (await only.event()).data["subject"] == "our project"
        # Nothing else comes: the next thing each one sees is the next thing it may see.
        await house.happen(ours, "end", project_id=other)
        await house.happen(theirs, "end", project_id=project)
        for stream in (ada, replayed_ada, guest, replayed_guest, only):
            assert (await stream.event()).data["subject"] == "end"
            await stream.close()

    tell(story)


def test_a_revoked_key_ends_its_stream_at_once(tell: Tell) -> None:
    async def story(house: House) -> None:
        from buildrunner.server.platform.events.revocations import announce_revocation

        org_id, key_id = uuid4(), uuid4()
        house.rights["key"] = of(org_id, principals=(str(key_id),))
        house.rights["other"] = of(org_id, principals=("someone",))
        revoked, other = house.stream("key"), house.stream("other")
        await revoked.opened()
        await other.opened()
        del house.rights["key"]
        await asyncio.to_thread(announce_revocation, key_id=key_id)
        assert await revoked.frame() is None
        await house.happen(org_id, "after")
        assert (await other.event()).data["subject"] == "after"
        await other.close()

    tell(story)


def test_a_change_of_membership_ends_the_stream_before_the_next_event(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id = uuid4()
        house.rights["ada"] = of(org_id)
        stream = house.stream("ada")
        await stream.opened()
        del house.rights["ada"]
        await house.happen(org_id, "ada", kind="member.removed")
        await house.happen(org_id, "secret")
        assert await stream.frame() is None

    tell(story)


def test_rights_are_judged_again_from_time_to_time(tell: Tell) -> None:
    async def story(house: House) -> None:
        house.rights["ada"] = of(uuid4())
        stream = house.stream("ada")
        await stream.opened()
        house.rights["ada"] = of(uuid4())
        assert await stream.frame() is None

    tell(story, recheck=0.2)


def test_silence_is_broken_by_pings(tell: Tell) -> None:
    async def story(house: House) -> None:
        house.rights["ada"] = of(uuid4())
        stream = house.stream("ada")
        await stream.opened()
        for _ in range(2):
            frame = await stream.frame()
            assert frame == Frame(comment="ping")
        await stream.close()

    tell(story, ping=0.1)


def test_who_does_not_keep_up_is_closed_and_loses_nothing(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id = uuid4()
        audience = of(org_id)
        house.rights["ada"] = audience
        subscription = await house.hub.subscribe(audience)
        connection = await house.writer()
        async with connection:
            for number in range(20):
                await house.write(connection, org_id, str(number))
            await connection.commit()
        # A client that comes back with the last id it has seen gets each event once.
        seen: list[str] = []
        last = subscription.since.token()
        while len(seen) < 20:
            stream = house.stream("ada", last_event_id=last)
            await stream.opened()
            while len(seen) < 20 and (frame := await stream.frame()) is not None:
                seen.append(frame.data["subject"])
                last = frame.id
            await stream.close()
        assert seen == [str(number) for number in range(20)]
        # The subscription from which nobody took is closed.
        with pytest.raises(Slow):
            subscription.take()

    tell(story, capacity=5)


def test_a_client_that_takes_nothing_is_cut_off(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "grace", 0.05)

    async def story(house: House) -> None:
        org_id = uuid4()
        house.rights["ada"] = of(org_id)
        stuck = house.stream("ada", takes=2)
        await stuck.opened()
        connection = await house.writer()
        async with connection:
            for number in range(20):
                await house.write(connection, org_id, str(number))
        await asyncio.wait({stuck._task}, timeout=WAIT)
        assert stuck._task.done()
        assert not house.hub._all

    tell(story, capacity=5)


def test_a_lost_connection_is_made_again_and_nothing_is_missed(
    tell: Tell, owner_sql: psycopg.Connection
) -> None:
    async def story(house: House) -> None:
        org_id = uuid4()
        house.rights["ada"] = of(org_id)
        stream = house.stream("ada")
        await stream.opened()
        with psycopg.connect(house.databases.reader, autocommit=True) as reader:
            reader.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'buildrunner-realtime' AND usename = current_user"
            )
        await house.happen(org_id, "while away")
        assert (await stream.event()).data["subject"] == "while away"
        await stream.close()

    tell(story)


def test_stopping_ends_every_stream(databases: Databases) -> None:
    async def story() -> None:
        house = House(databases)
        async with opened(house):
            house.rights["ada"] = of(uuid4())
            streams = [house.stream("ada") for _ in range(3)]
            for stream in streams:
                await stream.opened()
        for stream in streams:
            last = await stream.frame()
            assert last is not None
            assert last.comment == "this process stops; connect again"
            assert await stream.frame() is None

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "who", "status", "code"),
    [
        ("/s", "nobody", 401, "not_signed_in"),
        ("/s?last_event_id=%00", "ada", 422, "invalid_event_id"),
        ("/s?project_id=7", "ada", 422, "invalid_project_id"),
    ],
)
def test_refusals_are_problems(tell: Tell, path: str, who: str, status: int, code: str) -> None:
    async def story(house: House) -> None:
        house.rights["ada"] = of(uuid4())
        stream = house.stream(who, path)
        await asyncio.wait_for(stream._task, WAIT)
        problem = json.loads(stream.body)
        assert (stream.status, problem["status"], problem["code"]) == (status, status, code)

    tell(story)


async def mutter(
    house: House, org_id: UUID, project_id: UUID, key: str, kind: str = "presence", **data: Any
) -> None:
    connection = await house.writer()
    async with connection:
        words = json.dumps([kind, str(org_id), str(project_id), key, data])
        await connection.execute("SELECT pg_notify(%s, %s)", [WHISPERS, words])


def test_passing_news_reaches_only_who_asked_and_may_read(tell: Tell) -> None:
    async def story(house: House) -> None:
        ours, theirs, project, other = uuid4(), uuid4(), uuid4(), uuid4()
        house.rights["ada"] = of(ours)
        house.rights["guest"] = Audience(
            projects=frozenset({project}), project_homes=frozenset({ours})
        )
        house.rights["mallory"] = of(theirs)
        ada = house.stream("ada", "/s?also=presence")
        guest = house.stream("guest", "/s?also=presence")
        silent, mallory = house.stream("ada"), house.stream("mallory", "/s?also=presence")
        elsewhere = house.stream("ada", f"/s?also=presence&project_id={other}")
        streams = (ada, guest, silent, mallory, elsewhere)
        for stream in streams:
            await stream.opened()
        await mutter(house, ours, project, "a", who="Grace")
        told = await ada.event()
        assert told.event == "presence"
        assert told.id == ""
        assert told.data["items"] == [{"who": "Grace"}]
        assert told.data["project_id"] == str(project)
        assert (await guest.event()).data == told.data
        await mutter(house, ours, other, "a", who="Linus")
        assert (await elsewhere.event()).data["items"] == [{"who": "Linus"}]
        # The others were told nothing in all that time, or this event would not be their first.
        await house.happen(ours, "ours", project_id=project)
        await house.happen(theirs, "theirs")
        assert (await silent.event()).data["subject"] == "ours"
        assert (await guest.event()).data["subject"] == "ours"
        assert (await mallory.event()).data["subject"] == "theirs"
        for stream in streams:
            await stream.close()

    tell(story)


def test_a_murmur_is_one_frame_and_keeps_the_last_of_each(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id, project = uuid4(), uuid4()
        house.rights["ada"] = of(org_id)
        ada = house.stream("ada", "/s?also=presence")
        await ada.opened()
        connection = await house.writer()
        async with connection:
            for number in range(300):
                words = [
                    "presence", str(org_id), str(project), str(number % 150), {"number": number},
                ]  # fmt: skip
                await connection.execute("SELECT pg_notify(%s, %s)", [WHISPERS, json.dumps(words)])
            for broken in ("", "[1]", '["presence", "x", "y", "k", {}]'):
                await connection.execute("SELECT pg_notify(%s, %s)", [WHISPERS, broken])
        frames = [(await ada.event()).data["items"] for _ in range(2)]
        assert [len(items) for items in frames] == [100, 50]
        assert [one["number"] for items in frames for one in items] == list(range(150, 300))
        await ada.close()

    tell(story)


def test_passing_news_moves_nobodys_place(tell: Tell) -> None:
    async def story(house: House) -> None:
        org_id, project = uuid4(), uuid4()
        house.rights["ada"] = of(org_id)
        ada = house.stream("ada", "/s?also=presence")
        await ada.opened()
        await house.happen(org_id, "1", project_id=project)
        first = await ada.event()
        await mutter(house, org_id, project, "a")
        assert (await ada.event()).event == "presence"
        await ada.close()
        await house.happen(org_id, "2", project_id=project)
        again = house.stream("ada", "/s?also=presence", last_event_id=first.id)
        await again.opened()
        assert (await again.event()).data["subject"] == "2"
        await again.close()

    tell(story)


def test_what_is_no_passing_news_cannot_be_asked_for(tell: Tell) -> None:
    async def story(house: House) -> None:
        house.rights["ada"] = of(uuid4())
        stream = house.stream("ada", "/s?also=presence,secrets")
        await asyncio.wait_for(stream._started.wait(), WAIT)
        assert stream.status == 422
        assert b"invalid_also" in stream.body

    tell(story)


def test_after_a_break_of_the_database_readers_know_that_they_missed_something(
    tell: Tell, databases: Databases
) -> None:
    async def story(house: House) -> None:
        house.rights["ada"] = of(uuid4())
        ada = house.stream("ada", "/s?also=presence")
        await ada.opened()
        async with await psycopg.AsyncConnection.connect(
            databases.reader, autocommit=True
        ) as reader:
            await reader.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'buildrunner-realtime' AND datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
        told = await ada.event()
        assert (told.event, told.data["lost"]) == ("presence", True)
        await ada.close()

    tell(story)
