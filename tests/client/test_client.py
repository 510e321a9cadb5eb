"""The client against a real HTTP peer on loopback that answers by script."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import buildrunner.client as public
from buildrunner.client import (
    Client,
    Conflict,
    InsecureAddress,
    Misconfigured,
    NotFound,
    NotSignedIn,
    ServerFault,
    UnexpectedAnswer,
    Unreachable,
    wire,
)
from buildrunner.client.blocking.transport import Transport

Answer = tuple[int, dict[str, str], bytes]


class Peer:
    """A scripted server: answers in order, remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.asked.append((self.command, self.path, dict(self.headers), body))
                status, headers, content = peer.answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, status: int, body: Any, **headers: str) -> None:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.answers.append((status, named, json.dumps(body).encode()))


@pytest.fixture
def peer() -> Iterator[Peer]:
    scripted = Peer()
    yield scripted
    scripted.server.shutdown()
    scripted.server.server_close()


@pytest.fixture
def client(peer: Peer) -> Iterator[Client]:
    with Client(peer.url, "br_secret") as made:
        yield made


PROJECT = {"id": "p", "org_id": "o", "title": "T", "revision": 0, "added_later": True}


def test_a_project_is_made_with_the_key_and_read_back(client: Client, peer: Peer) -> None:
    peer.say(201, PROJECT)
    assert client.projects.create("T").title == "T"
    method, path, headers, body = peer.asked[0]
    assert (method, path, json.loads(body)) == ("POST", "/api/projects", {"title": "T"})
    assert headers["Authorization"] == "Bearer br_secret"


def test_lists_are_read_page_by_page(client: Client, peer: Peer) -> None:
    peer.say(200, {"items": [PROJECT], "next_cursor": "a b&c"})
    pages = client.projects.list()
    assert next(pages).id == "p"
    assert len(peer.asked) == 1
    peer.say(200, {"items": [PROJECT | {"id": "q"}], "next_cursor": None})
    assert [project.id for project in pages] == ["q"]
    assert peer.asked[1][1] == "/api/projects?cursor=a+b%26c"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NotSignedIn), (404, NotFound), (409, Conflict), (500, ServerFault)]
)
def test_problems_become_typed_errors(
    client: Client, peer: Peer, status: int, kind: type[Exception]
) -> None:
    peer.say(status, {"title": "No", "detail": "Because", "code": "why", "conflicts": [1]})
    with pytest.raises(kind) as caught:
        client.me()
    assert (caught.value.code, caught.value.message) == ("why", "Because")
    assert caught.value.problem["conflicts"] == [1]


def waiting(peer: Peer, pauses: list[float], retries: int = 2) -> Transport:
    return Transport(wire.configure(peer.url, None, None, retries), pause=pauses.append)


def test_reads_are_retried_and_retry_after_is_honoured(peer: Peer) -> None:
    pauses: list[float] = []
    peer.say(503, {}, Retry_After="7")
    peer.say(502, {})
    peer.say(200, {"ok": True})
    assert waiting(peer, pauses).get("/x", dict) == {"ok": True}
    assert pauses[0] == 7
    assert len(pauses) == 2


def test_a_write_is_retried_only_when_it_is_safe(peer: Peer) -> None:
    peer.say(503, {})
    with pytest.raises(ServerFault):
        waiting(peer, []).request("POST", "/x", json={})
    peer.say(503, {})
    peer.say(200, {})
    assert waiting(peer, []).send("POST", "/x", dict, {}) == {}
    assert len(peer.asked) == 3
    # Both attempts are one to the server.
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in peer.asked[1:]]
    assert keys[0] == keys[1]


def test_an_answer_that_still_runs_is_waited_for(peer: Peer) -> None:
    pauses: list[float] = []
    peer.say(409, {"code": "idempotency_in_flight"}, Retry_After="1")
    peer.say(409, {"code": "claim_held"})
    with pytest.raises(Conflict) as caught:
        waiting(peer, pauses).send("POST", "/x", dict, {})
    assert (caught.value.code, pauses) == ("claim_held", [1.0])


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("3", 3, 3),
        ("9999", 30, 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 30, 30),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, least: float, most: float) -> None:
    found = wire.retry_after(value)
    assert found is not None
    assert least <= found <= most


def test_retry_after_a_date_to_come_is_the_time_until_then() -> None:
    found = wire.retry_after(formatdate(time.time() + 10, usegmt=True))
    assert found is not None
    assert 1 < found <= 10


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "Wed, 99 Oct 2015"])
def test_other_retry_after_is_none(value: str) -> None:
    assert wire.retry_after(value) is None


