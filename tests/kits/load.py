"""Writers and a reader that keep a server busy and remember what it acknowledged."""

import json
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

STEPS = 12
MICROSTEPS = 40  # of each step
FIELDS = ("owner", "title", "notes")


def plan(title: str) -> dict[str, Any]:
    """A plan with room for a few thousand edits that do not meet."""
    steps = [
        {
            "id": f"m1.s{step}",
            "title": f"Step {step}",
            "microsteps": [
                {
                    "id": f"m1.s{step}.ms{one}",
                    "title": "As it was",
                    "status": "todo",
                    "criteria": [],
                }
                for one in range(1, MICROSTEPS + 1)
            ],
        }
        for step in range(1, STEPS + 1)
    ]
    return {
        "projectId": "load",
        "title": title,
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [{"id": "m1", "title": "All", "steps": steps}],
    }


def places() -> Iterator[tuple[str, str]]:
    """(microstep, field) pairs, each once."""
    for field in FIELDS:
        for step in range(1, STEPS + 1):
            for one in range(1, MICROSTEPS + 1):
                yield f"m1.s{step}.ms{one}", field


class Load:
    """Writers, each one field a request with an idempotency key, tried again until acknowledged.

    `acknowledged`: value → revision. `answers`: how often which status came. `wrong`: answers that
    a client may not get whatever happens to the server.
    """

    def __init__(self, url: str, api_key: str, *, writers: int = 4, pause: float = 0.03) -> None:
        self.url = url
        self.acknowledged: dict[str, int] = {}
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.lost_connections = 0
        self.slowest = 0.0
        self._pause = pause
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._places = places()
        with self._client() as client:
            answer = client.post("/api/projects", json={"title": "Load"}).raise_for_status()
            self.project = str(answer.json()["id"])
            sent = client.put(f"/api/projects/{self.project}/plan", json=plan("Load"))
            self.first = int(sent.raise_for_status().json()["revision"])
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(writers)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let the writers finish their last request."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self._headers, timeout=30)

    def await_writes(self, count: int, patience: float = 40.0) -> None:
        """Until `count` more writes are acknowledged than now."""
        wanted = len(self.acknowledged) + count
        deadline = time.monotonic() + patience
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"no service: {self.answers}, {self.wrong}"
            assert any(thread.is_alive() for thread in self._threads), self.wrong
            time.sleep(0.02)

    def _write(self, number: int) -> None:
        revision = self.first
        with self._client() as client:
            while not self._stopping.is_set():
                with self._lock:
                    place, field = next(self._places)
                value = f"writer {number}: {uuid4().hex}"
                body = {
                    "base_revision": revision,
                    "operations": [{"op": "set", "id": place, "field": field, "value": value}],
                    "idempotency_key": uuid4().hex,
                }
                began = time.monotonic()
                acknowledged = self._until_acknowledged(client, body)
                if acknowledged is None:
                    return
                self.slowest = max(self.slowest, time.monotonic() - began)
                revision = acknowledged
                self.acknowledged[value] = revision
                self._stopping.wait(self._pause)

    def _until_acknowledged(self, client: httpx.Client, body: dict[str, Any]) -> int | None:
        given_up = time.monotonic() + 60
        while time.monotonic() < given_up:
            try:
                answer = client.post(
                    f"/api/projects/{self.project}/sync",
                    json=body,
                    headers={"Idempotency-Key": body["idempotency_key"]},
                )
            except httpx.TransportError:
                self.lost_connections += 1
                time.sleep(0.1)
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code == 200:
                return int(answer.json()["revision"])
            in_flight = answer.status_code == 409 and "idempotency" in answer.text
            told_to_wait = answer.status_code in {429, 503} and "retry-after" in answer.headers
            if not in_flight and not told_to_wait:
                self.wrong.append(f"{answer.status_code} {answer.text[:300]}")
                return None
            # A client waits for as long as it is told; here it may be sooner.
            time.sleep(0.2)
        self.wrong.append("not acknowledged within a minute")
        return None

    def written(self) -> Counter[str]:
        """How often each value stands in the plan's history."""
        found: Counter[str] = Counter()
        with self._client() as client:
            revisions: list[int] = []
            cursor: str | None = ""
            while cursor is not None:
                given = {"limit": "100", **({"cursor": cursor} if cursor else {})}
                listed = self._get(client, "revisions", given)
                revisions += [entry["revision"] for entry in listed["items"]]
                cursor = listed["next_cursor"]
            assert revisions == list(range(len(revisions), 0, -1)), "the history has a gap"
            for revision in revisions:
                if revision > self.first:
                    detail = self._get(client, f"revisions/{revision}", {})
                    found.update(str(each.get("value")) for each in detail["operations"])
        return found

    def _get(self, client: httpx.Client, name: str, given: dict[str, str]) -> Any:
        while True:
            answer = client.get(f"/api/projects/{self.project}/{name}", params=given)
            if answer.status_code not in {429, 503}:
                return answer.raise_for_status().json()
            time.sleep(0.2)

    def check(self) -> None:
        """Nothing acknowledged is lost, nothing stands twice, and nobody got a wrong answer."""
        assert self.wrong == [], self.wrong
        assert not any(thread.is_alive() for thread in self._threads)
        written = self.written()
        lost = [value for value in self.acknowledged if written[value] == 0]
        twice = [value for value, times in written.items() if times > 1]
        assert (lost, twice) == ([], [])
        assert len(self.acknowledged) > 0


class Follower:
    """A reader of the event stream that connects again, with `Last-Event-ID`, as browsers do."""

    def __init__(self, url: str, api_key: str, project: str) -> None:
        self._address = f"{url}/api/events/stream?{urllib.parse.urlencode({'project_id': project})}"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._last = ""
        self._stopping = threading.Event()
        self.open = threading.Event()
        self.kinds: Counter[str] = Counter()
        self.revisions: list[int] = []
        self.connections = 0
        self.retry: list[str] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)

    @contextmanager
    def following(self) -> Iterator["Follower"]:
        """Read in a thread for as long as the block runs."""
        self._thread.start()
        assert self.open.wait(30)
        try:
            yield self
        finally:
            self._stopping.set()
            self._thread.join(10)

    def await_revision(self, revision: int, patience: float = 20.0) -> None:
        """Until this revision was told."""
        deadline = time.monotonic() + patience
        while revision not in self.revisions:
            assert time.monotonic() < deadline, f"{revision} was not told"
            time.sleep(0.02)

    def _follow(self) -> None:
        with httpx.Client(timeout=httpx.Timeout(5.0)) as client:
            while not self._stopping.is_set():
                headers = {"Last-Event-ID": self._last} if self._last else {}
                try:
                    with client.stream(
                        "GET", self._address, headers={**self._headers, **headers}
                    ) as answer:
                        if answer.status_code == 200:
                            self.connections += 1
                            self._read(answer)
                except httpx.TransportError:
                    pass
                self._stopping.wait(0.1)

    def _read(self, answer: httpx.Response) -> None:
        kind, identifier = "", ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                identifier = value
                self.open.set()
            elif name == "retry":
                self.retry.append(value)
            elif name == "event":
                kind = value
            elif name == "data":
                self.kinds[kind] += 1
                if kind == "plan.revised":
                    self.revisions.append(int(json.loads(value)["data"]["revision"]))
            elif not line and identifier:
                self._last = identifier
            if self._stopping.is_set():
                return
