"""beads: `.beads/issues.jsonl`, one issue a line.

Epics become steps, the issues below them microsteps; issues below no epic stand in a step of
their own. `blocks` becomes `depends_on`; every other relation and field stays in `extra`, so
that the export writes the issue back. Tombstones are records of deletion, not work: left out.
"""

from __future__ import annotations

import json
from typing import Any

from buildrunner.spec.document import root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance, vocabulary
from buildrunner.spec.formats.markdown_raw import decoded
from buildrunner.spec.formats.outline import Item, Note, Outline, Source

SCOPE = "beads"
_FILES = ("issues.jsonl", "beads.jsonl", "beads.base.jsonl")
# `priority` stays in extra as well: five levels become three here.
_FIELDS = frozenset({"id", "title", "description", "status", "acceptance_criteria", "assignee"})
_STATUS = {"hooked": "doing", "pinned": "doing", "tombstone": ""}
_WRITTEN = {"todo": "open", "doing": "in_progress", "blocked": "blocked", "done": "closed"}
_LEVELS = {"P1": 1, "P2": 2, "P3": 3}

Issue = dict[str, Any]


def matches(files: dict[str, bytes]) -> bool:
    """Whether these files are of a beads database."""
    return any(path.rpartition("/")[2] in _FILES for path in files)


def read(source: Source) -> Outline:
    """Issues as an outline. Raises SpecError with the line."""
    outline = Outline("beads")
    issues = _issues(source, outline)
    parents = {name: _related(issue, "parent-child") for name, issue in issues.items()}
    steps: dict[str, Item] = {}
    milestone = Item("milestone", {"title": "Issues of beads"}, key=f"{SCOPE}#")
    loose = Item("step", {"title": "Issues without an epic"}, key=f"{SCOPE}#-")
    for name, issue in issues.items():
        if issue.get("issue_type") == "epic":
            steps[name] = _epic(name, issue, issues)
    for name in issues:
        home = _epic_above(name, issues, parents)
        if name not in steps:
            into = steps[home] if home else loose
            into.children.append(_microstep(outline, name, issues, key=name))
    for name, step in steps.items():
        if not step.children:  # An epic alone is its step's one microstep, and tells all there.
            step.fields = {"title": step.fields["title"]}
            step.children.append(_microstep(outline, name, issues, key=f"{name}/epic"))
    milestone.children = [*steps.values(), *([loose] if loose.children else [])]
    outline.items.append(milestone)
    return outline