def test_the_environment_configures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BR_SERVER", "BR_API_KEY", "BR_TIMEOUT", "BR_RETRIES"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Misconfigured, match="BR_SERVER"):
        Client()
    monkeypatch.setenv("BR_SERVER", "https://build.example.org/")
    monkeypatch.setenv("BR_API_KEY", "br_environment")
    monkeypatch.setenv("BR_TIMEOUT", "7.5")
    monkeypatch.setenv("BR_RETRIES", "0")
    made = wire.configure(None, None, None, None)
    assert made == ("https://build.example.org", "br_environment", 7.5, 0, "")
    # A server that the program names does not get the key of another.
    assert wire.configure("https://other.example.org", None, None, None).api_key is None
    for name, wrong in (("BR_TIMEOUT", "long"), ("BR_RETRIES", "-1"), ("BR_TIMEOUT", "nan")):
        monkeypatch.setenv(name, wrong)
        with pytest.raises(Misconfigured, match=name):
            wire.configure(None, None, None, None)
        monkeypatch.delenv(name)
    monkeypatch.setenv("BR_API_KEY", "br_zwei\nzeilen")
    with pytest.raises(Misconfigured, match="copied whole"):
        Client()


def test_no_key_is_shown_or_logged(
    client: Client, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.say(200, {"items": [], "next_cursor": None})
    with caplog.at_level("DEBUG"):
        assert list(client.projects.list()) == []
    assert "GET /api/projects: 200" in caplog.text
    assert "br_secret" not in caplog.text + repr(client) + repr(client._transport)
    assert "with a key" in repr(client)


def test_no_server_is_said_plainly(peer: Peer) -> None:
    peer.server.shutdown()
    peer.server.server_close()
    with Client(peer.url, retries=0) as client, pytest.raises(Unreachable) as caught:
        client.me()
    assert peer.url in caught.value.message


@pytest.mark.parametrize(
    "address",
    ["http://example.com", "http://10.0.0.1:80", "ftp://localhost", "http://", "https://u:p@host"],
)
def test_a_key_never_travels_in_the_clear(address: str) -> None:
    with pytest.raises(InsecureAddress):
        Client(address, "br_secret")


def test_a_redirect_does_not_carry_the_key_away(client: Client, peer: Peer) -> None:
    peer.say(302, {}, Location="https://elsewhere.example/api/me")
    with pytest.raises(UnexpectedAnswer, match=r"elsewhere\.example"):
        client.me()
    assert len(peer.asked) == 1


def test_an_answer_of_another_shape_is_named(client: Client, peer: Peer) -> None:
    peer.say(200, {"hello": "world"})
    with pytest.raises(UnexpectedAnswer, match="/api/me"):
        client.me()
    peer.say(200, {"items": [{"id": 7}], "next_cursor": None})
    with pytest.raises(UnexpectedAnswer, match="/api/projects"):
        next(client.projects.list())
    peer.answers.append((200, {}, b"\xff\xfe"))
    with pytest.raises(UnexpectedAnswer):
        client.me()


def test_ids_cannot_change_the_path(client: Client, peer: Peer) -> None:
    peer.say(200, {})
    client.claims.release("../../orgs", "a/b?c")
    assert peer.asked[0][1] == "/api/projects/..%2F..%2Forgs/claims/a%2Fb%3Fc"


def test_the_stream_resumes_after_the_last_event(peer: Peer) -> None:
    first = b': ping\n\nid: e1\nevent: plan.revised\ndata: {"n":\ndata: 1}\n\n'
    second = b"id: e2\nevent: claim.taken\ndata: {}\n\n"
    for content in (first, second):
        peer.answers.append((200, {"Content-Type": "text/event-stream"}, content))
    with Client(peer.url, "br_secret") as client:
        events = client.events("p")
        one, two = next(events), next(events)
    assert (one.id, one.kind, one.data) == ("e1", "plan.revised", {"n": 1})
    assert two.kind == "claim.taken"
    assert peer.asked[1][2]["Last-Event-ID"] == "e1"


def test_public_names_are_a_promise() -> None:
    assert public.__all__ == sorted(public.__all__)
    for name in public.__all__:
        made: Callable[..., Any] = getattr(public, name)
        assert issubclass(made, public.ClientError) or name in {"AsyncClient", "Client"}
    with pytest.raises(AttributeError):
        _ = public.absent
