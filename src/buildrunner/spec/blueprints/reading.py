"""Reading bytes that may be no blueprint: what is wrong, on which line, and how to mend it.

A pack comes from anywhere. So its size, depth and number of parts are bounded before anything
looks closer, every pass is linear, and nothing in it is evaluated.
"""

from __future__ import annotations

import re

from buildrunner.spec import content, references, secrets, source, syntax
from buildrunner.spec import schema as plan_schema
from buildrunner.spec.blueprints import parameters
from buildrunner.spec.blueprints.findings import ERROR, Finding
from buildrunner.spec.blueprints.versions import is_range
from buildrunner.spec.document import CHILD_KIND, CHILDREN
from buildrunner.spec.survey import Survey
from buildrunner.spec.violations import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_BYTES = 5_000_000
MAX_DEPTH = 24
MAX_NODES = 200_000
MAX_ENTITIES = 5_000
MAX_TEXT = 10_000
MAX_LISTED = 100  # parameters, requirements, exclusions, tags
PER_CODE = 20
FORMAT = "buildrunner.blueprint/1"
# Fields by which a plan knows its own: a pack that brought them could pass for other parts.
RESERVED = ("source", "aliases")
_EXTERNAL = re.compile(r"([a-z][a-z0-9-]{0,63})#(\S{1,100})\Z")
# Controls, and what turns the reading direction of everything that follows.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_ARCHIVES = {b"PK": "a ZIP archive", b"\x1f\x8b": "compressed with gzip", b"BZh": "compressed",
             b"\xfd7zXZ": "compressed", b"7z\xbc\xaf": "a 7-Zip archive", b"\x28\xb5\x2f\xfd":
             "compressed"}  # fmt: skip


class Reading:
    """What could be read: `blueprint` (None with errors), `findings`, and the `text`."""

    __slots__ = ("blueprint", "findings", "name", "text")

    def __init__(self, name: str, text: str, findings: list[Finding]) -> None:
        self.name = name
        self.text = text
        self.findings = findings
        self.blueprint: dict[str, Any] | None = None

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == ERROR]


def load(data: bytes, name: str = "") -> Reading:
    """Read a blueprint; never raises, whatever the bytes.

    `name` is what findings are reported under: a file's name or an address.
    """
    refusal = _refusal(data)
    if refusal is not None:
        return Reading(name, "", [refusal])
    read = syntax.read(data)
    found = [
        Finding(f.code, f.message, f.pointer, line=f.line, column=f.column, hint=f.hint)
        for f in read.findings
    ]
    reading = Reading(name, read.text, found)
    document = read.plan
    if document is not None:
        notes = _Notes()
        if _fits(document, notes):
            _judge(document, notes)
            _find_secrets(data, notes)
        found += notes.placed(read.text)
        found.sort(key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))
        if not reading.errors:
            reading.blueprint = document
    return reading


def _refusal(data: bytes) -> Finding | None:
    if len(data) > MAX_BYTES:
        message = f"this has {len(data):,} bytes, a blueprint has at most {MAX_BYTES:,}"
        return Finding("BP103", message, line=1, column=1)
    for magic, kind in _ARCHIVES.items():
        if data.startswith(magic):
            return Finding("BP102", f"this is {kind}, not a blueprint", line=1, column=1)
    return None


