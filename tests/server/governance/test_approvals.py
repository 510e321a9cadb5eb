"""Who approves a change, and which votes count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildrunner.server.domains.governance import errors
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.governance.models import PostReview, Waiver
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key
from factories.governance import HEAD, NEXT, POLICY, change
from factories.teams import make_team

ROLES = ("pm", "techlead", "qa")


@pytest.fixture
def somebody(tenant: Tenant) -> Any:
    return lambda role: tenancy.actor_for_person(add_person(tenant, project_role=role))


@pytest.fixture
def opener(somebody: Any) -> Actor:
    return somebody("contributor")


def ask(opener: Actor, tenant: Tenant, *paths: str, **members: Any) -> governance.RequestView:
    return governance.request_approval(opener, tenant.project_id, change=change(*paths, **members))[
        0
    ]


def test_each_path_gets_its_own_roles(tenant: Tenant, opener: Actor, somebody: Any) -> None:
    made = ask(opener, tenant, "billing/a.py", "infra/b.tf")
    assert (made.number, made.status) == (1, "waiting")
    lead = governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    assert [one["path"] for one in lead.denials] == ["billing/a.py"]
    done = governance.approve(somebody("qa"), tenant.project_id, number=1, head=HEAD)
    assert (done.status, done.denials) == ("approved", [])


def test_a_push_makes_approvals_stale(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    ask(opener, tenant, "infra/b.tf")
    governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    renewed = ask(opener, tenant, "infra/b.tf", head=NEXT)
    assert (renewed.number, renewed.status) == (1, "waiting")
    with access_of() as access:
        (vote,) = governance.read_request(access, 1).votes
    assert vote.stale
    assert not vote.counts
    assert vote.why == "given for an earlier push"


def test_other_files_under_the_same_head_have_no_approval(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    """Whoever shows reviewers less than the head holds gains nothing."""
    ask(opener, tenant, "infra/b.tf")
    governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    with access_of() as access:
        same = governance.check_change(access, governance.read_change(change("infra/b.tf")))
        more = governance.check_change(
            access, governance.read_change(change("infra/b.tf", "infra/c.tf"))
        )
    assert same.allowed
    assert not more.allowed
    assert ask(opener, tenant, "infra/b.tf", "infra/c.tf").status == "waiting"


def test_authors_do_not_vote_whatever_address_they_commit_with(
    tenant: Tenant, opener: Actor, somebody: Any
) -> None:
    lead = somebody("techlead")
    person = add_person(tenant, project_role="techlead", name="Writer")
    commit = {"id": HEAD, "message": "x", "author": {"name": "?", "email": person.email}}
    ask(opener, tenant, "infra/b.tf", commits=[commit])
    with pytest.raises(errors.AuthorVotes) as refused:
        governance.approve(tenancy.actor_for_person(person), tenant.project_id, number=1, head=HEAD)
    assert lead.name in refused.value.detail
    ask(lead, tenant, "infra/z.tf", branch="other")
    with pytest.raises(errors.AuthorVotes):
        governance.approve(lead, tenant.project_id, number=2, head=HEAD)


def test_programs_ask_but_never_decide(tenant: Tenant, api: Api, base: str) -> None:
    made = api.post(f"{base}/change-requests", {"change": change("infra/b.tf")})
    assert made.status_code == 201, made.content
    again = api.post(f"{base}/change-requests", {"change": change("infra/b.tf")})
    assert again.status_code == 200
    _, key = make_key(add_person(tenant, project_role="techlead"))
    body = {"verdict": "approve", "head": HEAD}
    refused = Api(key).post(f"{base}/change-requests/1/votes", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "in_person_only")
    assert refused.json()["page"].endswith("/governance/requests/1")
    for path, sent in (
        ("change-requests/1/bypass", {"head": HEAD, "justification": "The site is down"}),
        (
            "waivers",
            {
                "rule": "secret",
                "fingerprint": "f",
                "reason": "r",
                "expires_at": "2099-01-01T00:00:00Z",
            },
        ),
    ):
        assert api.post(f"{base}/{path}", sent).json()["code"] == "in_person_only"


def test_who_may_not_approve_does_not(tenant: Tenant, opener: Actor, somebody: Any) -> None:
    ask(opener, tenant, "infra/b.tf")
    with pytest.raises(Forbidden):
        governance.approve(somebody("contributor"), tenant.project_id, number=1, head=HEAD)


def test_a_vote_for_what_was_not_looked_at_is_refused(
    tenant: Tenant, opener: Actor, somebody: Any
) -> None:
    ask(opener, tenant, "infra/b.tf", head=NEXT)
    with pytest.raises(errors.HeadMoved):
        governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)


def test_a_rejection_stands_until_it_is_taken_back(
    tenant: Tenant, opener: Actor, somebody: Any
) -> None:
    ask(opener, tenant, "infra/b.tf")
    governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    other = somebody("qa")
    said = governance.reject(other, tenant.project_id, number=1, head=HEAD, note="No tests")
    assert said.status == "rejected"
    assert "No tests" in said.denials[0]["message"]
    assert governance.take_back(other, tenant.project_id, number=1).status == "approved"


def test_who_left_counts_no_more(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    ask(opener, tenant, "infra/b.tf")
    lead = somebody("techlead")
    assert governance.approve(lead, tenant.project_id, number=1, head=HEAD).allowed
    tenancy.remove_project_member(tenant.actor, tenant.project_id, person_id=lead.person_id)
    with access_of() as access:
        found = governance.read_request(access, 1)
    assert not found.request.allowed
    assert found.votes[0].why


def test_an_emergency_goes_past_and_owes_a_review(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    ask(opener, tenant, "infra/b.tf")
    with pytest.raises(errors.BypassRefused):
        governance.bypass(
            somebody("techlead"),
            tenant.project_id,
            number=1,
            head=HEAD,
            justification="The site is down.",
        )
    manager = somebody("pm")
    made = governance.bypass(
        manager, tenant.project_id, number=1, head=HEAD, justification="The site is down."
    )
    assert made.status == "bypassed"
    with access_of() as access:
        assert governance.check_change(access, governance.read_change(change("infra/b.tf"))).allowed
        (owed,) = governance.post_reviews(access, open_only=True)
    assert owed.status == "open"
    assert owed.denials[0]["rule"] == "protected-path"
    with pytest.raises(errors.AuthorVotes):
        governance.review_bypass(
            manager, tenant.project_id, review_id=owed.id, outcome="accepted", note="Fine"
        )
    with access_of() as access:
        PostReview.objects.filter(org_id=access.org_id).update(
            due_at=datetime.now(UTC) - timedelta(hours=1)
        )
        assert governance.post_reviews(access)[0].status == "overdue"
    done = governance.review_bypass(
        somebody("qa"), tenant.project_id, review_id=owed.id, outcome="follow_up", note="Add a test"
    )
    assert done.status == "follow_up"
    with access_of() as access:
        assert governance.overview(access).reviews == []
        assert Event.objects.get(kind="emergency.reviewed").data["late"] is True


def test_nobody_goes_past_what_guards_the_policy(
    tenant: Tenant, opener: Actor, somebody: Any
) -> None:
    ask(opener, tenant, "buildrunner/governance/policy.yml")
    with pytest.raises(errors.BypassRefused, match="guards the policy"):
        governance.bypass(
            somebody("pm"),
            tenant.project_id,
            number=1,
            head=HEAD,
            justification="The site is down.",
        )


def test_a_waiver_holds_until_it_expires(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    (denial,) = ask(opener, tenant, "infra/b.tf").denials
    terms = {"rule": denial["rule"], "fingerprint": denial["fingerprint"], "reason": "Moves"}
    manager = somebody("pm")
    with pytest.raises(errors.WaiverRefused, match="longer than 30 days"):
        governance.grant_waiver(
            manager,
            tenant.project_id,
            **terms,
            expires_at=datetime.now(UTC) + timedelta(days=60),
        )
    made = governance.grant_waiver(
        manager, tenant.project_id, **terms, expires_at=datetime.now(UTC) + timedelta(days=7)
    )
    with access_of() as access:
        found = governance.read_request(access, 1).request
        assert found.allowed
        assert manager.name in found.denials[0]["waived_by"]
        Waiver.objects.filter(id=made.id).update(
            expires_at=datetime.now(UTC) - timedelta(seconds=1)
        )
        again = governance.read_request(access, 1).request
        assert not again.allowed
        assert "expired" in again.denials[0]["mend"]
        assert governance.list_waivers(access)[0].status == "expired"
    governance.revoke_waiver(manager, tenant.project_id, waiver_id=made.id)
    with pytest.raises(errors.WaiverAbsent):
        governance.revoke_waiver(manager, tenant.project_id, waiver_id=made.id)


def test_a_waiver_takes_as_many_people_as_the_policy_says(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    text = POLICY + "  approvers: [{role: PM}, {role: QA}]\n"
    owner = tenancy.actor_for_person(tenant.person)
    governance.save_policy(owner, tenant.project_id, text=text, expected=[governance.ANY])
    (denial,) = ask(opener, tenant, "infra/b.tf").denials
    terms = {
        "rule": denial["rule"],
        "fingerprint": denial["fingerprint"],
        "reason": "Moves",
        "expires_at": datetime.now(UTC) + timedelta(days=7),
    }
    pm, qa = somebody("pm"), somebody("qa")
    with pytest.raises(errors.WaiverRefused, match="PM, QA"):
        governance.grant_waiver(somebody("techlead"), tenant.project_id, **terms)
    for name in (pm.name, "Somebody else"):  # twice the same person is one person
        governance.grant_waiver(replace(pm, name=name), tenant.project_id, **terms)
    with access_of() as access:
        assert not governance.read_request(access, 1).request.allowed
        shown = governance.list_waivers(access)
        assert [(one.status, one.lacking) for one in shown] == [("waiting", ["1 QA"])] * 2
        assert "1 QA has still to" in governance.read_request(access, 1).request.denials[0]["mend"]
    governance.grant_waiver(qa, tenant.project_id, **terms)
    with access_of() as access:
        assert governance.read_request(access, 1).request.allowed
        assert {one.status for one in governance.list_waivers(access)} == {"standing"}


def test_who_pushed_a_change_grants_no_waiver_for_it(
    tenant: Tenant, somebody: Any, access_of: Any
) -> None:
    """Whatever address the commits bear."""
    pm = somebody("pm")
    (denial,) = ask(pm, tenant, "infra/b.tf").denials
    governance.grant_waiver(
        pm,
        tenant.project_id,
        rule=denial["rule"],
        fingerprint=denial["fingerprint"],
        reason="Mine",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    with access_of() as access:
        found = governance.read_request(access, 1).request
    assert not found.allowed
    assert "is an author of this change" in found.denials[0]["mend"]


def test_the_policy_itself_cannot_be_waived(tenant: Tenant, somebody: Any) -> None:
    with pytest.raises(errors.WaiverRefused):
        governance.grant_waiver(
            somebody("pm"),
            tenant.project_id,
            rule="policy_guard",
            fingerprint="f",
            reason="r",
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )


def test_a_change_is_judged_by_the_stored_policy_or_a_text(api: Api, tenant: Tenant) -> None:
    body = {"project_id": str(tenant.project_id), "change": change("infra/b.tf")}
    stored = api.post("/api/governance/check", body).json()
    assert stored["allowed"] is False
    assert stored["policy_number"] == 1
    assert stored["approvals"]["needed"] == [
        {
            "role": "TechLead",
            "count": 1,
            "given": 0,
            "path": "infra/b.tf",
            "clause": "protected_paths[1]",
        }
    ]
    tried = api.post("/api/governance/check", {**body, "policy": "version: '1'\n"}).json()
    assert tried["allowed"] is True
    assert tried["policy_number"] is None
    wrong = api.post("/api/governance/check", {**body, "change": {"files": 7}})
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/files")


def test_runs_are_kept_counted_and_simulated(
    api: Api, base: str, tenant: Tenant, access_of: Any
) -> None:
    made = api.post(f"{base}/governance/runs", {"change": change("docs/a.md")})
    assert made.status_code == 201
    assert made.json()["allowed"] is True
    told = {"allowed": True, "denials": [{"rule": "secret", "severity": "block", "path": "a"}]}
    api.post(f"{base}/governance/runs", {"change": change("b", head=NEXT), "report": told})
    listed = api.get(f"{base}/governance/runs?rule=secret").json()["items"]
    assert [one["allowed"] for one in listed] == [False]
    with access_of() as access:
        found = governance.overview(access)
        assert (found.runs, found.refused, found.by_rule) == (2, 1, [("secret", 1)])
    stricter = api.post(
        f"{base}/governance/simulate", {"policy": "protected_paths: [docs/]\n"}
    ).json()
    assert (stricter["judged"], stricter["newly_refused"]) == (2, 1)
    assert stricter["changes"][0]["appears"][0]["rule"] == "protected-path"


def test_what_a_change_says_is_sealed_at_rest(
    tenant: Tenant, opener: Actor, access_of: Any
) -> None:
    ask(opener, tenant, "infra/b.tf", body="hunter2hunter2")
    with access_of() as access:
        from buildrunner.server.domains.governance.models import ChangeRequest

        row = ChangeRequest.objects.get(org_id=access.org_id)
    assert "hunter2" not in row.change


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    pushes=st.lists(
        st.lists(st.sampled_from(["author", "agent", *ROLES]), max_size=4, unique=True),
        min_size=1,
        max_size=3,
    )
)
def test_neither_authors_nor_agents_nor_stale_votes_count(
    tenant: Tenant, pushes: list[list[str]]
) -> None:
    """Whoever votes on earlier pushes, only people with the role who voted on the last one count."""
    cast = {name: tenancy.actor_for_person(add_person(tenant, project_role=name)) for name in ROLES}
    cast["author"] = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    cast["agent"] = replace(
        tenancy.actor_for_person(add_person(tenant, project_role="techlead")), kind="key"
    )
    branch = f"b{cast['author'].person_id}"
    number, head = 0, ""
    for index, voters in enumerate(pushes):
        head = f"{index + 1:x}" * 40
        number = ask(
            cast["author"], tenant, "billing/a.py", "infra/b.tf", head=head, branch=branch
        ).number
        for name in voters:
            try:
                governance.approve(cast[name], tenant.project_id, number=number, head=head)
            except (errors.AuthorVotes, errors.InPersonOnly):
                assert name in ("author", "agent")
    last = set(pushes[-1])
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        found = governance.read_request(access, number)
    assert found.request.allowed == ({"techlead", "qa"} <= last)
    assert {vote.name for vote in found.votes if vote.counts} == {
        f"A {name}" for name in last & set(ROLES)
    }


def test_a_policy_names_a_team_where_it_names_roles(
    tenant: Tenant, opener: Actor, somebody: Any
) -> None:
    text = POLICY.replace("{role: TechLead", "{role: platform")
    assert text != POLICY
    saved = {"expected": ["*"]}
    warned = governance.save_policy(tenant.actor, tenant.project_id, text=text, **saved)
    assert "GP302" in {one["code"] for one in warned.findings}
    lead, pm = somebody("techlead"), somebody("pm")
    make_team(tenant, "platform", lead.person_id)
    again = governance.save_policy(
        tenant.actor, tenant.project_id, text=text + "# known\n", **saved
    )
    assert "GP302" not in {one["code"] for one in again.findings}
    assert ask(opener, tenant, "infra/b.tf").status == "waiting"
    assert governance.approve(pm, tenant.project_id, number=1, head=HEAD).status == "waiting"
    assert governance.approve(lead, tenant.project_id, number=1, head=HEAD).status == "approved"
