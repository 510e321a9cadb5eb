"""Addresses of static files, with a digest of their content so that they may be kept for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from buildrunner.server.platform.http.static import package_folders, scripts_digest


@lru_cache(maxsize=512)
def _digest(path: str, changed_at: float) -> str:  # noqa: ARG001 - the time only keys the cache
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _find(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"no app has a static file {name!r}")
    return found


@lru_cache(maxsize=1)
def _folders() -> tuple[Path, ...]:
    return tuple(folder.resolve() for folder in package_folders())


def asset_url(name: str) -> str:
    """`/static/<name>?v=<digest>`; raises FileNotFoundError for a name that no app has.

    A script's is `/static/scripts-<digest>/<name>`: what it imports by a relative address is
    versioned with it.
    """
    path = _find(name)
    if name.endswith((".js", ".mjs")):
        digest = scripts_digest(_folders(), reload=settings.DEBUG)
        return f"{settings.STATIC_URL}scripts-{digest}/{name}"
    changed_at = Path(path).stat().st_mtime if settings.DEBUG else 0.0
    return f"{settings.STATIC_URL}{name}?v={_digest(path, changed_at)}"
