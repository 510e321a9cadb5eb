"""The ASGI front: the bridge to Django, proxies, hosts, static files, probes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from buildrunner.server.platform.http.bridge import WsgiBridge, build_environ
from buildrunner.server.platform.http.forwarded import TrustedProxies
from buildrunner.server.platform.http.front import Front
from buildrunner.server.platform.http.static import (
    FOREVER,
    StaticFiles,
    package_folders,
    scripts_digest,
)

Headers = list[tuple[bytes, bytes]]


class Reply:
    """What an ASGI application answered."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, list[str]] = {}
        self.body = b""

    def header(self, name: str) -> str:
        (value,) = self.headers[name]
        return value


def scope(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Headers | None = None,
    client: str = "192.0.2.9",
) -> dict[str, Any]:
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), *(headers or [])],
        "client": (client, 5555),
        "server": ("127.0.0.1", 8400),
    }


async def talk(app: Any, asked: dict[str, Any], chunks: Iterable[bytes] = (b"",)) -> Reply:
    parts = list(chunks)
    reply = Reply()

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        body = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert reply.status == 0
            reply.status = message["status"]
            for name, value in message["headers"]:
                reply.headers.setdefault(name.decode(), []).append(value.decode("latin-1"))
        else:
            reply.body += message.get("body", b"")

    await app(asked, receive, send)
    return reply


def ask(app: Any, *arguments: Any, chunks: Iterable[bytes] = (b"",), **more: Any) -> Reply:
    return asyncio.run(talk(app, scope(*arguments, **more), chunks))


def wsgi(
    handle: Callable[[dict[str, Any]], bytes], status: str = "200 OK", *headers: tuple[str, str]
) -> Callable[..., Iterable[bytes]]:
    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = handle(environ)
        start(status, list(headers))
        return [body]

    return application


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/ui/a.css", "/api/events/stream"])
def test_native_routes_refuse_to_be_written(path: str) -> None:
    from buildrunner.server.config.asgi import routes

    reply = ask(routes, path, method="PATCH")
    assert reply.status == 405
    assert reply.headers["allow"] == ["GET, HEAD"]
    assert json.loads(reply.body)["code"] == "method_not_allowed"


