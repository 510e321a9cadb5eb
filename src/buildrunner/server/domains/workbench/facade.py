"""The only door for other rooms."""

from __future__ import annotations

__all__ = ()
