"""The laws of merge: identity, symmetry, nothing lost, ids unique, inputs untouched."""

import copy
import json

from hypothesis import given

from buildrunner.spec.lint import lint
from buildrunner.spec.merge import EVERYTHING, OURS, THEIRS, merge
from strategies import Plan, entities, histories, ids


@given(histories())
def test_laws_of_merge(history):
    base, ours, theirs = history
    kept = copy.deepcopy(history)
    for left, right, result in ((ours, base, ours), (base, theirs, theirs), (ours, ours, ours)):
        merged = merge(base, left, right)
        assert merged.document == result
        assert merged.clean
    there, back = merge(base, ours, theirs), merge(base, theirs, ours)
    assert there.clean == back.clean
    assert len(there.conflicts) == len(back.conflicts)
    if there.clean:
        assert there.document == back.document
    assert len(set(ids(there.document))) == len(ids(there.document))
    assert history == kept


@given(histories(most=6))
def test_taking_one_side_settles_everything_and_mirrors(history):
    base, ours, theirs = history
    for take, mirrored in ((OURS, THEIRS), (THEIRS, OURS)):
        there = merge(base, ours, theirs, {EVERYTHING: take})
        back = merge(base, theirs, ours, {EVERYTHING: mirrored})
        assert there.clean
        assert there.document == back.document


@given(histories())
def test_answering_every_conflict_settles_it(history):
    base, ours, theirs = history
    resolutions = {}
    for _ in range(10):
        merged = merge(base, ours, theirs, resolutions)
        if merged.clean:
            break
        resolutions.update({(c.id, c.field): THEIRS for c in merged.conflicts})
    assert merged.clean
    assert merged.document == merge(base, ours, theirs, {EVERYTHING: THEIRS}).document


def fields_of(plan: Plan) -> dict[tuple[str, str], object]:
    """(mark, field) → value, lists of children left out."""
    return {
        (entity["mark"], field): value
        for _, entity, _ in entities(plan)
        for field, value in entity.items()
        if field not in ("id", "aliases", "depends_on", "steps", "microsteps", "milestones")
    }


@given(histories(most=6))
def test_no_edit_is_lost(history):
    """Each field one side changed has that value, or is in a conflict, or its entity is."""
    base, ours, theirs = history
    merged = merge(base, ours, theirs)
    result = fields_of(merged.document)
    marks = {mark for mark, _ in result}
    contested = {(c.id, c.field.partition("/")[0]) for c in merged.conflicts}
    removed = {c.id for c in merged.conflicts if c.field == "entity"}
    names = {entity["mark"]: entity["id"] for _, entity, _ in entities(merged.document)}
    before, left, right = map(fields_of, (base, ours, theirs))
    for side, other in ((left, right), (right, left)):
        for (mark, field), value in side.items():
            if mark not in marks:
                # Gone: then the other side removed what this side left alone, or it is asked.
                assert removed or all(before.get(k) == v for k, v in side.items() if k[0] == mark)
                continue
            if before.get((mark, field)) == value or (names[mark], field) in contested:
                continue
            if other.get((mark, field)) == before.get((mark, field)):
                assert result[mark, field] == value
            elif isinstance(value, dict):
                origin = before.get((mark, field)) or {}
                for key, member in value.items():
                    if origin.get(key) != member:
                        assert result[mark, field][key] == member
            elif isinstance(value, list):
                assert set(value) - set(before.get((mark, field), [])) <= set(result[mark, field])


# A combination may rename (an id is an alias too), empty a list of criteria that both sides cut
# from, and leave something done on what the other side reopened. People see that; it is no error.
COMBINED = {"BR303", "BR401", "BR404"}


@given(histories(most=6))
def test_clean_inputs_give_a_clean_result(history):
    base, ours, theirs = history
    known = set().union(*({finding.code for finding in findings(plan)} for plan in history))
    for resolutions in (None, {EVERYTHING: OURS}, {EVERYTHING: THEIRS}):
        merged = merge(base, ours, theirs, resolutions)
        assert {finding.code for finding in findings(merged.document)} <= known | COMBINED


def findings(plan: Plan):
    return lint(json.dumps(plan).encode())