def _issues(source: Source, outline: Outline) -> dict[str, Issue]:
    names = [path for path in source.files if path.rpartition("/")[2] in _FILES]
    names = names or [path for path in source.files if path.endswith(".jsonl")] or [*source.files]
    path = min(names, key=lambda name: (name.count("/"), name))
    issues: dict[str, Issue] = {}
    gone: list[str] = []
    for number, line in enumerate(decoded(source.files[path], path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            issue = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SpecError(
                "import_syntax",
                f"this line is no JSON object: {getattr(error, 'msg', error)}",
                line=number,
                column=getattr(error, "colno", None),
                hint="bd export writes the file anew",
            ) from None
        if not isinstance(issue, dict) or not isinstance(issue.get("id"), str):
            raise SpecError(
                "import_not_beads",
                "this line is no issue of beads: it has no id",
                line=number,
                hint="the file is .beads/issues.jsonl",
            )
        if issue.get("status") == "tombstone":
            gone.append(issue["id"])
        elif issue["id"] in issues:
            outline.drop("duplicate_item", f"{issue['id']} is in the file twice", number)
        else:
            issues[issue["id"]] = issue
    if gone:
        outline.drop(
            "tombstones", f"{len(gone)} deleted issues (tombstones): {', '.join(gone[:10])}"
        )
    return issues


def _links(issue: Issue) -> list[dict[str, Any]]:
    found = issue.get("dependencies")
    return [link for link in found if isinstance(link, dict)] if isinstance(found, list) else []


def _related(issue: Issue, kind: str) -> list[str]:
    return [
        link["depends_on_id"]
        for link in _links(issue)
        if link.get("type", "blocks") == kind and isinstance(link.get("depends_on_id"), str)
    ]


def _epic_above(name: str, issues: dict[str, Issue], parents: dict[str, list[str]]) -> str:
    """The nearest epic above an issue, "" where there is none; circles end the search."""
    seen = {name}
    at = name
    while parents.get(at):
        at = parents[at][0]
        if at in seen or at not in issues:
            return ""
        if issues[at].get("issue_type") == "epic":
            return at
        seen.add(at)
    return ""


def _epic(name: str, issue: Issue, issues: dict[str, Issue]) -> Item:
    fields: dict[str, Any] = {"title": _line(issue.get("title")), **_prose(issue)}
    fields["extra"] = _extra(issue, issues) | {"status": issue.get("status", "open")}
    return Item("step", fields, key=f"{SCOPE}#{name}", needs=_needs(issue))


def _microstep(outline: Outline, name: str, issues: dict[str, Issue], *, key: str) -> Item:
    issue = issues[name]
    word = str(issue.get("status", "open"))
    known = (_STATUS[word], word) if _STATUS.get(word) else vocabulary.status(word)
    if known is None:
        outline.notes.append(
            Note("status_unknown", f"status {word!r} is not known, read as todo: {name}")
        )
        known = ("todo", word[:80])
    fields: dict[str, Any] = {"title": _line(issue.get("title")), "status": known[0]}
    criteria = issue.get("acceptance_criteria")
    if isinstance(criteria, str) and criteria.strip():
        fields["criteria"] = vocabulary.criteria_of_text(criteria)
    level = vocabulary.priority(f"p{issue['priority']}") if "priority" in issue else None
    if level:
        fields["priority"] = level
    if isinstance(issue.get("assignee"), str) and issue["assignee"].strip():
        fields["owner"] = _line(issue["assignee"])
    fields.update(_prose(issue))
    extra = _extra(issue, issues)
    if extra:
        fields["extra"] = extra
    item = Item("microstep", fields, key=f"{SCOPE}#{key}", status=known[1], needs=_needs(issue))
    if key != name:  # The epic's own dependencies stand at its step.
        item.needs = None
    return item


def _needs(issue: Issue) -> list[str]:
    return [f"{SCOPE}#{need}" for need in _related(issue, "blocks")]


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _prose(issue: Issue) -> dict[str, str]:
    text = issue.get("description")
    return {"description": text} if isinstance(text, str) and text.strip() else {}


def _extra(issue: Issue, known: dict[str, Issue]) -> dict[str, Any]:
    """What the plan has no field for, relations other than `blocks` included."""
    extra = {
        name: value
        for name, value in issue.items()
        if name not in _FIELDS and name != "dependencies" and vocabulary.plain(value)
    }
    # A dependency on an issue that lies elsewhere cannot stand in the plan; it goes back whole.
    links = [
        link
        for link in _links(issue)
        if link.get("type", "blocks") != "blocks" or link.get("depends_on_id") not in known
    ]
    if links:
        extra["dependencies"] = links
    return extra


def write(plan: dict[str, Any]) -> str:
    """Every step as an epic, every microstep as an issue, one line each."""
    lines: list[Issue] = []
    names: dict[str, str] = {}
    entities = [
        entity
        for milestone in root(plan).children()
        for step in milestone.children()
        for entity in (step, *step.children())
    ]
    for entity in entities:
        names[entity.id] = _name(entity.value, entity.id)
    alone = {name.removesuffix("/epic") for name in names.values() if name.endswith("/epic")}
    for entity in entities:
        name = names[entity.id]
        if name not in ("", "-") and name not in alone:
            lines.append(_written(entity, name.removesuffix("/epic"), names))
    lines.sort(key=lambda issue: str(issue["id"]))
    return "\n".join(json.dumps(issue, ensure_ascii=False) for issue in lines) + "\n"


def _name(entity: dict[str, Any], identifier: str) -> str:
    key = provenance.origin(entity, "beads")
    return identifier if key is None else key.partition("#")[2]


def _written(entity: Any, name: str, names: dict[str, str]) -> Issue:
    value = entity.value
    extra = value.get("extra")
    extra = dict(extra) if isinstance(extra, dict) else {}
    is_step = entity.kind == "step"
    issue: Issue = {"id": name, "title": str(value.get("title", ""))}
    for field, source in (("description", "description"), ("assignee", "owner")):
        if isinstance(value.get(source), str):
            issue[field] = value[source]
    criteria = value.get("criteria")
    derived = [vocabulary.derived_criterion(issue["title"])]
    if isinstance(criteria, list) and criteria != derived:
        issue["acceptance_criteria"] = "\n".join(f"- {text}" for text in criteria)
    issue["status"] = _status(value, extra, is_step)
    level = _LEVELS.get(str(value.get("priority")), 2)
    known = extra.pop("priority", None)
    kept = known is not None and (is_step or vocabulary.priority(f"p{known}") == f"P{level}")
    issue["priority"] = known if kept else level
    extra.pop("status", None)
    issue["issue_type"] = extra.pop("issue_type", "epic" if is_step else "task")
    links = extra.pop("dependencies", [])
    if not is_step and not links and entity.above is not None and entity.above.kind == "step":
        above = names.get(entity.above.id, "")
        if above not in ("", "-", name) and provenance.origin(value, "beads") is None:
            links = [{"issue_id": name, "depends_on_id": above, "type": "parent-child"}]
    needs = value.get("depends_on")
    links = [
        *(links if isinstance(links, list) else []),
        *(
            {
                "issue_id": name,
                "depends_on_id": (names.get(need) or str(need)).removesuffix("/epic"),
                "type": "blocks",
            }
            for need in (needs if isinstance(needs, list) else [])
        ),
    ]
    issue.update(extra)
    if links:
        issue["dependencies"] = links
    return issue


def _status(value: dict[str, Any], extra: dict[str, Any], is_step: bool) -> str:
    if is_step:
        return str(extra.get("status", "open"))
    source = value.get("source")
    word = source.get("status") if isinstance(source, dict) else None
    status = str(value.get("status", "todo"))
    if isinstance(word, str) and _STATUS.get(word) == status:
        return word
    return _WRITTEN.get(status, "open")
