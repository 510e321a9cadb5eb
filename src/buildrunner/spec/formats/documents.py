"""Documents beside a task list, kept whole so that an export can write them back."""

from __future__ import annotations

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.markdown_raw import decoded
from buildrunner.spec.formats.outline import Outline, Source

#: A longer document is left out, and said to be: a plan is read by people and synced whole.
LONGEST = 128 * 1024
_SUFFIXES = (".md", ".yaml", ".yml", ".json", ".txt")


def kept(
    outline: Outline, source: Source, folder: str, *, leave: tuple[str, ...] = ()
) -> dict[str, str]:
    """The documents below `folder` by their path in it, without those named in `leave`."""
    beside = f"{folder}/" if folder else ""
    found: dict[str, str] = {}
    for path in sorted(source.files):
        inside = path.removeprefix(beside)
        if not path.startswith(beside) or inside in leave or not inside.endswith(_SUFFIXES):
            continue
        if inside.rpartition("/")[2] in leave:
            continue
        data = source.files[path]
        if len(data) > LONGEST:
            outline.drop("document_too_long", f"{path} has {len(data):,} bytes")
            continue
        try:
            found[inside] = decoded(data, path)
        except SpecError as error:
            outline.drop("document_unreadable", error.message)
    return found
