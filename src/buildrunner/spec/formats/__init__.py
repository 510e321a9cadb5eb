"""Plans come from and go to other tools' formats: one module a format, loaded when used.

A format is a module and a row in `FORMATS`. A module that reads has
`read(source: Source) -> Outline`; one that writes has `write(plan: dict) -> str`. A
format of folders reads a mapping of relative paths to bytes, writes one of paths to texts, and
has `matches(files) -> bool`. Nothing here looks at a clock, a disk or the network.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from buildrunner.spec.formats.outline import ImportResult


class Format:
    """One format: `suffixes` are those a file of it usually has, the first for writing.

    `folder` says that it is written as a folder of files.
    """

    __slots__ = ("folder", "module", "name", "reads", "suffixes", "title", "writes")

    def __init__(
        self,
        name: str,
        title: str,
        suffixes: tuple[str, ...],
        module: str,
        *,
        reads: bool = False,
        writes: bool = False,
        folder: bool = False,
    ) -> None:
        self.name = name
        self.title = title
        self.suffixes = suffixes
        self.reads = reads
        self.writes = writes
        self.folder = folder
        self.module = f"buildrunner.spec.formats.{module}"

    def load(self) -> Any:
        """The module, imported now."""
        from importlib import import_module

        return import_module(self.module)


FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            "json", "BuildRunner's own plan.json", (".json",), "plan_json", reads=True, writes=True
        ),
        Format(
            "markdown",
            "Markdown outline, checklist or PRD",
            (".md", ".markdown"),
            "markdown",
            reads=True,
            writes=True,
        ),
        Format(
            "csv",
            "table, one row a microstep",
            (".csv", ".tsv"),
            "csv_table",
            reads=True,
            writes=True,
        ),
        Format("taskmaster", "task-master tasks.json", (".json",), "taskmaster", reads=True),
        Format("beads", "beads issues.jsonl", (".jsonl",), "beads", reads=True, writes=True),
        Format(
            "spec-kit",
            "spec-kit feature folders",
            (),
            "spec_kit",
            reads=True,
            writes=True,
            folder=True,
        ),
        Format(
            "openspec", "OpenSpec changes", (), "openspec", reads=True, writes=True, folder=True
        ),
        Format("bmad", "BMAD sprint status", (), "bmad", reads=True, writes=True, folder=True),
        Format(
            "backlog-md",
            "Backlog.md task files",
            (),
            "backlog_md",
            reads=True,
            writes=True,
            folder=True,
        ),
        Format("mermaid", "Mermaid flowchart", (".mmd", ".mermaid"), "mermaid", writes=True),
        Format("dot", "Graphviz DOT", (".dot", ".gv"), "dot", writes=True),
    )
}
IMPORTERS = {name: entry.module for name, entry in FORMATS.items() if entry.reads}
EXPORTERS = {name: entry.module for name, entry in FORMATS.items() if entry.writes}


def detect(name: str, data: bytes | Mapping[str, bytes]) -> str | None:
    """The format that a file called `name`, or a folder of files, is in; else None."""
    from buildrunner.spec.formats.detection import detect_folder, detect_format

    return detect_format(name, data) if isinstance(data, bytes) else detect_folder(data)


def read(
    data: bytes | Mapping[str, bytes],
    *,
    name: str,
    existing: dict[str, Any] | None = None,
    format: str | None = None,
    into: str = "",
    namespace: str = "",
    prefer: str = "",
) -> ImportResult:
    """Import a file (bytes) or a folder (relative path → bytes) into a plan.

    `name` is the file's name; `existing` the plan it lands in (not mutated), None for a new
    one; `into` the id of the milestone that takes all steps; `namespace` keeps the keys of
    one project's file apart from another's; `prefer` ("source" or "plan") decides fields
    that changed on both sides since the last import. Raises SpecError with a hint.
    """
    from buildrunner.spec.formats.outline import Source
    from buildrunner.spec.formats.reception import receive

    source = Source.file(name, data) if isinstance(data, bytes) else Source(name, data)
    return receive(source, existing, format=format, into=into, namespace=namespace, prefer=prefer)


def write(plan: dict[str, Any], format: str) -> str:
    """The plan in a format, as text that ends with a newline. Raises SpecError."""
    from buildrunner.spec.errors import SpecError

    entry = _exporter(format)
    if entry.folder:
        raise SpecError(
            "format_folder",
            f"{format} is a folder of files",
            hint="name the folder to write",
        )
    text: str = entry.load().write(plan)
    _check_text(text, format)
    return text


def write_files(plan: dict[str, Any], format: str) -> dict[str, str]:
    """The plan in a format of folders: relative paths, with `/`, to texts. Raises SpecError."""
    from buildrunner.spec.errors import SpecError

    files: dict[str, str] = _exporter(format).load().write(plan)
    for path, text in files.items():
        _check_text(text, format)
        if path.startswith("/") or not {*path.split("/")}.isdisjoint({"", ".", ".."}):
            raise SpecError(
                "path_outside",
                f"{path!r} is no path inside the folder to write",
                hint="the plan names it, in extra of an entity: br plan edit ID --set extra=…",
            )
    return files


def _exporter(format: str) -> Format:
    from buildrunner.spec.errors import SpecError

    entry = FORMATS.get(format)
    if entry is None or not entry.writes:
        raise SpecError(
            "format_unknown",
            f"{format!r} is no format to export to",
            hint=f"formats: {', '.join(EXPORTERS)}",
        )
    return entry


def _check_text(text: str, format: str) -> None:
    from buildrunner.spec.errors import SpecError

    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SpecError(
            "not_unicode",
            f"half of a character near {text[max(0, error.start - 30) : error.start]!r}: "
            f"{format} cannot carry it",
            hint="br lint names the field",
        ) from None


def format_for_suffix(name: str) -> str | None:
    """The format to write into a file called `name`, None where the suffix says nothing."""
    suffix = "." + name.rpartition(".")[2].lower()
    return next(
        (entry.name for entry in FORMATS.values() if entry.writes and suffix in entry.suffixes),
        None,
    )
