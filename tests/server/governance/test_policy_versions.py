"""Versions of a policy: saved whole or not at all, and never under somebody's hands."""

from __future__ import annotations

from typing import Any

import msgspec

from buildrunner.client.models import PolicyText
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_tenant
from factories.governance import POLICY


def test_a_project_without_a_policy_says_so_and_keeps_the_defaults(db: None) -> None:
    made = make_tenant()
    answer = Api(made.key).get(f"/api/projects/{made.project_id}/policy")
    assert (answer.status_code, answer.json()["code"]) == (404, "policy_absent")
    with tenancy.project_scope(made.actor, made.project_id) as access:
        rules = governance.proof_rules(access)
    assert rules["mode"] == "strict"
    assert rules["self_attested"] is True
    assert rules["classes"] == {"ci", "local"}


def test_a_policy_is_read_with_its_tag_and_saved_over_it(api: Api, base: str) -> None:
    read = api.get(f"{base}/policy")
    assert read.json()["text"] == POLICY
    assert read.json()["number"] == 1
    text = POLICY + "evidence:\n  mode: warn\n  counts: [ci]\n"
    saved = api.put(f"{base}/policy", {"text": text, "message": "CI counts"}, If_Match=read["ETag"])
    assert saved.status_code == 200, saved.content
    assert (saved.json()["number"], saved.json()["message"]) == (2, "CI counts")
    assert saved["ETag"] != read["ETag"]


def test_proof_rules_follow_the_policy(tenant: Tenant, access_of: Any) -> None:
    text = "evidence:\n  mode: warn\n  counts: [ci]\n  self_attested: false\n"
    governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=["*"])
    with access_of() as access:
        rules = governance.proof_rules(access)
    assert rules == {"mode": "warn", "classes": frozenset({"ci"}), "self_attested": False}


def test_yaml_travels_as_it_is(api: Api, base: str, tenant: Tenant) -> None:
    text = "\n\n# first\nversion: '1'\n"
    tag = api.get(f"{base}/policy")["ETag"]
    answer = api.client.generic(
        "PUT",
        f"{base}/policy",
        text.encode(),
        content_type="text/yaml",
        headers={"Authorization": f"Bearer {tenant.key}", "If-Match": tag},
    )
    assert answer.status_code == 200, answer.content
    assert api.get(f"{base}/policy").json()["text"] == text


def test_errors_refuse_and_say_where(api: Api, base: str) -> None:
    tag = api.get(f"{base}/policy")["ETag"]
    answer = api.put(f"{base}/policy", {"text": "\nprotected_paths: 7\n"}, If_Match=tag)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "policy_invalid")
    finding = problem["findings"][0]
    assert (finding["line"], finding["severity"]) == (2, "error")
    assert finding["hint"]
    assert api.get(f"{base}/policy").json()["number"] == 1


def test_warnings_are_told_and_kept(api: Api, base: str) -> None:
    tag = api.get(f"{base}/policy")["ETag"]
    answer = api.put(f"{base}/policy", {"text": "protected_pathes: [a]\n"}, If_Match=tag)
    assert answer.status_code == 200
    (finding,) = answer.json()["findings"]
    assert finding["severity"] == "warning"
    assert "protected_paths" in str(finding)


def test_who_read_an_older_version_saves_nothing(api: Api, base: str) -> None:
    tag = api.get(f"{base}/policy")["ETag"]
    assert api.put(f"{base}/policy", {"text": "version: '2'\n"}, If_Match=tag).status_code == 200
    late = api.put(f"{base}/policy", {"text": "version: '3'\n"}, If_Match=tag)
    assert (late.status_code, late.json()["code"]) == (412, "policy_moved")
    blind = api.put(f"{base}/policy", {"text": "version: '3'\n"})
    assert blind.status_code == 428


def test_the_same_text_again_is_no_new_version(api: Api, base: str, access_of: Any) -> None:
    tag = api.get(f"{base}/policy")["ETag"]
    again = api.put(f"{base}/policy", {"text": POLICY}, If_Match=tag)
    assert again.json()["number"] == 1
    with access_of():
        assert Event.objects.filter(kind="policy.saved").count() == 1


def test_an_earlier_version_comes_back_as_a_new_one(api: Api, base: str) -> None:
    tag = api.get(f"{base}/policy")["ETag"]
    tag = api.put(f"{base}/policy", {"text": "version: '2'\n"}, If_Match=tag)["ETag"]
    back = api.post(f"{base}/policy/versions/1/restore", If_Match=tag)
    assert (back.json()["number"], back.json()["restored_from"]) == (3, 1)
    listed = api.get(f"{base}/policy/versions").json()["items"]
    assert [one["number"] for one in listed] == [3, 2, 1]
    assert api.get(f"{base}/policy/versions/2").json()["text"] == "version: '2'\n"
    assert api.get(f"{base}/policy/versions/9").json()["code"] == "policy_absent"


def test_only_who_manages_the_policy_saves_it(tenant: Tenant, base: str) -> None:
    _, lead = make_key(add_person(tenant, project_role="techlead"))
    assert Api(lead).get(f"{base}/policy").status_code == 200
    refused = Api(lead).put(f"{base}/policy", {"text": "version: '2'\n"}, If_Match="*")
    assert (refused.status_code, refused.json()["permission"]) == (403, "policy.manage")
    _, manager = make_key(add_person(tenant, project_role="pm"))
    assert (
        Api(manager).put(f"{base}/policy", {"text": "version: '2'\n"}, If_Match="*").status_code
        == 200
    )


def test_a_text_is_looked_at_without_being_kept(api: Api) -> None:
    good = api.post("/api/governance/validate", {"text": POLICY}).json()
    assert good == {"valid": True, "findings": []}
    bad = api.post(
        "/api/governance/validate",
        {"text": "  \nversion: '1'\nprotected_paths: {}\n", "name": "p.yml"},
    ).json()
    assert bad["valid"] is False
    assert {"severity", "code", "message", "line", "column", "path", "hint"} <= set(
        bad["findings"][0]
    )
    assert bad["findings"][0]["path"] == "p.yml"


def test_the_client_knows_the_tag_of_a_version(api: Api, base: str) -> None:
    """It computes it: a listed version has no header of its own."""
    answer = api.get(f"{base}/policy")
    found = msgspec.json.decode(answer.content, type=PolicyText)
    assert found.etag == answer["ETag"]
