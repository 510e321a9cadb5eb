"""The profiles that are shipped, read once; a mistake in them stops the start."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from buildrunner.server.domains.ai.types.routing import TASK_TYPES, Profile
from buildrunner.server.platform.errors import Invalid

_NAME = re.compile(r"[\w.:/@+-]{1,200}")
_MOST_TOKENS = 100_000_000


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


def require_sound(one: Profile) -> None:
    """Raises Invalid with the `field` that is wrong."""
    if not _NAME.fullmatch(one.model):
        raise Invalid(
            "model is a name of 1 to 200 letters, digits and . : / @ + - _ without spaces",
            field="model",
        )
    if not 0 < len(one.provider) <= 60:
        raise Invalid("provider says who makes the model, in 1 to 60 characters", field="provider")
    unknown = sorted(set(one.task_types) - set(TASK_TYPES))
    if unknown or not one.task_types:
        said = f"{unknown[0]!r} is no type of task" if unknown else "a profile is for one at least"
        raise Invalid(f"task_types: {said}; there are {', '.join(TASK_TYPES)}", field="task_types")
    for field, mark in (("quality", one.quality), ("speed", one.speed)):
        if not (mark.is_finite() and 0 <= mark <= 10 and mark == round(mark, 2)):
            raise Invalid(
                f"{field} is a number from 0 to 10 with at most two decimals", field=field
            )
    for field, tokens in (("context", one.context), ("max_output", one.max_output)):
        if not 0 < tokens <= _MOST_TOKENS:
            raise Invalid(f"{field} is 1 to {_MOST_TOKENS:,} tokens", field=field)
