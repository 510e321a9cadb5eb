"""Many writers of one project at once, with real commits."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.models import Revision
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from buildrunner.spec.document import document_hash, microsteps
from factories import make_tenant
from factories.clones import Clone, Refused

WRITERS = 5
ROUNDS = 4


def in_threads(task, count=WRITERS):
    start = Barrier(count)

    def run(number):
        try:
            start.wait()
            return task(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def numbers(tenant):
    with tenant_scope(tenant.org_id):
        rows = Revision.objects.filter(project_id=tenant.project_id).order_by("number")
        return list(rows.values_list("number", flat=True))


def test_no_edit_is_lost_and_revisions_have_no_gap(commits, as_key, plan):
    tenant = make_tenant(plan=plan)
    targets = [entity.id for entity in microsteps(plan)]

    def work(number):
        clone = Clone(as_key(tenant.key), tenant.project_id).pull()
        for turn in range(ROUNDS):
            clone.find(targets[number])["title"] = f"{number}.{turn}"
            clone.find(targets[0]).setdefault("log", {})[f"{number}.{turn}"] = True
            clone.sync(base_hash=document_hash(clone.base) if turn % 2 else None)
        return clone

    clones = in_threads(work)
    for clone in clones:
        clone.sync()
    with project_scope(tenant.actor, tenant.project_id) as access:
        stored = plans.read_plan(access)
        assert stored.plan() == plans.document_at(access, stored.revision)
    assert {document_hash(clone.plan) for clone in clones} == {stored.document_hash}
    assert clones[0].plan == stored.plan()
    for number in range(1, WRITERS):
        assert clones[0].find(targets[number])["title"] == f"{number}.{ROUNDS - 1}"
    assert len(clones[0].find(targets[0])["log"]) == WRITERS * ROUNDS
    assert numbers(tenant) == list(range(1, WRITERS * ROUNDS + 2))
    with tenant_scope(tenant.org_id):
        events = Event.objects.filter(project_id=tenant.project_id, kind="plan.revised")
        told = sorted(event.data["revision"] for event in events)
    assert told == numbers(tenant)


def test_one_first_push_wins(commits, as_key, plan):
    tenant = make_tenant()

    def push(number):
        clone = Clone(as_key(tenant.key), tenant.project_id)
        clone.plan = {**copy.deepcopy(plan), "title": f"Plan {number}"}
        try:
            told = clone.send(clone.request(operations=[], document=clone.plan))
        except Refused as refusal:
            return refusal.code
        return told["revision"]

    outcomes = in_threads(push)
    assert sorted(map(str, outcomes)) == ["1"] + ["base_unknown"] * (WRITERS - 1)
    assert numbers(tenant) == [1]


def test_the_same_request_from_many_is_carried_out_once(commits, as_key, plan):
    tenant = make_tenant(plan=plan)
    clone = Clone(as_key(tenant.key), tenant.project_id).pull()
    clone.plan["title"] = "Once"
    body = clone.request()

    def send(number):
        return Clone(as_key(tenant.key), tenant.project_id).send(copy.deepcopy(body))

    answers = in_threads(send)
    assert all(answer == answers[0] for answer in answers)
    assert numbers(tenant) == [1, 2]


def test_of_replacements_with_one_tag_only_one_is_taken(commits, as_key, plan):
    tenant = make_tenant(plan=plan)
    path = f"/api/projects/{tenant.project_id}/plan"
    tag = as_key(tenant.key).get(path)["ETag"]

    def put(number):
        changed = {**plan, "title": f"Plan {number}"}
        return as_key(tenant.key).put(path, changed, If_Match=tag).status_code

    assert sorted(in_threads(put)) == [200] + [412] * (WRITERS - 1)
    assert numbers(tenant) == [1, 2]
