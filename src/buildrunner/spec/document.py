"""The plan as a plain tree of dicts: reading, walking, and its RFC 8785 hash.

Hot path of `br`: standard library only, and of it as little as possible. The C scanner is
taken from `_json` because importing `json` pulls in `re` and doubles the start.
"""

from __future__ import annotations

import gc
from _json import make_scanner as c_make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, NoReturn

STATUSES = ("todo", "doing", "blocked", "done")
CHILDREN = {"root": "milestones", "milestone": "steps", "step": "microsteps"}
CHILD_KIND = {"root": "milestone", "milestone": "step", "step": "microstep"}
# Outside the document hash: `updatedAt` changes without a change of content, `$schema` is
# an editor's aid.
UNHASHED = ("updatedAt", "$schema")
# RFC 8785 serializes numbers as IEEE 754 doubles; integers are exact up to here.
MAX_INTEGER = 2**53 - 1

# What a scanner raises. SystemError stands for JSONDecodeError where `json.decoder` was not
# imported: CPython 3.11's scanner then finds no class to raise.
UNREADABLE = (StopIteration, ValueError, RecursionError, SystemError)

_BOM = "\ufeff"
_WHITESPACE = " \t\r\n"


class Entity:
    """One milestone, step or microstep (or the root) at its place in a plan.

    `kind` is "root", "milestone", "step" or "microstep"; `id` is "" for the root and where
    a plan gives none; `value` is the dict itself, not a copy; `parent` is the id of the
    entity above ("" = root), `above` that entity; `index` is the place among the siblings.
    """

    __slots__ = ("above", "id", "index", "kind", "parent", "value")

    def __init__(
        self, kind: str, value: dict[str, Any], index: int = 0, above: Entity | None = None
    ) -> None:
        identifier = value.get("id") if above is not None else ""
        self.kind = kind
        self.value = value
        self.index = index
        self.above = above
        self.id: str = identifier if identifier.__class__ is str else ""
        self.parent: str = above.id if above is not None else ""

    @property
    def pointer(self) -> str:
        """The RFC 6901 pointer of this entity, "" for the root."""
        if self.above is None:
            return ""
        return f"{self.above.pointer}/{CHILDREN[self.above.kind]}/{self.index}"

    def children(self) -> list[Entity]:
        """The entities right below, in order; members that are no objects are left out."""
        key = CHILDREN.get(self.kind)
        members = self.value.get(key) if key is not None else None
        if members.__class__ is not list:
            return []
        kind = CHILD_KIND[self.kind]
        return [
            Entity(kind, member, place, self)
            for place, member in enumerate(members)
            if member.__class__ is dict
        ]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id!r} at {self.pointer!r}>"


class DuplicateKeyError(ValueError):
    """Raised while scanning: one object names a key twice, so one value would be lost."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateKeyError
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0:
        raise ValueError(f"{digits} is beyond what a number can hold")
    return number


class ScannerOptions:
    """The attributes CPython's C scanner reads from its context."""

    strict = True
    object_hook = None
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = staticmethod(_unique)
    parse_float: Callable[[str], float] = staticmethod(_finite)
    parse_int: Callable[[str], int] = int
    parse_constant: Callable[[str], float] = staticmethod(_refuse_constant)
    memo: dict[str, str] = {}


def make_scanner(options: Any = ScannerOptions) -> Callable[[str, int], tuple[Any, int]]:
    """A function (text, offset) → (value, offset after it), raising as `json` does.

    It raises one of UNREADABLE: StopIteration(offset) where no value begins,
    `json.JSONDecodeError` on broken JSON, ValueError on constants, overlong integers and
    duplicate keys, RecursionError on deep nesting.
    """
    return c_make_scanner(options)


class CollectorPaused:
    """Pauses the cyclic collector while a tree grows that is kept whole anyway.

    Collecting meanwhile finds nothing and costs a third of the time. Harmless when threads
    overlap: the worst is that one of them is collected for as before.
    """

    __slots__ = ("was_enabled",)

    def __enter__(self) -> None:
        self.was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.was_enabled:
            gc.enable()


_scan: Callable[[str, int], tuple[Any, int]] | None = None


def loads(data: bytes) -> dict[str, Any]:
    """The plan in `data`: one JSON object in UTF-8, a leading BOM allowed.

    Raises PlanSyntaxError with the position and the likely cause. An object that names a
    key twice is refused: taking either value would silently lose the other.
    """
    global _scan
    scan = _scan
    if scan is None:
        scan = _scan = make_scanner()
    try:
        with CollectorPaused():
            text = data.decode()
            start = 1 if text.startswith(_BOM) else 0
            while text[start : start + 1] in _WHITESPACE and start < len(text):
                start += 1
            plan, end = scan(text, start)
        if plan.__class__ is dict and (end == len(text) or not text[end:].strip(_WHITESPACE)):
            return plan
    except UNREADABLE:
        pass
    from buildrunner.spec.syntax import diagnose

    raise diagnose(data)


def root(plan: dict[str, Any]) -> Entity:
    """The document itself as an entity: kind "root", id ""."""
    return Entity("root", plan)


def walk(plan: dict[str, Any]) -> Iterator[Entity]:
    """Milestones, steps and microsteps in document order, parents first; not the root.

    Tolerates malformed plans: what is no object is skipped, an absent id reads as "".
    """
    for milestone in Entity("root", plan).children():
        yield milestone
        for step in milestone.children():
            yield step
            yield from step.children()


def index(plan: dict[str, Any]) -> dict[str, Entity]:
    """Id → entity for everything `walk` finds; of equal ids the first wins."""
    found: dict[str, Entity] = {}
    for entity in walk(plan):
        if entity.id and entity.id not in found:
            found[entity.id] = entity
    return found


def microsteps(plan: dict[str, Any]) -> Iterator[Entity]:
    """The microsteps in document order."""
    for milestone in Entity("root", plan).children():
        for step in milestone.children():
            yield from step.children()


def canonical(value: Any) -> bytes:
    """`value` in the JSON Canonicalization Scheme, RFC 8785, as UTF-8 bytes.

    Raises SpecError `not_canonical` for NaN and infinities, integers beyond ±(2^53-1),
    lone surrogates, nesting that is too deep, and anything that is not JSON.
    """
    from buildrunner.spec.canonical import serialize

    return serialize(value)


def document_hash(plan: dict[str, Any]) -> str:
    """`sha256:` and the hex digest of the canonical plan without `updatedAt` and `$schema`."""
    return _digest(plan, UNHASHED)


def content_hash(value: dict[str, Any]) -> str:
    """The same for an entity with its subtree, without its own `aliases`."""
    return _digest(value, ("aliases",))


def _digest(value: dict[str, Any], without: Sequence[str]) -> str:
    from hashlib import sha256

    kept = {key: member for key, member in value.items() if key not in without}
    return "sha256:" + sha256(canonical(kept)).hexdigest()
