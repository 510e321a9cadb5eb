"""The profiles that are shipped, read once; a mistake in them stops the start."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from buildrunner.server.domains.ai.types.routing import TASK_TYPES, Profile


@lru_cache(maxsize=1)
def shipped() -> dict[str, Profile]:
    """Model → its profile."""
    path = Path(__file__).parent.parent / "catalogue.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    found = {}
    for model, row in rows.items():
        unknown = set(row["task_types"]) - set(TASK_TYPES)
        if unknown:
            raise ValueError(f"{model} names unknown types of task: {', '.join(sorted(unknown))}")
        found[model] = Profile(
            model=model,
            provider=row["provider"],
            task_types=tuple(row["task_types"]),
            quality=Decimal(str(row["quality"])),
            speed=Decimal(str(row["speed"])),
            context=row["context"],
            max_output=row["max_output"],
        )
    return found
