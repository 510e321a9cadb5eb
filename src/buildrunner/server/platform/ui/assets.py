"""Addresses of static files, with a digest of their content so that they may be kept for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders


@lru_cache(maxsize=512)
def _digest(path: str, changed_at: float) -> str:  # noqa: ARG001 - the time only keys the cache
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _find(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"no app has a static file {name!r}")
    return found


def asset_url(name: str) -> str:
    """`/static/<name>?v=<digest>`; raises FileNotFoundError for a name that no app has."""
    path = _find(name)
    changed_at = Path(path).stat().st_mtime if settings.DEBUG else 0.0
    return f"{settings.STATIC_URL}{name}?v={_digest(path, changed_at)}"
