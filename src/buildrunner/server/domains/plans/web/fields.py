"""The fields of an entry: how each is shown, and what comes back from its form.

A form sends `base`, the exact value it started from as JSON (empty: the field was absent), so that
the server can tell what its editor changed from what others did.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from django.http import QueryDict

from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.values import ABSENT

MAX_LINE = 2_000
MAX_TEXT = 50_000
MAX_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field the plan's schema knows. `editor`: line, text, choice, number, list, links, needs,
    json."""

    name: str
    label: str
    editor: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    limits: tuple[int, int] = (0, 0)
    one: str = ""  # one item of a list, for labels


_FIELDS = (
    Field("owner", "Owner", "line", "A name, handle or address"),
    Field("priority", "Priority", "choice", choices=("P1", "P2", "P3")),
    Field("risk_level", "Risk", "choice", choices=("low", "medium", "high", "critical")),
    Field("effort_points", "Effort", "number", "1 to 100 points", limits=(1, 100)),
    Field("impact_score", "Impact", "number", "1 to 10", limits=(1, 10)),
    Field("phase", "Phase", "line", "Such as QA or Beta"),
    Field("criteria", "Criteria", "list", "What must be true when this is done", one="criterion"),
    Field("depends_on", "Waits for", "needs"),
    Field("description", "Description", "text"),
    Field("risk_notes", "What may go wrong", "text"),
    Field("rollback_plan", "Rollback plan", "text", "How to get back when it goes wrong"),
    Field("post_check", "Check after", "text", "What to look at after it is live"),
    Field("links", "Links", "links", "An address, then a title if you like", one="link"),
    Field("demo_script", "Demo", "list", "The steps that show it works", one="step"),
    Field("checks", "Checks", "json", "How the criteria are proven, as a JSON list"),
)
KNOWN = {field.name: field for field in _FIELDS}

PROPERTIES = {
    "microstep": ("owner", "priority", "risk_level", "effort_points", "impact_score"),
    "milestone": ("phase",),
}
LONG = {
    "microstep": (
        "description", "risk_notes", "rollback_plan", "post_check", "links", "demo_script", "checks",
    ),
    "step": ("description", "checks"),
    "milestone": ("description",),
}  # fmt: skip
# Fields with a place of their own, and such as no form changes.
_PLACED = frozenset(("id", "title", "status", "criteria", "depends_on", "aliases"))
_CHILDREN = frozenset(("steps", "microsteps", "milestones"))
# Where an entity was imported from: a second import finds it by this.
_READ_ONLY = frozenset(("source",))


class FieldEdit(NamedTuple):
    """One field: what its editor saw, and what it should hold; ABSENT for nothing."""

    field: str
    base: Any
    value: Any


class Shown(NamedTuple):
    """A field as the drawer draws it. `base` is its value as JSON, "" where it is absent."""

    field: Field
    base: str
    text: str
    items: list[str]

    @property
    def filled(self) -> bool:
        """Whether the entry has this field."""
        return bool(self.base)

    @property
    def read_only(self) -> bool:
        """Whether no form changes it."""
        return self.field.name in _READ_ONLY


def show(value: dict[str, Any], name: str) -> Shown:
    """One field of an entity."""
    found = value.get(name, ABSENT)
    field = _field_for(name, found)
    items = _items(field, found)
    return Shown(field, exact(found), text_of(found), items)


def others(value: dict[str, Any], kind: str) -> list[Shown]:
    """The fields that the schema does not know of, or not on this kind."""
    placed = _PLACED | _CHILDREN | {*PROPERTIES.get(kind, ()), *LONG.get(kind, ())}
    return [show(value, name) for name in value if name not in placed]


def exact(value: Any) -> str:
    """A value as JSON, "" for none."""
    return "" if value is ABSENT else json.dumps(value, ensure_ascii=False)


def text_of(value: Any) -> str:
    """A value for people and for a text field."""
    if value is ABSENT or value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False, indent=2)


