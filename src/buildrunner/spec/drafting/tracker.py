"""Another tool's file as a draft: what an import would add, item by item, to choose from."""

from __future__ import annotations

from typing import Any

from buildrunner.spec import formats
from buildrunner.spec.document import CHILDREN, walk
from buildrunner.spec.drafting import secrecy
from buildrunner.spec.drafting.engine import Draft, Request

_OWN = frozenset({"id", "title", "depends_on", *CHILDREN.values()})


def from_tracker(request: Request) -> Draft:
    """The draft. Raises SpecError where the file cannot be read, with its line."""
    data = request.text.encode("utf-8", "replace")
    result = formats.read(data, name=request.name, existing=request.existing, format=request.format)
    before = {entity.id for entity in walk(request.existing)} if request.existing else set()
    made = Draft("tracker", request.digest(), str(result.plan.get("title") or request.name))
    for entity in walk(result.plan):
        if entity.id in before:
            continue
        value: dict[str, Any] = entity.value
        source = value.get("source")
        key = source.get("key") if isinstance(source, dict) else ""
        made.items.append(
            secrecy.covered(
                {
                    "id": entity.id,
                    "kind": entity.kind,
                    "parent": entity.parent,
                    "title": str(value.get("title") or entity.id),
                    "key": "",
                    "fields": {name: each for name, each in value.items() if name not in _OWN},
                    "needs": [
                        need for need in value.get("depends_on") or [] if isinstance(need, str)
                    ],
                    "optional": False,
                    "source": {"name": request.name, "text": str(key or "")[:200]},
                    "why": f"{formats.FORMATS[result.format].title} has it",
                }
            )
        )
    for note in result.notes:
        row = {"text": str(note), "why": note.code, "source": {"name": request.name}}
        if note.line is not None:
            row["source"] = {"name": request.name, "line": note.line}
        (made.left_out if note.dropped else made.assumptions).append(row)
    changed = result.counts["updated"] + result.counts["kept"]
    if changed:
        made.assumptions.append(
            {
                "text": f"{changed} entries are in the plan already and differ: "
                "br plan import takes their changes, a draft only adds",
                "source": {"name": request.name},
            }
        )
    return made
