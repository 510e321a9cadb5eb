"""What every import has in common: choose the format, read, land, report."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.document import STATUSES, document_hash
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import FORMATS, IMPORTERS, detect
from buildrunner.spec.formats.exchangeable import MAX_LEVELS, fitted
from buildrunner.spec.formats.landing import Landing
from buildrunner.spec.formats.outline import ImportResult, Item, Note, Outline, Source
from buildrunner.spec.formats.provenance import same
from buildrunner.spec.formats.vocabulary import derived_criterion

#: The time of a plan that has none; the hash leaves it out, and nothing here has a clock.
EPOCH = "1970-01-01T00:00:00Z"
_BLANK = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\s]*")
_UNSAFE = re.compile(r"[^a-z0-9]+")


def receive(
    source: Source,
    existing: dict[str, Any] | None,
    *,
    format: str | None,
    into: str,
    namespace: str,
    prefer: str,
) -> ImportResult:
    """`formats.read` for a source; see there."""
    name = choose(source, format)
    outline: Outline = FORMATS[name].load().read(source)
    if not outline.items and not outline.own:
        raise SpecError(
            "import_nothing",
            "nothing in this file is a milestone, a step or a microstep",
            hint=f"read as {name}; --format names another format ({', '.join(IMPORTERS)})",
        )
    if namespace:
        _prefix(outline, namespace)
    fresh = existing is None or not existing.get("milestones")
    base = existing if existing is not None else _empty(outline, source)
    project = base.get("projectId")
    if outline.project and not fresh and outline.project != project:
        _make_foreign(outline, outline.project)
    if outline.own and outline.base and not fresh and outline.base != _hash(base):
        outline.notes.append(
            Note(
                "plan_changed_since_export",
                "the plan has changed since this file was exported; where they differ the file's "
                "values are taken",
            )
        )
    _complete(outline)
    result = Landing(outline, base, into=into, prefer=prefer).run()
    if not into and (fresh or (outline.project and outline.project == project)):
        changed = {
            field: value
            for field, value in outline.root.items()
            if field not in base or (outline.own and not same(base[field], value))
        }
        if changed and existing is not None:
            result.plan.update(changed)
            result.counts["updated"] += 1
    return result


def _hash(plan: dict[str, Any]) -> str:
    try:
        return document_hash(plan)
    except SpecError:
        return ""


def choose(source: Source, format: str | None) -> str:
    """The format to read a source with; SpecError where it is unknown or cannot be told."""
    if not any(_BLANK.fullmatch(data) is None for data in source.files.values()):
        if source.files:
            raise SpecError("import_empty", "this file is empty", hint="check the path")
        raise SpecError(
            "import_empty",
            "no text file lies in this folder",
            hint="name the folder of the tasks, or a file",
        )
    if format is not None:
        if format not in IMPORTERS:
            raise SpecError(
                "format_unknown",
                f"{format!r} is no format to import",
                hint=f"formats: {', '.join(IMPORTERS)}",
            )
        return format
    if len(source.files) == 1:
        ((name, data),) = source.files.items()
        found = detect(name, data) or detect(name, source.files)
    else:
        found = detect(source.name, source.files)
    if found is None:
        raise SpecError(
            "format_undetected",
            "neither name nor content tell the format",
            hint=f"--format {'|'.join(IMPORTERS)}",
        )
    return found


def _empty(outline: Outline, source: Source) -> dict[str, Any]:
    slug = _UNSAFE.sub("-", source.stem.lower()).strip("-")
    plan: dict[str, Any] = {
        "projectId": outline.project or slug or "imported",
        "title": source.stem,
        "version": "0.1.0",
        "updatedAt": EPOCH,
    }
    plan.update(outline.root)
    plan.pop("milestones", None)
    plan["milestones"] = []
    return plan


def _prefix(outline: Outline, namespace: str) -> None:
    """Keys, and own ids as keys, under a name the person chose."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", namespace):
        raise SpecError(
            "namespace_invalid",
            f"{namespace!r} is no name for an import",
            hint="letters, digits, '.', '-' and '_', 64 at most",
        )
    _make_foreign(outline, namespace)


def _make_foreign(outline: Outline, scope: str) -> None:
    """Turn every id and key into a key below `scope`: it is not this plan's file."""

    def renamed(reference: str) -> str:
        head, mark, rest = reference.partition("#")
        return f"{scope}/{head}#{rest}" if mark else f"{scope}#{reference}"

    known = {item.reference for item in outline.walk()}
    for item in outline.walk():
        if item.id:
            tail = re.search(r"[0-9]{1,9}$", item.id)
            item.number = int(tail[0]) if tail else None
        item.key = renamed(item.reference)
        item.id = ""
        if item.needs is not None:
            item.needs = [renamed(need) if need in known else need for need in item.needs]
    outline.project, outline.root = "", {}


def _complete(outline: Outline) -> None:
    """Give new-made items what a plan cannot be without: title, status, criteria."""
    untitled: list[str] = []
    for item in outline.walk():
        if item.id:
            continue
        item.fields = fitted(item.fields, MAX_LEVELS + 1)
        if not item.title.strip():
            item.fields = {"title": _placeholder(item), **_without(item.fields, "title")}
            untitled.append(item.reference)
        if item.kind != "microstep":
            continue
        if item.fields.get("status") not in STATUSES:
            item.fields["status"] = "todo"
        if not item.fields.get("criteria"):
            item.fields["criteria"] = [derived_criterion(item.title)]
            item.derived = (*item.derived, "criteria")
        item.fields = _ordered(item.fields)
    if untitled:
        outline.notes.append(
            Note("untitled", f"{len(untitled)} items have no title; named after their place")
        )


def _placeholder(item: Item) -> str:
    return f"{item.kind.capitalize()} {item.number or item.key.rpartition('#')[2]}"


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if field != name}


def _ordered(fields: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = {
        name: fields[name] for name in ("title", "status", "criteria") if name in fields
    }
    return {**first, **fields}
