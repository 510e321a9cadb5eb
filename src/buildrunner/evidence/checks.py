"""The checks a plan declares for a microstep, and the digests that bind evidence to them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.document import Entity

KINDS = ("command", "http", "file", "junit", "sarif", "coverage", "manual")
# What names a check and places it does not say what it does: renaming one or moving it to
# another criterion changes what it stands for, not what was run.
_OUTSIDE_DIGEST = ("id", "criterion")


class Check:
    """One check of a microstep.

    `definition` is the object as written, `origin` the id of the entity it stands in (the
    microstep or its step), `criterion` the zero-based index it proves, None for all of them.
    A definition nobody can read keeps its place: it proves nothing and is not forgotten.
    """

    __slots__ = ("_digest", "criterion", "definition", "id", "kind", "origin")

    def __init__(self, definition: dict[str, Any], origin: str) -> None:
        identifier, criterion = definition.get("id"), definition.get("criterion")
        kind = definition.get("kind")
        self.definition = definition
        self.origin = origin
        self.id: str = identifier if isinstance(identifier, str) else ""
        # -1 is no criterion at all: `"criterion": "first"` must not read as "every one".
        self.criterion: int | None = (
            None if criterion is None else criterion if criterion.__class__ is int else -1
        )
        self.kind: str = kind if isinstance(kind, str) else ""
        self._digest: str | None = None

    def covers(self, index: int) -> bool:
        """Whether it is one of those that prove the criterion at `index`."""
        return self.criterion is None or self.criterion == index

    @property
    def digest(self) -> str:
        """`sha256:` of the RFC 8785 bytes of the definition without `id` and `criterion`.

        "" where the definition has no canonical form: no evidence can name it then.
        """
        if self._digest is None:
            self._digest = definition_digest(self.definition)
        return self._digest

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths its evidence depends on; () stands for everything."""
        paths = self.definition.get("paths")
        if not isinstance(paths, list):
            return ()
        return tuple(path for path in paths if isinstance(path, str))

    def __repr__(self) -> str:
        return f"<check {self.id!r} of {self.origin}>"


def definition_digest(definition: dict[str, Any]) -> str:
    """See `Check.digest`."""
    from hashlib import sha256

    from buildrunner.spec.document import canonical
    from buildrunner.spec.errors import SpecError

    kept = {name: value for name, value in definition.items() if name not in _OUTSIDE_DIGEST}
    try:
        return "sha256:" + sha256(canonical(kept)).hexdigest()
    except SpecError:
        return ""


def criterion_digest(text: str) -> str:
    """`sha256:` of a criterion's text in Unicode normal form C, without white space around it."""
    from hashlib import sha256

    if not text.isascii():
        from unicodedata import normalize

        text = normalize("NFC", text)
    return "sha256:" + sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()


def checks_of(plan: dict[str, Any], microstep_id: str) -> list[Check]:
    """The checks of a microstep: its own first, then those of its step; [] for an unknown id."""
    from buildrunner.spec.ids import resolve

    entity = resolve(plan, microstep_id)
    return [] if entity is None else checks_in(entity)


def checks_in(entity: Entity) -> list[Check]:
    """The same for a microstep at its place in a plan; for a step or milestone its own alone."""
    found = _declared(entity.value, entity.id)
    if entity.kind == "microstep" and entity.above is not None:
        found += _declared(entity.above.value, entity.above.id)
    return found


def _declared(value: dict[str, Any], origin: str) -> list[Check]:
    declared = value.get("checks")
    if not isinstance(declared, list):
        return []
    return [Check(each, origin) for each in declared if isinstance(each, dict)]


def criteria_of(entity: Entity) -> list[str]:
    """The texts of a microstep's criteria; what is no text keeps its index as ""."""
    criteria = entity.value.get("criteria")
    if not isinstance(criteria, list):
        return []
    return [each if isinstance(each, str) else "" for each in criteria]
