"""Somebody is erased: the name is nowhere in the organization's rows, and the chain still verifies."""

from __future__ import annotations

import psycopg
import pytest
from django.test import Client
from psycopg import sql

from buildrunner.ledger import checkpoint
from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import Erasure, PersonKey
from buildrunner.server.domains.audit.queries.records import piece_of
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, add_person, make_tenant
from factories.ledgers import emit_many, events_of, seal

NAME, EMAIL = "Zebulon Quux-Hartley", "zebulon@example.test"


def lines_of(tenant: Tenant) -> list[bytes]:
    with tenant_scope(tenant.org_id):
        return piece_of(tenant.org_id).lines.splitlines(keepends=True)


def places_with(owner: psycopg.Connection, tenant: Tenant, words: tuple[str, ...]) -> list[str]:
    """Columns of the organization's rows in which one of the words stands."""
    tables = owner.execute(
        "SELECT c.table_name, array_agg(c.column_name::text) FROM information_schema.columns c"
        " WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'json', 'jsonb',"
        " 'character varying', 'ARRAY') AND EXISTS (SELECT FROM information_schema.columns o"
        " WHERE o.table_name = c.table_name AND o.column_name = 'org_id') GROUP BY 1"
    ).fetchall()
    found = []
    for table, columns in tables:
        for column in columns:
            rows = owner.execute(
                sql.SQL("SELECT {}::text FROM {} WHERE org_id = %s").format(
                    sql.Identifier(column), sql.Identifier(table)
                ),
                [tenant.org_id],
            ).fetchall()
            text = "\n".join(str(row[0]) for row in rows).lower()
            found += [f"{table}.{column}" for word in words if word.lower() in text]
    return found


def somebody(tenant: Tenant) -> Person:
    """A member who has left traces: invited, acted, was mentioned, removed."""
    tenancy.invite(tenant.actor, tenant.org_id, email=EMAIL, role="member")
    person: Person = add_person(tenant, org_role="admin")
    Person.objects.filter(id=person.id).update(name=NAME, email=EMAIL)
    person = Person.objects.get(id=person.id)
    own = tenancy.actor_for_person(person)
    emit_many(tenant.org_id, 2, actor=own, kind="plan.revised", message="mine", revision=4)
    emit_many(tenant.org_id, 1, actor=tenant.actor, kind="claim.taken", holder=f"for {NAME}")
    audit.change_settings(own, tenant.org_id, audit_retention_days=400)
    audit.make_checkpoint(own, tenant.org_id)
    return person


def test_the_name_is_nowhere_and_the_chain_holds(
    commits: None, owner_sql: psycopg.Connection
) -> None:
    tenant = make_tenant()
    person = somebody(tenant)
    seal(tenant)
    note = checkpoint.read(audit.make_checkpoint(tenant.actor, tenant.org_id).note)
    before = verify(lines_of(tenant), checkpoints=[note])
    assert before.ok
    assert before.withheld == 0
    assert places_with(owner_sql, tenant, (NAME, EMAIL))
    # An event that no ledger has yet.
    emit_many(tenant.org_id, 1, actor=tenancy.actor_for_person(person), message="later")

    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=person.id)
    audit.erase_person(tenant.actor, tenant.org_id, person.id)

    assert places_with(owner_sql, tenant, (NAME, EMAIL)) == []
    seal(tenant)
    after = verify(lines_of(tenant), checkpoints=[note])
    assert after.ok, after.finding
    assert after.withheld > 3
    assert after.disclosures > 0, "others are still named"
    assert places_with(owner_sql, tenant, (NAME, EMAIL)) == []
    assert NAME.encode() not in b"".join(lines_of(tenant))
    with tenant_scope(tenant.org_id):
        assert not PersonKey.objects.filter(person=str(person.id)).exists()
    found = audit.find_records(tenant.actor, tenant.org_id, audit.Filters(actor=str(person.id)))
    assert found
    assert all("name" not in entry.actor and entry.withheld for entry in found)
    told = audit.find_records(
        tenant.actor, tenant.org_id, audit.Filters(action="ledger.person_erased")
    )
    assert [entry.data for entry in told] == [{"person": str(person.id)}]


def test_a_batch_that_was_read_before_brings_nothing_back(tenant: Tenant) -> None:
    person = somebody(tenant)
    seal(tenant)
    emit_many(tenant.org_id, 1, actor=tenancy.actor_for_person(person), message="later")
    read = events_of(tenant.org_id)  # with the name in it
    audit.erase_person(tenant.actor, tenant.org_id, person.id)
    audit.seal_events(read)
    with tenant_scope(tenant.org_id):
        assert not PersonKey.objects.filter(person=str(person.id)).exists()
    assert verify(lines_of(tenant)).ok


def test_erased_again_after_a_restore(tenant: Tenant) -> None:
    person = somebody(tenant)
    seal(tenant)
    audit.erase_person(tenant.actor, tenant.org_id, person.id)
    with tenant_scope(tenant.org_id):
        row = Erasure.objects.get(person_id=person.id)
        known = [(tenant.org_id, row.person_id, row.people, row.erased_by)]
        # As an older backup has it: the key is there, the erasure is not.
        PersonKey.objects.create(org_id=tenant.org_id, person=str(person.id), secret="x")
    assert audit.reapply_erasures(known) == 1
    with tenant_scope(tenant.org_id):
        assert not PersonKey.objects.filter(person=str(person.id)).exists()


def test_by_api_only_in_person(api: Api, tenant: Tenant, client: Client) -> None:
    person = somebody(tenant)
    seal(tenant)
    address = f"/api/orgs/{tenant.org_id}/ledger/erasures"
    refused = api.post(address, {"person_id": str(person.id)})
    assert (refused.status_code, refused.json()["code"]) == (403, "in_person_only")
    client.force_login(tenant.person)
    body = {"person_id": str(person.id)}
    made = client.post(address, body, content_type="application/json")
    assert made.status_code == 201, made.content
    items = api.get(address).json()["items"]
    assert [item["person_id"] for item in items] == [str(person.id)]
    assert "name" not in items[0]["erased_by"]
    unknown = client.post(
        address, {"person_id": str(tenant.project_id)}, content_type="application/json"
    )
    assert unknown.json()["code"] == "person_not_found"


@pytest.mark.parametrize("confirm", ["", "Somebody Else", NAME])
def test_the_page_asks_for_the_name(tenant: Tenant, client: Client, confirm: str) -> None:
    person = somebody(tenant)
    seal(tenant)
    client.force_login(tenant.person)
    body = {"person_id": str(person.id), "confirm": confirm}
    answer = client.post(f"/orgs/{tenant.org_id}/ledger/erase", body, follow=True)
    words = "are gone for good" if confirm == NAME else "not the name"
    assert words in answer.content.decode()
    with tenant_scope(tenant.org_id):
        assert Erasure.objects.exists() == (confirm == NAME)