class TestBridge:
    def test_a_request_goes_in_whole_and_an_answer_comes_out_whole(self) -> None:
        seen: dict[str, Any] = {}

        def handle(environ: dict[str, Any]) -> bytes:
            seen.update(environ)
            return environ["wsgi.input"].read()

        bridge = WsgiBridge(wsgi(handle, "201 Created", ("X-One", "1"), ("Set-Cookie", "a=1")))
        reply = ask(
            bridge,
            "/a%20b/%C3%A4?q=%20",
            method="POST",
            headers=[(b"content-type", b"text/plain"), (b"x-two", b"2"), (b"x-two", b"3")],
            chunks=[b"one ", b"two"],
        )
        assert (reply.status, reply.body) == (201, b"one two")
        assert reply.header("content-length") == "7"
        assert reply.header("x-one") == "1"
        assert seen["PATH_INFO"].encode("latin-1").decode() == "/a b/ä"
        assert seen["QUERY_STRING"] == "q=%20"
        assert seen["CONTENT_LENGTH"] == "7"
        assert seen["CONTENT_TYPE"] == "text/plain"
        assert seen["HTTP_X_TWO"] == "2,3"
        assert seen["REMOTE_ADDR"] == "192.0.2.9"

    def test_headers_that_would_pass_for_others_are_dropped(self) -> None:
        environ = build_environ(
            scope(
                headers=[
                    (b"x_forwarded_for", b"spoofed"),
                    (b"remote_user", b"root"),
                    (b"proxy", b"http://evil.test"),
                    (b"content-length", b"999"),
                    (b"cookie", b"a=1"),
                    (b"cookie", b"b=2"),
                ]
            ),
            b"four",
        )
        assert {"HTTP_X_FORWARDED_FOR", "HTTP_REMOTE_USER", "HTTP_PROXY"}.isdisjoint(environ)
        assert environ["CONTENT_LENGTH"] == "4"
        assert environ["HTTP_COOKIE"] == "a=1; b=2"

    @pytest.mark.parametrize(
        ("headers", "chunks"),
        [([(b"content-length", b"11")], [b""]), ([], [b"123456", b"7890", b"1"])],
    )
    def test_a_body_beyond_the_limit_is_refused(
        self, headers: Headers, chunks: list[bytes]
    ) -> None:
        bridge = WsgiBridge(wsgi(lambda _: b"never"), limit=10)
        reply = ask(bridge, "/x", method="POST", headers=headers, chunks=chunks)
        assert reply.status == 413
        assert reply.header("content-type") == "application/problem+json"
        assert b'"limit":10' in reply.body

    def test_a_body_that_does_not_come_is_not_waited_for(self) -> None:
        called: list[int] = []
        bridge = WsgiBridge(wsgi(lambda _: called.append(1) or b""), patience=0.05)  # type: ignore[func-returns-value]
        sent: list[dict[str, Any]] = []

        async def story() -> None:
            first = [{"type": "http.request", "body": b"x", "more_body": True}]

            async def receive() -> Any:
                return first.pop() if first else await asyncio.Event().wait()

            async def send(message: Any) -> None:
                sent.append(message)

            await bridge(scope(method="POST"), receive, send)

        asyncio.run(story())
        assert sent[0]["status"] == 408
        assert b"body_too_slow" in sent[1]["body"]
        assert called == []
        assert bridge.idle

    def test_a_client_that_goes_away_is_not_answered(self) -> None:
        called: list[int] = []
        bridge = WsgiBridge(wsgi(lambda _: called.append(1) or b""))  # type: ignore[func-returns-value]

        async def story() -> Reply:
            return await talk(bridge, scope(method="POST"), chunks=[])

        assert asyncio.run(story()).status == 0
        assert called == []

    @pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\0b"])
    def test_no_header_smuggles_another_one(self, value: str) -> None:
        reply = ask(WsgiBridge(wsgi(lambda _: b"", "200 OK", ("Location", value))))
        assert reply.status == 500
        assert "location" not in reply.headers
        assert "set-cookie" not in reply.headers

    def test_a_broken_application_tells_nothing(self) -> None:
        def broken(_: dict[str, Any]) -> bytes:
            raise ZeroDivisionError("secret")

        reply = ask(WsgiBridge(wsgi(broken)))
        assert reply.status == 500
        assert b"secret" not in reply.body

    def test_the_answer_to_head_has_a_length_and_no_body(self) -> None:
        reply = ask(WsgiBridge(wsgi(lambda _: b"12345")), method="HEAD")
        assert (reply.body, reply.header("content-length")) == (b"", "5")

    def test_a_crowd_is_turned_away_with_a_time(self) -> None:
        hold, inside = threading.Event(), threading.Event()

        def slow(_: dict[str, Any]) -> bytes:
            inside.set()
            hold.wait(20)
            return b"done"

        async def story() -> tuple[Reply, Reply]:
            bridge = WsgiBridge(wsgi(slow), threads=1, waiting=1)
            first = asyncio.create_task(talk(bridge, scope()))
            await asyncio.to_thread(inside.wait, 20)
            second = await talk(bridge, scope())
            hold.set()
            return await first, second

        first, second = asyncio.run(story())
        assert first.body == b"done"
        assert second.status == 503
        assert second.header("retry-after") == "2"

    def test_the_iterable_is_closed(self) -> None:
        class Body(io.BytesIO):
            ended = False

            def close(self) -> None:
                type(self).ended = True
                super().close()

        def application(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            start("200 OK", [])
            return Body(b"x\ny")

        assert ask(WsgiBridge(application)).body == b"x\ny"
        assert Body.ended


class TestProxies:
    def settle(self, client: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
        proxies = TrustedProxies(["10.0.0.0/8", "::1", " "])
        return dict(proxies.settle(scope(headers=list(headers), client=client)))

    def test_a_stranger_is_not_believed(self) -> None:
        settled = self.settle(
            "192.0.2.9",
            (b"x-forwarded-for", b"10.9.9.9"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"evil.test"),
        )
        assert settled["client"][0] == "192.0.2.9"
        assert settled["scheme"] == "http"
        assert settled["headers"] == [(b"host", b"localhost")]

    def test_a_proxy_is(self) -> None:
        settled = self.settle(
            "10.0.0.2",
            (b"x-forwarded-for", b"203.0.113.5"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"plan.example"),
        )
        assert settled["client"][0] == "203.0.113.5"
        assert settled["scheme"] == "https"
        assert dict(settled["headers"]) == {b"host": b"plan.example"}

    @pytest.mark.parametrize(
        ("chain", "client"),
        [
            ("1.1.1.1, 203.0.113.5, 10.0.0.7", "203.0.113.5"),  # what the client put first is not
            ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
            ("garbage", "10.0.0.2"),
            ("1.1.1.1, garbage", "10.0.0.2"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("", "10.0.0.2"),
        ],
    )
    def test_the_last_address_that_no_proxy_of_ours_wrote_counts(
        self, chain: str, client: str
    ) -> None:
        settled = self.settle("10.0.0.2", (b"x-forwarded-for", chain.encode()))
        assert settled["client"][0] == client

    def test_a_wrong_setting_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"proxy\.example"):
            TrustedProxies(["proxy.example"])


class TestHosts:
    app = Front(
        WsgiBridge(wsgi(lambda environ: environ["HTTP_HOST"].encode())),
        hosts=["localhost", "127.0.0.1", "[::1]"],
        proxies=TrustedProxies([]),
        any_host=frozenset({"/healthz"}),
    )

    @pytest.mark.parametrize("host", ["localhost:8400", "127.0.0.1", "[::1]:8400", "LOCALHOST"])
    def test_ours_pass(self, host: str) -> None:
        asked = scope()
        asked["headers"] = [(b"host", host.encode())]
        assert asyncio.run(talk(self.app, asked)).status == 200

    @pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "", "a b", "::1", "[::1"])
    def test_others_are_refused_except_by_probes(self, host: str) -> None:
        for path, status in (("/", 400), ("/healthz", 200)):
            asked = scope(path)
            asked["headers"] = [(b"host", host.encode())]
            assert asyncio.run(talk(self.app, asked)).status == status


