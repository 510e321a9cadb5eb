"""Whatever belongs to a project says whether it travels with it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from buildrunner.server.platform.db import archive
from buildrunner.server.platform.db.rows import uuid7


def test_every_model_of_a_project_says_whether_it_travels() -> None:
    silent = [
        model.__name__
        for model, declared in archive.declarations()
        if not isinstance(declared, archive.Archived | archive.Left)
    ]
    assert silent == [], "declare in_archive = Archived(…) or Left('why')"
    names = {model.__name__ for model, _ in archive.declarations()}
    assert {"Project", "Revision", "PlanHead", "Event", "ApiKey"} <= names


def test_what_is_declared_exists() -> None:
    for table in archive.tables():
        columns = {one.column for one in table.model._meta.concrete_fields}
        declared = table.declared
        named = {
            *declared.references,
            *declared.people,
            *declared.actors,
            *declared.left_out,
            *declared.fixed,
            *declared.order,
            *declared.within,
            *(declared.keeps or ()),
            *filter(None, (declared.project_column, declared.sized)),
        }
        assert declared.project_column or declared.within, f"{table.name}: whose rows are they?"
        assert named <= columns, table.name
        persons = {name for name in columns if "person" in name} - set(declared.left_out)
        assert persons <= set(declared.people), (
            f"{table.name}: a person's id means nothing elsewhere"
        )
        others = {
            one.column
            for one in table.fields
            if isinstance(one, models.UUIDField) and not one.primary_key
        }
        known = {
            declared.project_column,
            *declared.references,
            *declared.within,
            *declared.people,
        }
        assert others <= known, f"{table.name}: {others - known} would point at the old rows"


def test_new_ids_keep_the_order_and_are_no_guess() -> None:
    old = [uuid7() for _ in range(100)]
    new_id, other = archive.renamed(b"a" * 32), archive.renamed(b"b" * 32)
    new = [new_id(one) for one in old]
    assert [new_id(one) for one in old] == new
    assert len({*new, *old, *(other(one) for one in old)}) == 300
    assert all((one.version, one.variant) == (7, uuid4().variant) for one in new)
    assert [one.bytes[:6] for one in new] == [one.bytes[:6] for one in old]
