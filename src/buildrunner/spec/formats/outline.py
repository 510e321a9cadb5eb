"""What every importer produces: a neutral tree of items, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from buildrunner.spec.errors import SpecError

#: Beyond this an input is refused before it is parsed: bytes.
MAX_BYTES = 64 * 1024 * 1024


class Source:
    """What is imported: one file, or a folder as a mapping of relative paths to bytes.

    `name` is shown in messages and decides detection by suffix.
    """

    __slots__ = ("files", "name")

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name = name
        self.files = dict(files)
        size = sum(len(data) for data in self.files.values())
        if size > MAX_BYTES:
            raise SpecError(
                "import_too_large",
                f"this has {size:,} bytes, more than {MAX_BYTES:,}",
                hint="split the file, or import only the part that is still worked on",
            )

    @classmethod
    def file(cls, name: str, data: bytes) -> Source:
        """A single file."""
        return cls(name, {name.replace("\\", "/").rpartition("/")[2]: data})

    @property
    def data(self) -> bytes:
        """The bytes of the only file; SpecError `import_folder` when there are several."""
        if len(self.files) != 1:
            raise SpecError(
                "import_folder",
                f"a folder of {len(self.files)} files; this format reads one file",
                hint="name the file itself",
            )
        return next(iter(self.files.values()))

    @property
    def suffix(self) -> str:
        """The lower-case suffix of the name with its dot, "" where there is none."""
        base = self.name.replace("\\", "/").rpartition("/")[2]
        stem, dot, suffix = base.rpartition(".")
        return f".{suffix.lower()}" if dot and stem else ""

    @property
    def stem(self) -> str:
        """The last part of the name without its suffix."""
        base = self.name.replace("\\", "/").rstrip("/").rpartition("/")[2]
        return base.rpartition(".")[0] or base or "import"


class Note:
    """Something the person who imports must know: `code` is stable, `line` counts from 1.

    `dropped` says that a part of the source did not reach the plan.
    """

    __slots__ = ("code", "dropped", "ids", "line", "message")

    def __init__(
        self,
        code: str,
        message: str,
        *,
        line: int | None = None,
        ids: list[str] | None = None,
        dropped: bool = False,
    ) -> None:
        self.code = code
        self.message = message
        self.line = line
        self.ids = ids or []
        self.dropped = dropped

    def as_dict(self) -> dict[str, Any]:
        """The note as JSON; absent parts are left out."""
        row: dict[str, Any] = {"code": self.code, "message": self.message, "dropped": self.dropped}
        if self.line is not None:
            row["line"] = self.line
        if self.ids:
            row["ids"] = self.ids
        return row

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line is not None else self.message


class Item:
    """One milestone, step or microstep as the source gives it.

    `id` is the id in our own plan where the source carries one (own exports), else `key`
    names the item in the source, stable from one import to the next. `number` is the
    number people know the item by: it becomes the number in the new id where it is free.
    `fields` are plan fields, in the order they are written, without id, children and
    `depends_on`. `needs` are references to other items, by id or key, `None` where the
    source says nothing of dependencies. `derived` names fields that were made up.
    `status` is the source's own word where it has no exact counterpart. `titled` says that
    the key is made of titles, so that it changes with them.
    """

    __slots__ = (
        "children",
        "derived",
        "fields",
        "id",
        "key",
        "kind",
        "line",
        "needs",
        "number",
        "status",
        "titled",
    )

    def __init__(
        self,
        kind: str,
        fields: dict[str, Any],
        *,
        id: str = "",  # the word the plan uses
        key: str = "",
        number: int | None = None,
        needs: list[str] | None = None,
        line: int | None = None,
        derived: tuple[str, ...] = (),
        status: str = "",
        titled: bool = False,
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.id = id
        self.key = key
        self.number = number
        self.needs = needs
        self.line = line
        self.derived = derived
        self.status = status
        self.titled = titled
        self.children: list[Item] = []

    @property
    def reference(self) -> str:
        """What `needs` of other items call this one."""
        return self.id or self.key

    @property
    def label(self) -> str:
        """The reference, for messages."""
        return self.reference.removeprefix("#")

    @property
    def title(self) -> str:
        """The title, for messages."""
        title = self.fields.get("title")
        return title if isinstance(title, str) else ""

    def walk(self) -> Iterator[Item]:
        """This item and everything below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Outline:
    """A whole source: `root` holds fields of the document, `items` the milestones.

    `own` marks an export of ours, `project` its projectId, `base` the hash of the document
    it was made of, each "" where the export does not say. Keys read `scope#rest`: the scope is the part
    of the other tool's data that this source holds whole, so that what is missing from it can
    be told from what lies elsewhere.
    """

    __slots__ = ("base", "format", "items", "notes", "own", "project", "root")

    def __init__(self, format: str, root: dict[str, Any] | None = None) -> None:
        self.format = format
        self.root = root or {}
        self.own = False
        self.project = ""
        self.base = ""
        self.items: list[Item] = []
        self.notes: list[Note] = []

    def walk(self) -> Iterator[Item]:
        """Every item, parents first, in the order of the source."""
        for item in self.items:
            yield from item.walk()

    def drop(self, code: str, message: str, line: int | None = None) -> None:
        """Record that a part of the source does not reach the plan."""
        self.notes.append(Note(code, message, line=line, dropped=True))


class ImportResult:
    """What an import did.

    `plan` is the new document (the input is never mutated); `counts` has milestones, steps
    and microsteps (added), updated, unchanged, kept (fields changed on both sides, where the
    plan's value stayed), absent (imported once, no longer in the source) and dropped.
    """

    __slots__ = ("counts", "format", "notes", "plan")

    def __init__(
        self, format: str, plan: dict[str, Any], counts: dict[str, int], notes: list[Note]
    ) -> None:
        self.format = format
        self.plan = plan
        self.counts = counts
        self.notes = notes

    def as_dict(self) -> dict[str, Any]:
        """Counts and notes as JSON; not the plan."""
        return {
            "format": self.format,
            "counts": self.counts,
            "notes": [note.as_dict() for note in self.notes],
        }
