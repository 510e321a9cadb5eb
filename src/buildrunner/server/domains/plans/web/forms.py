"""What the plan's pages send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from buildrunner.server.domains.plans.web.outline import STATUSES
from buildrunner.server.platform.errors import Invalid

MAX_TITLE = 2000
MAX_OPEN = 200
MAX_LOADED = 2000


class FieldEdit(NamedTuple):
    """One field of one entry: what the editor saw (`base`) and what it should hold."""

    field: str
    base: str
    value: str

    @classmethod
    def read(cls, values: Mapping[str, str]) -> FieldEdit:
        """From a form; raises Invalid with words for the person at the form."""
        field = values.get("field", "")
        base = values.get("base", "")
        value = values.get("value", "")
        if field == "title":
            value = " ".join(value.split())
            if not value:
                raise Invalid("A title cannot be empty.", code="title_empty", field="title")
            if len(value) > MAX_TITLE:
                raise Invalid(
                    f"A title has at most {MAX_TITLE:,} characters; this one has {len(value):,}.",
                    code="title_too_long",
                    field="title",
                )
        elif field == "status":
            if value not in STATUSES:
                raise Invalid(
                    f"{value!r} is no status; use one of {', '.join(STATUSES)}.",
                    code="status_unknown",
                    field="status",
                )
        else:
            raise Invalid(f"{field!r} cannot be changed here.", code="field_unknown", field=field)
        return cls(field, base, value)


def read_opened(values: list[str], shut: Sequence[str] = ()) -> dict[str, int]:
    """Milestones that a page has open, and how many rows of each: `450:m1` → {"m1": 450}.

    Those it has folded (`shut`) have none; what is in neither is new to the page.
    """
    opened: dict[str, int] = dict.fromkeys(shut[:MAX_LOADED], 0)
    for text in values[:MAX_OPEN]:
        number, colon, entity_id = text.partition(":")
        if colon and number.isdecimal() and len(number) < 8:
            opened[entity_id] = min(int(number), MAX_LOADED)
    return opened


def read_number(text: str | None) -> int:
    """A whole number of a query string, 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
