"""Lint: everything wrong with the bytes of a plan, each with code, place and mend."""

from __future__ import annotations

from buildrunner.spec import columns, content, references, schema, secrets, source, syntax
from buildrunner.spec.document import CollectorPaused
from buildrunner.spec.findings import ERROR, MAX_BYTES, MENDS, RULES, WARNING, Finding
from buildrunner.spec.survey import Survey
from buildrunner.spec.syntax import too_large
from buildrunner.spec.violations import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ERROR", "MAX_BYTES", "MENDS", "RULES", "WARNING", "Finding", "lint", "too_large"]

# So many of one code are spelt out; one more finding says that there are others.
PER_CODE = 100
_HOPELESS = 1000
_BOM = b"\xef\xbb\xbf"


def lint(data: bytes) -> list[Finding]:
    """The findings in the bytes of a plan, in the order of the text; never raises.

    Files larger than MAX_BYTES are refused with BR117; who can tell the size before reading
    reports `too_large(size)` instead.
    """
    try:
        return _lint(data)
    except RecursionError:  # nested just so deeply that it could be read but not looked up
        message = "brackets nest too deeply to be looked at"
        return [Finding("BR109", message, line=1, column=1)]


def _lint(data: bytes) -> list[Finding]:
    with CollectorPaused():
        reading = syntax.read(data)
        found = reading.findings
        if reading.plan is not None:
            for finding in found:
                finding.entity_id = _entity_id(reading.plan, finding.pointer)
            notes = _Notes()
            half_pairs = any(finding.code == "BR119" for finding in found)
            _check(reading.plan, notes, with_schema=not half_pairs)
            _find_secrets(data, reading.text, notes)
            found = found + _placed(reading.text, reading.plan, notes)
    found.sort(key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))
    return found


class _Notes:
    """Findings before their places are known, so many of each code."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str, str | None]] = []
        self.counts: dict[str, int] = {}
        self.offsets: dict[int, int] = {}  # number of the note → offset, if it is known

    def wants(self, code: str) -> bool:
        """Whether another finding of this code would still be taken."""
        return self.counts.get(code, 0) <= PER_CODE

    def __call__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
        count = self.counts.get(code, 0) + 1
        self.counts[code] = count
        if count <= PER_CODE:
            self.taken.append((code, pointer, message, hint))
        elif count == PER_CODE + 1:
            more = f"more like this from here on: {RULES[code][1].lower()}"
            self.taken.append((code, pointer, more, hint))

    def at(self, offset: int, code: str, pointer: str, message: str) -> None:
        """A note whose offset in the text is known."""
        before = len(self.taken)
        self(code, pointer, message)
        if len(self.taken) > before:
            self.offsets[before] = offset


def _check(plan: dict[str, Any], notes: _Notes, *, with_schema: bool) -> None:
    # The validator cannot read halves of surrogate pairs; they are reported already.
    rules = schema.schema()
    if with_schema and not columns.surely_valid(plan, rules):
        violations = schema.validate(plan, limit=_HOPELESS)
        for violation in violations:
            notes(*explain(violation, plan))
        if len(violations) == _HOPELESS:
            return  # this is some other document; looking closer tells nothing more
    survey = Survey(plan)
    references.check(survey, notes)
    content.check(plan, survey, rules, notes)


def _find_secrets(data: bytes, text: str, notes: _Notes) -> None:
    body = data.removeprefix(_BOM)
    places: dict[int, str] = {}
    characters = last = 0
    for offset, description in sorted(secrets.find(body)):
        characters += len(body[last:offset].decode())
        last = offset
        places[characters] = description
    pointers = source.pointers_at(text, places) if places else {}
    for place, description in places.items():
        notes.at(place, "BR501", pointers[place], f"this looks like {description}")


def _placed(text: str, plan: dict[str, Any], notes: _Notes) -> list[Finding]:
    if not notes.taken:
        return []
    offsets = source.locate(text, {pointer for _, pointer, _, _ in notes.taken})
    known = [
        notes.offsets.get(number, offsets.get(note[1], 0))
        for number, note in enumerate(notes.taken)
    ]
    places = source.lines_and_columns(text, known)
    found = []
    for (code, pointer, message, hint), offset in zip(notes.taken, known, strict=True):
        line, column = places[offset]
        found.append(
            Finding(
                code,
                message,
                pointer,
                line=line,
                column=column,
                hint=hint,
                entity_id=_entity_id(plan, pointer),
            )
        )
    return found


def _entity_id(plan: dict[str, Any], pointer: str) -> str | None:
    """The id of the innermost milestone, step or microstep a pointer leads through."""
    found = None
    node: Any = plan
    path = source.tokens(pointer)[:6]
    for name, place in zip(path[::2], path[1::2], strict=False):
        if name not in ("milestones", "steps", "microsteps") or node.__class__ is not dict:
            break
        members = node.get(name)
        if members.__class__ is not list or not place.isdigit() or int(place) >= len(members):
            break
        node = members[int(place)]
        identifier = node.get("id") if node.__class__ is dict else None
        found = identifier if identifier.__class__ is str else found
    return found