class _Notes:
    """Findings before their places are known; the report that lint's rules expect."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str, str | None, int | None]] = []
        self.counts: dict[str, int] = {}
        self.prefix = ""

    def wants(self, code: str) -> bool:
        return self.counts.get(code, 0) < PER_CODE

    def __call__(
        self,
        code: str,
        pointer: str,
        message: str,
        hint: str | None = None,
        offset: int | None = None,
    ) -> None:
        if self.wants(code):
            self.taken.append((code, self.prefix + pointer, message, hint, offset))
        self.counts[code] = self.counts.get(code, 0) + 1

    def placed(self, text: str) -> list[Finding]:
        """The findings with line and column, in one pass over the text."""
        offsets = source.locate(text, {row[1] for row in self.taken if row[4] is None})
        known = [
            row[4] if row[4] is not None else offsets.get(row[1], _nearest(row[1], offsets))
            for row in self.taken
        ]
        places = source.lines_and_columns(text, known)
        return [
            Finding(code, message, pointer, line=places[at][0], column=places[at][1], hint=hint)
            for (code, pointer, message, hint, _), at in zip(self.taken, known, strict=True)
        ]


def _nearest(pointer: str, offsets: dict[str, int]) -> int:
    while pointer:
        pointer = pointer.rpartition("/")[0]
        if pointer in offsets:
            return offsets[pointer]
    return 0


def _fits(document: dict[str, Any], notes: _Notes) -> bool:
    """Whether size and depth allow a closer look; texts are looked at on the way."""
    if document.get("format") != FORMAT:
        said = "the format is missing" if "format" not in document else "this is another format"
        notes("BP101", "/format" if "format" in document else "", said)
        return False
    for count, (pointer, value, depth) in enumerate(nodes(document)):
        if depth > MAX_DEPTH:
            notes("BP104", pointer, f"values nest deeper than {MAX_DEPTH} levels here")
            return False
        if count >= MAX_NODES:
            notes("BP105", pointer, f"there are more than {MAX_NODES:,} values")
            return False
        if value.__class__ is str:
            _look_at(value, pointer, notes)
        elif value.__class__ is dict:
            for key in value:
                if len(key) > 200 or _HIDDEN.search(key):
                    notes("BP107", pointer, "a key is too long or holds hidden characters")
    return not any(code in notes.counts for code in ("BP106", "BP107"))


def _look_at(text: str, pointer: str, notes: _Notes) -> None:
    if len(text) > MAX_TEXT:
        notes("BP106", pointer, f"the text has {len(text):,} characters")
    found = _HIDDEN.search(text)
    if found:
        notes("BP107", pointer, f"the text holds U+{ord(found[0]):04X}, which nobody sees")


def nodes(document: Any) -> Iterator[tuple[str, Any, int]]:
    """(pointer, value, depth) for every value, parents first; no recursion."""
    waiting: list[tuple[str, Any, int]] = [("", document, 1)]
    while waiting:
        pointer, value, depth = waiting.pop()
        yield pointer, value, depth
        if value.__class__ is dict:
            below = [(f"{pointer}/{source.escape(k)}", v, depth + 1) for k, v in value.items()]
        elif value.__class__ is list:
            below = [(f"{pointer}/{place}", each, depth + 1) for place, each in enumerate(value)]
        else:
            continue
        waiting.extend(reversed(below))


def _judge(document: dict[str, Any], notes: _Notes) -> None:
    from buildrunner.spec.blueprints.schema import validate

    for violation in validate(document):
        notes(*_explained(violation, document))
    plan = document.get("plan")
    if plan.__class__ is not dict or plan.get("milestones").__class__ is not list:
        return
    entities = [*_entities(plan)]
    if len(entities) > MAX_ENTITIES:
        notes("BP105", "/plan", f"there are {len(entities):,} parts, more than {MAX_ENTITIES:,}")
        return
    _ranges(document, notes)
    for pointer, value in entities:
        _look_at_entity(document, pointer, value, notes)
    parameters.judge(document, notes)
    notes.prefix = "/plan"
    inner = _Foreign(notes, plan)
    survey = Survey(plan)
    references.check(survey, inner)
    content.check(plan, survey, plan_schema.schema(), inner)
    notes.prefix = ""


class _Foreign:
    """Lets pass what lint cannot know: dependencies on parts of other packs."""

    def __init__(self, notes: _Notes, plan: dict[str, Any]) -> None:
        self.notes = notes
        self.plan = plan

    def wants(self, code: str) -> bool:
        return code == "BR304" or self.notes.wants(code)

    def __call__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        if code == "BR304" and external(value_at(self.plan, pointer)):
            return
        if code == "BR408" and pointer.count("/") == 1:
            return  # the plan of a pack has no root of its own
        self.notes(code, pointer, message, hint)


def external(reference: Any) -> tuple[str, str] | None:
    """(pack, id) of a reference to a part of another pack, else None."""
    found = _EXTERNAL.match(reference) if reference.__class__ is str else None
    return (found[1], found[2]) if found else None


def value_at(document: Any, pointer: str) -> Any:
    """The value a pointer leads to, None where it leads nowhere."""
    node = document
    for token in source.tokens(pointer):
        if node.__class__ is dict:
            node = node.get(token)
        elif node.__class__ is list and token.isdecimal() and int(token) < len(node):
            node = node[int(token)]
        else:
            return None
    return node


def _explained(violation: plan_schema.Violation, document: Any) -> tuple[str, str, str, str | None]:
    code, pointer, message, hint = explain(violation, document)
    if violation.path == ("version",) and violation.keyword == "pattern":
        return "BP202", pointer, message, None
    if violation.path[-1:] == ("status",):
        status = value_at(document, pointer)
        return "BP401", pointer, f"the status {str(status)[:40]!r} is not todo", None
    if code in ("BR203", "BR209", "BR208"):
        field = violation.path[-1] if violation.path else "the blueprint"
        return "BP201", pointer, f"{field}: {violation.message[:200]}", None
    return code, pointer, message.replace("the plan", "the blueprint"), hint


def _entities(plan: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    def below(
        node: dict[str, Any], kind: str, pointer: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        field = CHILDREN.get(kind)
        members = node.get(field) if field else None
        for place, member in enumerate(members if members.__class__ is list else ()):
            if member.__class__ is dict:
                where = f"{pointer}/{field}/{place}"
                yield where, member
                yield from below(member, CHILD_KIND[kind], where)

    yield from below(plan, "root", "/plan")


def _look_at_entity(
    document: dict[str, Any], pointer: str, value: dict[str, Any], notes: _Notes
) -> None:
    for field in RESERVED:
        if field in value:
            notes("BP402", f"{pointer}/{field}", f"{field!r} says where a part of a plan is from")
    required = _names(document, "requires")
    needs = value.get("depends_on")
    for place, need in enumerate(needs if needs.__class__ is list else ()):
        foreign = external(need)
        if foreign and foreign[0] not in required:
            message = f"{need!r} is of a pack that this one does not require"
            notes("BP403", f"{pointer}/depends_on/{place}", message)


def _names(document: dict[str, Any], field: str) -> set[Any]:
    rows = document.get(field)
    if rows.__class__ is not list:
        return set()
    names = (row.get("name") for row in rows if row.__class__ is dict)
    return {name for name in names if name.__class__ is str}


def _ranges(document: dict[str, Any], notes: _Notes) -> None:
    for field in ("requires", "conflicts", "parameters", "tags", "keywords"):
        rows = document.get(field)
        if rows.__class__ is not list:
            continue
        if len(rows) > MAX_LISTED:
            notes("BP105", f"/{field}", f"there are {len(rows)} {field}, more than {MAX_LISTED}")
        if field not in ("requires", "conflicts"):
            continue
        for place, row in enumerate(rows[:MAX_LISTED]):
            wanted = row.get("version") if row.__class__ is dict else None
            if wanted.__class__ is str and not is_range(wanted):
                message = f"{wanted[:40]!r} is no range of versions"
                notes("BP203", f"/{field}/{place}/version", message)
            if row.__class__ is dict and row.get("name") == document.get("name"):
                notes("BP404", f"/{field}/{place}", "the pack names itself")


def _find_secrets(data: bytes, notes: _Notes) -> None:
    body = data.removeprefix(b"\xef\xbb\xbf")
    for offset, description in sorted(secrets.find(body))[:PER_CODE]:
        place = len(body[:offset].decode())
        notes("BR501", "", f"this looks like {description}", offset=place)
