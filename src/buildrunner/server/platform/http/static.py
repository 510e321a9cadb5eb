"""Static files out of package folders, kept by browsers for ever under an address with a digest."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.http.answers import problem_response

FOREVER = "public, max-age=31536000, immutable"
_COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg+xml")
# The table of the machine may be missing or odd; these decide whether a browser runs a file.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
_SCRIPTS = re.compile(r"scripts-([0-9a-f]{12})/(.+\.m?js)")
_TYPES |= {".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json"}


class Asset(NamedTuple):
    """A file ready to send; `packed` is empty where gzip does not pay."""

    body: bytes
    packed: bytes
    media_type: str
    digest: str


class StaticFiles:
    """`GET /static/<path>` from the first of `folders` that has the file.

    `?v=` with the first characters of the file's SHA-256 makes the answer immutable; without it
    the browser asks again and gets 304. Scripts import each other by relative addresses, which
    drop a query, so theirs begins with the digest of all of them: `scripts-<digest>/<path>` is
    immutable, too. With `reload`, changed files are read again. `made` are scripts that no folder
    holds, by what makes (and keeps) each; their names change with their content.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        *,
        reload: bool = False,
        made: Mapping[str, Callable[[], bytes]] | None = None,
    ) -> None:
        self._made = dict(made or {})
        self._folders = [folder.resolve() for folder in folders]
        self._reload = reload

    async def respond(self, request: Request) -> Response:
        """The route's handler."""
        name, version = request.path_params["path"], request.query_params.get("v", "")
        versioned = _SCRIPTS.fullmatch(name)
        if versioned:
            name = versioned[2]
        asset = await asyncio.to_thread(self._find, name)
        if asset is None:
            return problem_response(
                NotFound("No such file.", code="not_found"), path=request.url.path
            )
        current = len(version) >= 8 and asset.digest.startswith(version)
        if versioned:
            # A page of another release may still ask for its scripts: it gets these, not kept.
            current = versioned[1] == scripts_digest(self._folders, reload=self._reload)
        current = current or name in self._made
        headers = {
            "Cache-Control": FOREVER if current else "no-cache",
            "ETag": f'"{asset.digest[:20]}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        known = request.headers.get("if-none-match", "")
        if headers["ETag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            return Response(status_code=304, headers=headers)
        body = asset.body
        if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
        return Response(
            body,  # a HEAD request is answered with its length alone by the server
            headers={**headers, "Content-Type": asset.media_type},
        )

    def _find(self, name: str) -> Asset | None:
        if name in self._made:
            return _pack(self._made[name](), "text/javascript")
        if "\0" in name or "\\" in name:
            return None
        for folder in self._folders:
            path = (folder / name).resolve()
            if path.is_relative_to(folder) and path.is_file():
                return _load(path, path.stat().st_mtime_ns if self._reload else 0)
        return None


@lru_cache(maxsize=512)
def _load(path: Path, changed_at: int) -> Asset:  # noqa: ARG001 - the time only keys the cache
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return _pack(path.read_bytes(), media_type or "application/octet-stream")


@lru_cache(maxsize=512)
def _pack(body: bytes, media_type: str) -> Asset:
    packed = b""
    if media_type.startswith(_COMPRESSED):
        packed = gzip.compress(body, 6, mtime=0) if len(body) > 1024 else b""
        media_type += "; charset=utf-8"
    return Asset(body, packed, media_type, hashlib.sha256(body).hexdigest())


def scripts_digest(folders: Sequence[Path], *, reload: bool = False) -> str:
    """One digest of every script below the folders: 12 hex digits."""
    newest = 0
    if reload:
        newest = max((path.stat().st_mtime_ns for _, path in _scripts(folders)), default=0)
    return _digest_of(tuple(folders), newest)


@lru_cache(maxsize=8)
def _digest_of(folders: tuple[Path, ...], newest: int) -> str:  # noqa: ARG001 - keys the cache
    whole = hashlib.sha256()
    for name, path in _scripts(folders):
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:12]


def _scripts(folders: Iterable[Path]) -> list[tuple[str, Path]]:
    return sorted(
        (path.relative_to(folder).as_posix(), path)
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".js", ".mjs")
    )


def package_folders() -> list[Path]:
    """The `static` folders of the installed Django apps, in the order of their look-up."""
    from django.apps import apps

    folders = [Path(config.path) / "static" for config in apps.get_app_configs()]
    return [folder for folder in folders if folder.is_dir()]
