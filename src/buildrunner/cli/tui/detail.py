"""Everything about one entity, in words."""

from __future__ import annotations

import json

from rich.text import Text

from buildrunner.cli.layout import flat
from buildrunner.cli.output import GLYPHS
from buildrunner.cli.relations import relations
from buildrunner.cli.tui.snapshot import Snapshot
from buildrunner.cli.tui.tree import COLORS, plain
from buildrunner.spec.document import Entity

_FIRST = ("owner", "priority", "effort_points", "risk", "description", "blocked_reason")
_HIDDEN = {"id", "title", "status", "depends_on", "steps", "microsteps", "criteria", "aliases"}
_SIGNS = {
    "passed": ("✓", "green"),
    "signed_off": ("✓", "green"),
    "self_attested": ("✓", "yellow"),
    "failed": ("✗", "red"),
}
_HOLDS = ("passed", "signed_off", "self_attested")
_MOST = 12


def describe(snapshot: Snapshot, entity: Entity) -> Text:
    """An entity as the pane beside the tree shows it."""
    text = Text()
    value = entity.value
    text.append(f"{entity.id}\n", "cyan")
    text.append(f"{plain(flat(value.get('title'))) or 'untitled'}\n\n", "bold")
    if entity.kind == "microstep":
        _standing(text, snapshot, entity)
        _criteria(text, snapshot, entity)
    _relations(text, snapshot, entity)
    _fields(text, entity)
    return text


def _standing(text: Text, snapshot: Snapshot, entity: Entity) -> None:
    status = str(entity.value.get("status"))
    text.append(f"{GLYPHS.get(status, '?')} {plain(status)}", COLORS.get(status, ""))
    if status == "done":
        proofs = snapshot.proofs(entity.id)
        proven = bool(proofs) and all(one["state"] in _HOLDS for one in proofs)
        text.append(", proven" if proven else ", unproven", "green" if proven else "yellow")
    claim = snapshot.claims.get(entity.id)
    if claim:
        text.append(f", held by {plain(flat(claim['holder']))} until {claim['expires_at']}")
    text.append("\n\n")


def _criteria(text: Text, snapshot: Snapshot, entity: Entity) -> None:
    criteria = entity.value.get("criteria")
    if not isinstance(criteria, list) or not criteria:
        text.append("No criteria: nothing can prove it.\n\n", "yellow")
        return
    proofs = snapshot.proofs(entity.id)
    text.append("Done when\n", "bold")
    for place, criterion in enumerate(criteria):
        state = proofs[place]["state"] if place < len(proofs) else "missing"
        sign, color = _SIGNS.get(state, ("·", "yellow"))
        text.append(f"  {sign} ", color)
        text.append(plain(flat(criterion)))
        if state not in ("passed", "signed_off"):
            reason = flat(proofs[place]["reason"]) if place < len(proofs) else "no evidence yet"
            text.append(f"  {plain(reason)}", "dim")
        text.append("\n")
    text.append("\n")


def _relations(text: Text, snapshot: Snapshot, entity: Entity) -> None:
    found = relations(snapshot.plan, entity)
    if found.needs:
        text.append("Depends on\n", "bold")
        for need in found.needs[:_MOST]:
            status = str(need["status"])
            text.append(f"  {GLYPHS.get(status, '?')} ", COLORS.get(status, ""))
            text.append(f"{need['id']}  {plain(flat(need['title']))}\n")
        _more(text, len(found.needs))
        text.append("\n")
    if found.needed_by:
        text.append("Needed by\n", "bold")
        for other in found.needed_by[:_MOST]:
            text.append(f"  {other.id}  {plain(flat(other.value.get('title')))}\n")
        _more(text, len(found.needed_by))
        text.append("\n")


def _more(text: Text, count: int) -> None:
    if count > _MOST:
        text.append(f"  and {count - _MOST} more\n", "dim")


def _fields(text: Text, entity: Entity) -> None:
    value = entity.value
    names = [name for name in _FIRST if value.get(name) not in (None, "")]
    names += [name for name in value if name not in _HIDDEN and name not in names]
    for name in names:
        given = value[name]
        shown = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        text.append(f"{plain(name)}  ", "dim")
        text.append("".join(line + "\n" for line in map(plain, shown.splitlines() or [""])))
