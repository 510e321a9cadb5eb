"""A stored plan: its root and one part for each milestone, each beside its canonical form.

The hash of a plan is over all of it, and so is the text that a reader gets. But an edit changes
one milestone as a rule: with the parts kept apart, and each one's RFC 8785 form at hand, only
that one is decoded, judged, made canonical and deflated anew; the rest goes into the hash as it
lies there. So the time of a sync follows the change, and hardly the plan.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import msgspec

from buildrunner.server.domains.plans.errors import PlanInvalid
from buildrunner.server.domains.plans.rules import documents
from buildrunner.server.domains.plans.rules.independence import touched_fields
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.document import UNHASHED, canonical
from buildrunner.spec.errors import SpecError

_LIST = "milestones"
# Deflate at its lowest level takes a fifth of the time of PostgreSQL's own compression.
_LEVEL = 1


class Part(msgspec.Struct, array_like=True, frozen=True):
    """A milestone: its JSON text in the author's order of keys and its canonical form, deflated."""

    text: bytes
    canonical: bytes

    @classmethod
    def of(cls, milestone: Plan) -> Part:
        """Raises SpecError for what has no canonical form."""
        form = canonical(milestone)
        return cls(zlib.compress(documents.encode(milestone), _LEVEL), zlib.compress(form, _LEVEL))

    def read(self) -> Plan:
        """The milestone as a new tree."""
        return documents.decode(zlib.decompress(self.text))


class _Packed(msgspec.Struct, array_like=True):
    root: bytes
    parts: list[Part]


class Document:
    """A plan as it is stored. `root` is the plan with an empty list for its milestones."""

    __slots__ = ("parts", "root")

    def __init__(self, root: Plan, parts: list[Part]) -> None:
        self.root = root
        self.parts = parts

    @classmethod
    def of(cls, plan: Plan) -> Document:
        """Take a whole plan apart; raises PlanInvalid for what has no canonical JSON form."""
        milestones = plan.get(_LIST)
        members = milestones if isinstance(milestones, list) else []
        try:
            canonical(_root(plan))
            return cls(_root(plan), [Part.of(member) for member in members])
        except SpecError as error:
            found = documents.finding(error.code, error.message, hint=error.hint)
            raise PlanInvalid([found]) from None

    @classmethod
    def unpack(cls, packed: bytes | memoryview) -> Document:
        """What `pack` made."""
        stored = msgspec.msgpack.decode(packed, type=_Packed)
        return cls(documents.decode(stored.root), stored.parts)

    def pack(self) -> bytes:
        """What the database keeps."""
        return msgspec.msgpack.encode(_Packed(documents.encode(self.root), self.parts))

    def text(self) -> bytes:
        """The compact JSON in UTF-8, keys in the author's order."""
        if not self.parts:
            return documents.encode(self.root)
        raw = [msgspec.Raw(zlib.decompress(part.text)) for part in self.parts]
        return documents.encode({**self.root, _LIST: raw})

    def plan(self) -> Plan:
        """The plan as a new tree."""
        return documents.decode(self.text())

    def hash(self, forms: Sequence[bytes] | None = None) -> str:
        """The document hash; `forms` are the parts' canonical forms, if they are at hand."""
        if forms is None:
            forms = self.forms()
        kept = {name: value for name, value in self.root.items() if name not in UNHASHED}
        digest = hashlib.sha256()
        opening = b"{"
        for name in sorted(kept, key=_unit_order):
            digest.update(opening + canonical(name) + b":")
            if name == _LIST and forms:
                digest.update(b"[" + b",".join(forms) + b"]")
            else:
                digest.update(canonical(kept[name]))
            opening = b","
        digest.update(b"}" if kept else b"{}")
        return f"sha256:{digest.hexdigest()}"

    def forms(self) -> list[bytes]:
        """The parts' canonical forms."""
        return [zlib.decompress(part.canonical) for part in self.parts]

    def following(self, before: Plan, after: Plan) -> Document:
        """This document, which is `before`, as `after`: what they share is not made anew."""
        known = {
            id(milestone): part
            for milestone, part in zip(before.get(_LIST) or [], self.parts, strict=True)
        }
        return Document(
            _root(after),
            [known.get(id(member)) or Part.of(member) for member in after.get(_LIST) or []],
        )


class Excerpt:
    """The root and those parts of a document that operations touch, as a plan of its own."""

    __slots__ = ("_document", "_forms", "_places", "plan")

    def __init__(self, document: Document, forms: list[bytes], places: list[int]) -> None:
        self._document = document
        self._forms = forms
        self._places = places
        self.plan: Plan = dict(document.root)
        if places:
            self.plan[_LIST] = [document.parts[place].read() for place in places]

    @classmethod
    def of(cls, document: Document, operations: Sequence[Operation]) -> Excerpt | None:
        """None where the operations are not plain edits of fields: those may concern it all."""
        touched = touched_fields(operations)
        if touched is None:
            return None
        needles = [b'"id":' + canonical(entity_id) for entity_id, _ in touched if entity_id]
        forms = document.forms()
        places = [
            place for place, form in enumerate(forms) if any(needle in form for needle in needles)
        ]
        return cls(document, forms, places)

    def put_back(self, after: Plan) -> tuple[Document, str]:
        """The whole document with the excerpt as `after`, and its hash."""
        parts, forms = list(self._document.parts), list(self._forms)
        for place, before, milestone in zip(
            self._places, self.plan.get(_LIST) or [], after.get(_LIST) or [], strict=True
        ):
            if milestone is not before:
                parts[place] = Part.of(milestone)
                forms[place] = canonical(milestone)
        document = Document(_root(after), parts)
        return document, document.hash(forms)


def _root(plan: Plan) -> Plan:
    return {name: [] if name == _LIST and value else value for name, value in plan.items()}


def _unit_order(name: str) -> bytes:
    """RFC 8785 sorts by UTF-16 code unit."""
    return name.encode("utf-16-be")
