"""Asking a server and Supabase how they are, in a second and with the standard library's sockets.

An HTTP client costs more to import than this whole command may take. Where a proxy is configured
the standard library's own client is used, which knows about them.
"""

from __future__ import annotations

import os
import time
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.cli.context import Context

PATIENCE = 1.0
_MOST = 1 << 20


def look(
    context: Context, link: dict[str, Any] | None, supabase: str
) -> tuple[dict[str, dict[str, Any]], int | None]:
    """(health by service, the project's revision on the server if it told)."""
    health: dict[str, dict[str, Any]] = {}
    revision: list[int] = []
    tasks: list[Callable[[], None]] = []
    if link is not None:
        server = str(link["server"]).rstrip("/")
        health["server"] = _silent(server)
        tasks.append(lambda: _probe(health["server"], f"{server}/healthz", {}))
        key = _key_for(context, server)
        if key:
            url = f"{server}/api/projects/{link['project_id']}"
            tasks.append(lambda: _revision(revision, url, key))
    if supabase:
        health["supabase"] = _silent(supabase.rstrip("/"))
        key = os.environ.get("SUPABASE_ANON_KEY", "")
        headers = {"apikey": key} if key else {}
        tasks.append(
            lambda: _probe(
                health["supabase"], f"{supabase.rstrip('/')}/auth/v1/health", headers, (200, 401)
            )
        )
    threads = [Thread(target=task, daemon=True) for task in tasks]
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return {name: dict(state) for name, state in health.items()}, revision[0] if revision else None


def _silent(url: str) -> dict[str, Any]:
    return {
        "state": "unreachable",
        "url": url,
        "milliseconds": None,
        "reason": f"no answer in {PATIENCE:g} s",
    }


def _key_for(context: Context, server: str) -> str:
    """The key for that server, "" where none may be sent there."""
    from buildrunner.cli.errors import Refusal

    try:
        settings = context.settings
        if settings.server != server:
            return ""
        return settings.api_key if _is_private(server) else ""
    except Refusal:
        return ""


def _is_private(address: str) -> bool:
    """Whether nobody on the way can read: HTTPS, or this very machine."""
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _probe(
    state: dict[str, Any], url: str, headers: dict[str, str], fine: tuple[int, ...] = (200,)
) -> None:
    begun = time.monotonic()
    try:
        status, _ = fetch(url, headers)
    except (OSError, ValueError) as error:
        state["reason"] = _reason(error)
        return
    state["milliseconds"] = round((time.monotonic() - begun) * 1000)
    state["state"] = "ok" if status in fine else "failing"
    state["reason"] = None if status in fine else f"HTTP {status}"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {PATIENCE:g} s"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _revision(found: list[int], url: str, key: str) -> None:
    try:
        status, body = fetch(url, {"Authorization": f"Bearer {key}"})
        if status == 200:
            import json

            revision = json.loads(body)["revision"]
            if isinstance(revision, int):
                found.append(revision)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the probe says that the server does not answer


def fetch(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """(status, body) of a GET, without redirects. Raises OSError and ValueError."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host:
        raise ValueError("the address names no host")
    if _has_proxy(parts.scheme, host):
        return _fetch_by_proxy(url, headers)
    import socket

    connection: Any = socket.create_connection(
        (host, parts.port or (443 if parts.scheme == "https" else 80)), timeout=PATIENCE
    )
    try:
        if parts.scheme == "https":
            import ssl

            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        head = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        head += ["Connection: close", "Accept: application/json", "User-Agent: br"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"))
        answer = b""
        while (chunk := connection.recv(65_536)) and len(answer) < _MOST:
            answer += chunk
    finally:
        connection.close()
    return _read(answer)


def _read(answer: bytes) -> tuple[int, bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("the answer is no HTTP")
    if b"transfer-encoding: chunked" in head.lower():
        body = _unchunked(body)
    return int(words[1]), body


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        line, _, rest = body.partition(b"\r\n")
        size = int(line.split(b";")[0] or b"0", 16)
        if not size:
            break
        whole += rest[:size]
        body = rest[size + 2 :]
    return whole


def _has_proxy(scheme: str, host: str) -> bool:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return host not in ("localhost", "127.0.0.1", "::1") and any(map(os.environ.get, names))


def _fetch_by_proxy(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    if not url.startswith(("http://", "https://")):
        raise ValueError("the address is neither http nor https")
    try:
        request = Request(url, headers=headers)  # noqa: S310 (the scheme was just checked)
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, answer.read(_MOST)
    except HTTPError as error:
        return error.code, b""