def read(values: QueryDict) -> FieldEdit:
    """What a form of the drawer sends; raises Invalid with words for the person at it."""
    name = values.get("field", "")
    base = _base(values.get("base", ""))
    if name in _READ_ONLY or name in _CHILDREN or name in ("", "id", "aliases", "title", "status"):
        _refuse(name, f"{name!r} cannot be changed here.", "field_unknown")
    field = _field_for(name, base)
    given = values.get("value", "")
    if field.editor in ("list", "links", "needs"):
        items = _read_items(field, values)
        value: Any = _kept(items, base, links=field.editor == "links")
        if not items and name != "criteria":
            value = ABSENT
    elif field.editor == "json":
        value = _read_json(field, given)
    elif field.editor == "number":
        value = _read_number(field, given)
    else:
        text = given.replace("\r\n", "\n").strip()
        text = text if field.editor == "text" else " ".join(text.split())
        limit = MAX_TEXT if field.editor == "text" else MAX_LINE
        if len(text) > limit:
            _refuse(name, f"{field.label} has at most {limit:,} characters, not {len(text):,}.")
        value = text or ABSENT
        if isinstance(base, str) and text == base.strip():
            value = base  # space around a text is no edit
    return FieldEdit(name, base, value)


def _refuse(name: str, words: str, code: str = "value_invalid") -> NoReturn:
    raise Invalid(words, code=code, field=name)


def _field_for(name: str, value: Any) -> Field:
    known = KNOWN.get(name)
    if known is not None and (name != "description" or isinstance(value, str) or value is ABSENT):
        return known
    editor = "text" if isinstance(value, str) else "json"
    return Field(name, name, editor)


def _base(text: str) -> Any:
    if not text:
        return ABSENT
    try:
        return json.loads(text)
    except ValueError:
        _refuse("base", "The form is out of date; reload the page.", "base_invalid")


def _read_items(field: Field, values: QueryDict) -> list[str]:
    lines = values.getlist("item")
    lines += str(values.get("lines", "")).splitlines()
    items = [item for item in (line.strip() for line in lines) if item]
    if len(items) > MAX_ITEMS:
        _refuse(field.name, f"{field.label}: at most {MAX_ITEMS:,}, not {len(items):,}.")
    for item in items:
        if len(item) > MAX_LINE:
            _refuse(
                field.name,
                f"A {field.one or 'line'} has at most {MAX_LINE:,} characters, not {len(item):,}.",
            )
    return items


def _read_number(field: Field, text: str) -> Any:
    text = text.strip()
    if not text:
        return ABSENT
    low, high = field.limits
    digits = text if text.isascii() and text.isdecimal() and len(text) < 8 else ""
    if not digits or not low <= int(digits) <= high:
        _refuse(field.name, f"{field.label} is a whole number from {low} to {high}, not {text!r}.")
    return int(digits)


def _read_json(field: Field, text: str) -> Any:
    if not text.strip():
        return ABSENT
    if len(text) > MAX_TEXT:
        _refuse(field.name, f"{field.label} has at most {MAX_TEXT:,} characters.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(
            field.name,
            f"This is no JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            "json_invalid",
        )
    except RecursionError:
        _refuse(field.name, "This JSON is nested too deep.", "json_invalid")


def _items(field: Field, value: Any) -> list[str]:
    if field.editor not in ("list", "links", "needs") or not isinstance(value, list):
        return []
    return [link_text(item) for item in value]


def link_text(item: Any) -> str:
    """A link as it is typed: its address, then its title."""
    if isinstance(item, str):
        return item
    if isinstance(item, dict) and isinstance(item.get("url"), str):
        title = item.get("title")
        return f"{item['url']} {title}" if isinstance(title, str) and title else str(item["url"])
    return json.dumps(item, ensure_ascii=False)


def _kept(items: Sequence[str], base: Any, *, links: bool) -> list[Any]:
    """Typed items; what the form left as it was stays exactly that, with all that it holds."""
    known = {link_text(item).strip(): item for item in base} if isinstance(base, list) else {}
    found: list[Any] = []
    for item in items:
        url, _, title = item.partition(" ")
        if item in known:
            found.append(known[item])
        elif links and title.strip():
            found.append({"url": url, "title": title.strip()})
        else:
            found.append(item)
    return found