@pytest.fixture
def files(tmp_path: Path) -> Starlette:
    folder = tmp_path / "static"
    (folder / "ui").mkdir(parents=True)
    (folder / "ui" / "base.css").write_text("body { color: red }\n" * 100)
    (folder / "ui" / "dot.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    served = StaticFiles([folder])
    return Starlette(routes=[Mount("/static", routes=[Route("/{path:path}", served.respond)])])


class TestStatic:
    def test_with_its_digest_a_file_is_kept_for_ever(self, files: Starlette) -> None:
        body = b"body { color: red }\n" * 100
        digest = hashlib.sha256(body).hexdigest()
        reply = ask(files, f"/static/ui/base.css?v={digest[:12]}")
        assert (reply.status, reply.body) == (200, body)
        assert reply.header("cache-control") == FOREVER
        assert reply.header("content-type") == "text/css; charset=utf-8"
        assert reply.header("x-content-type-options") == "nosniff"
        for version in ("0" * 12, digest[:3], ""):
            reply = ask(files, f"/static/ui/base.css?v={version}")
            assert reply.header("cache-control") == "no-cache"

    def test_scripts_carry_one_digest_for_all_they_import(
        self, files: Starlette, tmp_path: Path
    ) -> None:
        folder = tmp_path / "static"
        (folder / "ui" / "page.js").write_text('import "./part.js";')
        (folder / "ui" / "part.js").write_text("1")
        digest = scripts_digest([folder])
        for name in ("page", "part"):
            reply = ask(files, f"/static/scripts-{digest}/ui/{name}.js")
            assert (reply.status, reply.header("cache-control")) == (200, FOREVER)
            assert reply.header("content-type") == "text/javascript; charset=utf-8"
        # A page of another release: its scripts still come, and are not kept.
        old = ask(files, "/static/scripts-0123456789ab/ui/page.js")
        assert (old.status, old.header("cache-control")) == (200, "no-cache")
        for path in (f"scripts-{digest}/ui/base.css", f"scripts-{digest}/../secret.js"):
            assert ask(files, f"/static/{path}").status == 404
        (folder / "ui" / "part.js").write_text("2")
        os.utime(folder / "ui" / "part.js", ns=(1, 2**62))
        assert scripts_digest([folder], reload=True) != digest

    def test_what_a_browser_has_is_not_sent_again(self, files: Starlette) -> None:
        tag = ask(files, "/static/ui/base.css").header("etag")
        for sent in (tag, f"W/{tag}", f'"other", {tag}'):
            reply = ask(files, "/static/ui/base.css", headers=[(b"if-none-match", sent.encode())])
            assert (reply.status, reply.body) == (304, b"")

    def test_text_is_packed_for_who_takes_it(self, files: Starlette) -> None:
        reply = ask(files, "/static/ui/base.css", headers=[(b"accept-encoding", b"br, gzip")])
        assert reply.header("content-encoding") == "gzip"
        assert gzip.decompress(reply.body) == b"body { color: red }\n" * 100
        reply = ask(files, "/static/ui/dot.png", headers=[(b"accept-encoding", b"gzip")])
        assert "content-encoding" not in reply.headers
        assert reply.header("content-type") == "image/png"

    @pytest.mark.parametrize(
        "path",
        ["../secret", "%2e%2e/secret", "ui/../../secret", "link", "ui", "", "ui/none.css", "a%00b"],
    )
    def test_nothing_outside_the_folder_is_served(self, files: Starlette, path: str) -> None:
        from urllib.parse import unquote

        asked = scope(f"/static/{path}")
        asked["path"] = unquote(asked["path"])
        reply = asyncio.run(talk(files, asked))
        assert reply.status == 404
        assert b"secret" not in reply.body.replace(b"/secret", b"")

    def test_the_products_own_folders_are_found(self) -> None:
        folders = {folder.parent.name for folder in package_folders()}
        assert {"ui", "ninja"} <= folders
