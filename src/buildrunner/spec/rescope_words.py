"""Instructions in plain words → acts. What can mean two things is asked, never guessed.

defer billing · postpone m2.s1 to m4 · drop everything nice-to-have · drop m1.s2.ms3
split m1.s2.ms3 into API and UI · merge m1.s1.ms1 and m1.s1.ms2 · merge duplicates
cut to 40 points · cut m2 to 20 points by dropping · move the deadline of m2 to 2027-01-31
set priority of billing to P1 · add missing criteria · unblock m1.s2.ms3
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from buildrunner.spec.document import Entity, index, microsteps
from buildrunner.spec.errors import SpecError
from buildrunner.spec.ids import resolve

Plan = dict[str, Any]
Act = dict[str, Any]

EXAMPLES = (
    "defer billing",
    "drop everything nice-to-have",
    "split m1.s1.ms1 into API and UI",
    "cut to 40 points",
    "move the deadline of m2 to 2027-01-31",
    "add missing criteria",
    "merge duplicates",
    "unblock m1.s2.ms3",
)
_MOST = 8
_CLAUSES = re.compile(r"(?:[;\n]+|\.\s+|\s+(?:and\s+)?then\s+)", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|\band\b|&|\+)\s*", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_FILLER = frozenset(
    _WORD.findall(
        "the a an all of everything anything every for in about with on to work scope step "
        "milestone microstep microsteps steps milestones feature features stuff part parts our my"
    )
)
_NICE = re.compile(
    r"^(?:(?:every ?thing|all|anything)\s+(?:that is |that's |which is )?(?:the )?p3"
    r"|(?:every ?thing|all|anything)?\s*(?:that is |that's |which is )?(?:the )?"
    r"(?:nice[- ]to[- ]haves?|optional|low[- ]priority))(?: items| work| microsteps)?$"
)
_PRIORITY = {
    "low": "P3",
    "medium": "P2",
    "normal": "P2",
    "high": "P1",
    "highest": "P1",
    "urgent": "P1",
}


class Unclear(SpecError):
    """An instruction that can mean several things, or none that is known.

    `choices` are `{"instruction", "words"}`: instructions that mean one thing each.
    """

    def __init__(self, message: str, choices: Sequence[dict[str, str]] = ()) -> None:
        super().__init__("instruction_unclear", message, hint="name an id of `br list`")
        self.choices = list(choices)


def understand(plan: Plan, instruction: str) -> list[Act]:
    """The acts of an instruction; clauses are parted by `;`, a new line, a full stop or “then”.

    Raises Unclear for the first clause that is not.
    """
    clauses = [clause.strip(" .!\t") for clause in _CLAUSES.split(instruction)]
    return [_act(plan, " ".join(clause.split())) for clause in clauses if clause]


def _act(plan: Plan, clause: str) -> Act:
    for pattern, make in _RULES:
        found = pattern.fullmatch(clause)
        if found:
            return make(plan, found, clause)
    raise Unclear(
        f"“{clause[:120]}” is not understood",
        [{"instruction": text, "words": "an instruction of this kind"} for text in EXAMPLES],
    )


def _rule(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?:please )?{text}", re.IGNORECASE)


# -- clauses --


def _splitting(plan: Plan, found: re.Match[str], clause: str) -> Act:
    titles = [title.strip(" \"'“”") for title in _AND.split(found["parts"]) if title.strip()]
    if len(titles) < 2:
        raise Unclear(f"“{clause}” names one part", [])
    entity = _one(plan, found["what"], clause, "microstep")
    return {"act": "split", "id": entity.id, "titles": titles}


def _deferring(plan: Plan, found: re.Match[str], clause: str) -> Act:
    act: Act = {"act": "defer", "ids": _several(plan, found["what"], clause)}
    if found["to"]:
        act["to"] = _one(plan, found["to"], clause, "milestone").id
    return act


def _dropping(plan: Plan, found: re.Match[str], clause: str) -> Act:
    return {"act": "drop", "ids": _several(plan, found["what"], clause)}


def _cutting(plan: Plan, found: re.Match[str], clause: str) -> Act:
    act: Act = {"act": "cut", "budget": int(found["budget"])}
    if found["what"] and found["what"].strip().casefold() not in (
        "the plan",
        "plan",
        "it",
        "everything",
    ):
        act["milestone"] = _one(plan, found["what"], clause, "milestone").id
    if found["how"]:
        act["how"] = "drop" if found["how"].casefold().startswith("drop") else "defer"
    return act


def _dating(plan: Plan, found: re.Match[str], clause: str) -> Act:
    ids = _several(plan, found["what"], clause)
    return {"act": "set", "ids": ids, "field": "due", "value": found["day"]}


def _ranking(plan: Plan, found: re.Match[str], clause: str) -> Act:
    said = found["value"].casefold()
    value = said.upper() if said in ("p1", "p2", "p3") else _PRIORITY[said]
    ids = _several(plan, found["what"], clause)
    return {"act": "set", "ids": ids, "field": "priority", "value": value}


def _stating(plan: Plan, found: re.Match[str], clause: str) -> Act:
    act: Act = {"act": "criteria"}
    if found["what"]:
        act["ids"] = _several(plan, found["what"], clause)
    return act


def _joining(plan: Plan, found: re.Match[str], clause: str) -> Act:
    ids = [_one(plan, name, clause).id for name in _AND.split(found["what"]) if name.strip()]
    if len(ids) < 2:
        raise Unclear(f"“{clause}” names one thing to merge", [])
    return {"act": "merge", "ids": ids}


def _freeing(plan: Plan, found: re.Match[str], clause: str) -> Act:
    return {"act": "unblock", "id": _one(plan, found["what"], clause, "microstep").id}


_RULES: tuple[tuple[re.Pattern[str], Callable[[Plan, re.Match[str], str], Act]], ...] = (
    (_rule(r"(?:split|divide|break) (?P<what>.+?) (?:in|into|up into) (?P<parts>.+)"), _splitting),
    (
        _rule(
            r"(?:cut|trim|fit|reduce|shrink)(?: down)?(?: (?P<what>.+?))? (?:down )?(?:to|into|within) "
            r"(?P<budget>\d{1,6}) ?(?:points?|pts?|effort points?|effort)"
            r"(?: by (?P<how>dropping|deferring)(?: the rest)?)?"
        ),
        _cutting,
    ),
    (
        _rule(
            r"(?:move|set|push|change)(?: the)? (?:deadline|due date|due) (?:of|for) (?P<what>.+?) "
            r"(?:to|until) (?P<day>\d{4}-\d\d-\d\d)"
        ),
        _dating,
    ),
    (
        _rule(
            r"(?:set|raise|lower|change|make)(?: the)? priority (?:of|for) (?P<what>.+?) to "
            r"(?P<value>p[123]|low|medium|normal|high|highest|urgent)"
        ),
        _ranking,
    ),
    (
        _rule(r"(?:add|write|draft)(?: the)? missing criteria(?: (?:to|for|in) (?P<what>.+))?"),
        _stating,
    ),
    (_rule(r"merge(?: all)?(?: the)? duplicates"), lambda *_: {"act": "merge"}),
    (_rule(r"(?:merge|join|combine) (?P<what>.+)"), _joining),
    (_rule(r"unblock (?P<what>.+)"), _freeing),
    (
        _rule(
            r"(?:defer|postpone|delay|put off|push back|push)(?: (?P<what>.+?))"
            r"(?: (?:to|until|into) (?P<to>.+))?"
        ),
        _deferring,
    ),
    (_rule(r"(?:drop|remove|delete|kill|descope|cut)(?: (?P<what>.+))"), _dropping),
)


# -- what is meant --


def _several(plan: Plan, text: str, clause: str) -> list[str]:
    """The ids of what is named: nice-to-haves, one thing, or a list of things."""
    said = text.strip().casefold()
    if _NICE.match(said):
        ids = [e.id for e in microsteps(plan) if _optional(e) and e.value.get("status") != "done"]
        if not ids:
            raise Unclear("nothing open is P3 or called nice to have or optional", [])
        return ids
    if re.search(r"\b(?:except|but|unless|without|not|maybe|some)\b", said):
        raise Unclear(f"“{clause}” leaves open what exactly: name what is meant", [])
    parts = [part for part in _AND.split(text) if part.strip()]
    try:
        return [_one(plan, text, clause).id]
    except Unclear:
        if len(parts) < 2:
            raise
    return [_one(plan, part, clause).id for part in parts]


def _optional(entity: Entity) -> bool:
    if entity.value.get("priority") == "P3":
        return True
    marks = [entity.value.get("title"), entity.value.get("tags"), entity.value.get("labels")]
    return bool(re.search(r"nice[- ]to[- ]have|\boptional\b", str(marks), re.IGNORECASE))


def _one(plan: Plan, text: str, clause: str, kind: str = "") -> Entity:
    """The one entity that a text names; raises Unclear for several or none."""
    name = text.strip(" \"'“”`.")
    for spelling in (name, name.removeprefix("milestone ").removeprefix("step ")):
        entity = resolve(plan, spelling)
        if entity is not None and entity.kind != "root":
            return entity
    found = _named(plan, name, kind)
    if len(found) == 1:
        return found[0]
    if not found:
        what = f"a {kind} called" if kind else "called"
        raise Unclear(
            f"nothing in the plan is {what} “{name[:80]}”", _near(plan, name, text, clause)
        )
    raise Unclear(
        f"“{name[:80]}” can mean {len(found)} things",
        [_choice(entity, text, clause) for entity in found[:_MOST]],
    )


def _choice(entity: Entity, text: str, clause: str) -> dict[str, str]:
    title = " ".join(str(entity.value.get("title") or "").split())
    at = clause.find(text.strip())
    named = clause[:at] + entity.id + clause[at + len(text.strip()) :] if at >= 0 else entity.id
    return {"instruction": named, "words": f"{entity.kind} “{title}”"}


def _named(plan: Plan, name: str, kind: str) -> list[Entity]:
    """What all the words stand in the title of; what lies in something found is left out."""
    wanted = _stems(name)
    if not wanted:
        return []
    found = [
        entity
        for entity in index(plan).values()
        if entity.kind != "root"
        and (not kind or entity.kind == kind)
        and wanted <= _stems(entity.value.get("title"))
    ]
    exact = [entity for entity in found if _stems(entity.value.get("title")) == wanted]
    names = {entity.id for entity in found}
    tops = [entity for entity in found if not _lies_in(entity, names)]
    if len(exact) == 1 and all(top is exact[0] or _lies_in(top, {exact[0].id}) for top in tops):
        return exact
    open_ = [entity for entity in tops if not _finished(entity)]
    return open_ or tops


def _lies_in(entity: Entity, names: set[str]) -> bool:
    above = entity.above
    while above is not None:
        if above.kind != "root" and above.id in names:
            return True
        above = above.above
    return False


def _finished(entity: Entity) -> bool:
    if entity.kind == "microstep":
        return entity.value.get("status") == "done"
    children = entity.children()
    return bool(children) and all(_finished(child) for child in children)


def _stems(text: Any) -> frozenset[str]:
    words = _WORD.findall(str(text or "").casefold())
    return frozenset(
        w[:-1] if len(w) > 3 and w.endswith("s") else w for w in words if w not in _FILLER
    )


def _near(plan: Plan, name: str, text: str, clause: str) -> list[dict[str, str]]:
    """What shares a word with it, most words first."""
    wanted = _stems(name)
    scored = [
        (-len(wanted & _stems(entity.value.get("title"))), place, entity)
        for place, entity in enumerate(index(plan).values())
        if entity.kind != "root"
    ]
    best = sorted(one for one in scored if one[0])[:_MOST]
    return [_choice(entity, text, clause) for _, _, entity in best]
