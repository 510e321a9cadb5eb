"""The policy in the repository says which status may follow which, without a server too."""

from kits.program import Br

MS = "m1.s1.ms1"
POLICY = """\
version: 1
evidence: {mode: "off"}
microsteps:
  allowed_transitions: {todo: [doing], done: []}
"""


def policy(br: Br, text: str = POLICY) -> None:
    path = br.cwd / "buildrunner" / "governance" / "policy.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_status_that_may_not_follow_is_refused(br: Br) -> None:
    policy(br)
    br.ok("todo", MS)
    text = br.plan_path.read_text()
    refused = br("done", MS, "--json")
    assert (refused.code, refused.error["code"]) == (1, "transition_refused")
    assert refused.error["next_command"] == f"br start {MS}"
    assert refused.error["missing"] == [f"{MS} goes from todo to done; after todo may follow doing"]
    assert refused.json["microsteps"] == [
        {
            "id": MS, "before": "todo", "after": "done", "allowed": ["doing"],
            "clause": "microsteps.allowed_transitions.todo", "owner": "PM",
        }
    ]  # fmt: skip
    assert br("plan", "edit", MS, "--set", "status=blocked").code == 1
    assert br.plan_path.read_text() == text
    words = br("done", MS).err
    assert "buildrunner/governance/policy.yml" in words
    assert "PM can change that" in words


def test_the_way_in_between_is_open_and_an_undo_goes_back(br: Br) -> None:
    policy(br)
    br.ok("start", MS)
    br.ok("done", MS)
    assert br("todo", MS, "--json").error["code"] == "transition_refused"
    br.ok("undo")


def test_what_only_alerts_or_asks_for_approval_is_left_to_the_server(br: Br) -> None:
    for action in ("alert", "approve"):
        policy(br, POLICY + f"violations:\n  microstep-transition: {{action: {action}}}\n")
        br.ok("done", MS)
        br.ok("undo")
