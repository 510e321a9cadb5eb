"""A plan full of phantoms: microsteps that say done and are not, each with what it forges.

Every function gets the `Forgery` it works on and leaves a microstep that looks done. `honest` ones
are proven and must not be reported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buildrunner.evidence.record import address, criterion_member, sign, to_bytes
from buildrunner.evidence.signing import public_key
from buildrunner.workspace import Workspace, keys
from buildrunner.workspace.content import Content
from kits.records import NOTHING, run_of, signoff_of

CI, SERVER, STRANGER = (bytes([n] * 32) for n in (1, 2, 3))
CHECK = {"id": "c", "criterion": 0, "kind": "command", "run": "make test", "paths": ["src"]}
OTHER = "sha256:" + "d" * 64


class Forgery:
    """One microstep of the corpus, and the hands that forge it."""

    def __init__(self, corpus: Corpus, microstep: dict[str, Any]) -> None:
        self.corpus = corpus
        self.microstep = microstep
        self.id: str = microstep["id"]

    def run(self, **changes: Any) -> dict[str, Any]:
        """Evidence as CI makes it, for the microstep as it is now."""
        given = {"content": self.corpus.content, "runner": "ci", "key": CI, **changes}
        return run_of(self.corpus.plan, "c", microstep=self.id, **given)

    def signoff(self, **changes: Any) -> dict[str, Any]:
        """A signature as a server makes it."""
        return signoff_of(self.corpus.plan, microstep=self.id, **{"key": SERVER, **changes})

    def own_word(self, **changes: Any) -> dict[str, Any]:
        """A self-attestation by the key of this machine."""
        given = {"key": self.corpus.own, "self_attested": True, "role": "author", **changes}
        return self.signoff(**given)

    def put(self, record: dict[str, Any], data: bytes | None = None, name: str = "") -> Path:
        """A record among the evidence, under its digest unless a name is given."""
        path = self.corpus.folder / f"{name or address(record)}.json"
        path.write_bytes(to_bytes(record) if data is None else data)
        return path


class Corpus:
    """A workspace whose plan is one milestone of phantoms and honest microsteps."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        root = Path(workspace.root)
        (root / "src").mkdir()
        (root / "src" / "code.py").write_text("print('hello')\n")
        governance = root / "buildrunner" / "governance"
        governance.mkdir(parents=True)
        (governance / "policy.yml").write_text("evidence:\n  counts: [ci]\n")
        self.folder = root / "buildrunner" / "evidence"
        self.folder.mkdir()
        workspace.ensure_state()
        keys.add_key(workspace, public_key(CI), "CI", "ci")
        keys.add_key(workspace, public_key(SERVER), "server", "server")
        self.own = keys.signing_key() or b""
        self.content = Content(workspace).digest(("src",))
        step: dict[str, Any] = {"id": "m1.s1", "title": "Corpus", "microsteps": []}
        self.plan: dict[str, Any] = {
            "projectId": "p-1", "title": "Phantoms", "version": "0.1.0",
            "updatedAt": "2026-01-01T00:00:00Z",
            "milestones": [{"id": "m1", "title": "All", "steps": [step]}],
        }  # fmt: skip
        self.step = step
        self.names: dict[str, str] = {}

    def add(self, story: Callable[[Forgery], None]) -> None:
        """A microstep that looks done, told by its function."""
        identifier = f"m1.s1.ms{len(self.step['microsteps']) + 1}"
        microstep = {
            "id": identifier, "title": story.__name__.replace("_", " "), "status": "done",
            "criteria": [f"{identifier} works"], "checks": [dict(CHECK, run=f"make {identifier}")],
        }  # fmt: skip
        self.step["microsteps"].append(microstep)
        self.names[identifier] = story.__name__
        story(Forgery(self, microstep))

    def write(self) -> None:
        """The plan as it stands at the end."""
        Path(self.workspace.plan_path).write_text(json.dumps(self.plan, indent=2))


def proven_by_ci(one: Forgery) -> None:
    one.put(one.run(outcome="failed", at="2025-12-31T10:00:00Z"))
    one.put(one.run())


def proven_by_a_signature(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.signoff())


def proven_by_ones_own_word(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.own_word())


def proven_before_it_was_renamed(one: Forgery) -> None:
    one.microstep["id"] = "old"
    one.put(run_of(one.corpus.plan, "c", microstep="old", content=one.corpus.content,
                   runner="ci", key=CI))  # fmt: skip
    one.microstep.update(id=one.id, aliases=["old"])


def edited_by_hand(one: Forgery) -> None:
    one.microstep["checks"] = []


def edited_by_hand_beside_a_check(one: Forgery) -> None:
    """Nothing was ever run."""


def evidence_of_another_criterion(one: Forgery) -> None:
    one.put(one.run(criterion=criterion_member(0, "something easier works")))


def criterion_reworded_since(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["criteria"] = ["it works, and fast"]


def criterion_that_only_looks_the_same(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["criteria"] = [one.microstep["criteria"][0].replace("o", "\u043e")]


def evidence_of_other_content(one: Forgery) -> None:
    one.put(one.run(content=OTHER))


def evidence_of_fewer_files(one: Forgery) -> None:
    content = Content(one.corpus.workspace).digest(("src/code.py",))
    one.put(one.run(subject={"paths": ["src/code.py"], "digest": content}))


def evidence_of_a_whole_tree_that_moved_on(one: Forgery) -> None:
    del one.microstep["checks"][0]["paths"]
    one.put(one.run(content=OTHER))


def failure_relabelled_in_place(one: Forgery) -> None:
    path = one.put(one.run(outcome="failed"))
    path.write_bytes(path.read_bytes().replace(b'"failed"', b'"passed"'))


def failure_relabelled_and_renamed(one: Forgery) -> None:
    one.put({**one.run(outcome="failed"), "outcome": "passed", "exit": 0, "reason": ""})


def signature_copied_from_another_record(one: Forgery) -> None:
    lent = one.run(at="2026-01-01T09:00:00Z", content=OTHER)["signature"]
    one.put({**one.run(), "signature": lent})


def signature_without_an_algorithm(one: Forgery) -> None:
    record = one.run()
    one.put({**record, "signature": {**record["signature"], "algorithm": "none"}})


def no_signature(one: Forgery) -> None:
    one.put({name: value for name, value in one.run().items() if name != "signature"})


def key_of_a_stranger(one: Forgery) -> None:
    one.put(one.run(key=STRANGER))


def strangers_key_under_a_known_name(one: Forgery) -> None:
    record = one.run(key=STRANGER)
    known = one.run()["signature"]["key"]
    one.put({**record, "signature": {**record["signature"], "key": known}})


def local_run_that_says_ci(one: Forgery) -> None:
    one.put(one.run(key=one.corpus.own))


def class_that_does_not_count(one: Forgery) -> None:
    one.put(one.run(runner="local", key=one.corpus.own))


def record_of_another_microstep(one: Forgery) -> None:
    record = run_of(one.corpus.plan, "c", microstep="m1.s1.ms1", content=one.corpus.content,
                    runner="ci", key=CI)  # fmt: skip
    one.put({**record, "microstep": one.id})


def record_of_another_project(one: Forgery) -> None:
    one.put(one.run(project="p-2"))


def former_id_of_somebody_else(one: Forgery) -> None:
    one.microstep["aliases"] = ["m1.s1.ms1"]


def check_weakened_since(one: Forgery) -> None:
    one.microstep["checks"][0]["run"] = "true"
    record = one.run()
    one.microstep["checks"][0]["run"] = "make test"
    one.put(record)


def command_swapped_for_true(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["checks"][0]["run"] = "true"


def expectation_loosened_since(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["checks"][0]["expect"] = {"exit": [0, 1]}


def check_narrowed_to_no_criterion(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["checks"][0]["criterion"] = "0"


def newest_run_failed(one: Forgery) -> None:
    one.put(one.run())
    one.put(one.run(outcome="failed", at="2026-01-01T10:00:00.000001Z"))


def passed_and_failed_at_once(one: Forgery) -> None:
    one.put(one.run())
    one.put(one.run(outcome="failed"))


def run_that_ended_in_an_error(one: Forgery) -> None:
    one.put(one.run(outcome="error"))


def second_criterion_without_proof(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["criteria"].append("and it is documented")


def second_check_without_a_run(one: Forgery) -> None:
    one.microstep["checks"].append({"id": "d", "kind": "command", "run": "make lint"})
    one.put(one.run())


def looking_left_to_nobody(one: Forgery) -> None:
    one.microstep["checks"] = [{"id": "look", "kind": "manual"}]


def no_criteria_at_all(one: Forgery) -> None:
    one.put(one.run())
    one.microstep["criteria"] = []


def signed_by_an_agent(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.own_word(role="agent"))


def signed_by_a_contributor(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.signoff(role="Contributor"))


def signed_as_qa_by_ones_own_key(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.signoff(key=one.corpus.own))


def signed_as_qa_by_the_key_of_ci(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.signoff(key=CI))


def signature_under_another_text(one: Forgery) -> None:
    one.microstep["checks"] = []
    one.put(one.signoff(criterion=criterion_member(0, "something else")))


def signature_under_other_content(one: Forgery) -> None:
    one.put(one.own_word(subject={"paths": ["src"], "digest": OTHER}))


def own_word_bound_to_nothing(one: Forgery) -> None:
    one.put(one.own_word())


def own_word_against_a_failure(one: Forgery) -> None:
    one.put(one.run(outcome="failed", at="2025-12-31T10:00:00Z"))
    one.put(one.own_word(subject={"paths": ["src"], "digest": one.corpus.content}))


def member_nobody_reads(one: Forgery) -> None:
    plain = {name: value for name, value in one.run().items() if name != "signature"}
    one.put(sign({**plain, "approved": True}, CI))


def type_nobody_knows(one: Forgery) -> None:
    plain = {name: value for name, value in one.run().items() if name != "signature"}
    one.put(sign({**plain, "type": "buildrunner.evidence/9"}, CI))


def key_named_twice_in_the_file(one: Forgery) -> None:
    from hashlib import sha256

    failed = to_bytes(one.run(outcome="failed"))
    data = failed.replace(b'"outcome":"failed"', b'"outcome":"failed","outcome":"passed"')
    one.put({}, data, sha256(data).hexdigest())


def empty_record(one: Forgery) -> None:
    one.put({})


def link_to_somebody_elses_evidence(one: Forgery) -> None:
    target = one.put(one.run(content=OTHER))
    os.symlink(target.name, one.corpus.folder / f"{'f' * 64}.json")


def output_of_nothing(one: Forgery) -> None:
    plain = {name: value for name, value in one.run().items() if name != "signature"}
    plain["output"] = {"digest": NOTHING}
    one.put(sign(plain, CI))


HONEST = [
    proven_by_ci, proven_by_a_signature, proven_by_ones_own_word, proven_before_it_was_renamed,
]  # fmt: skip
PHANTOMS = [
    story
    for story in list(globals().values())
    if callable(story)
    and getattr(story, "__module__", "") == __name__
    and not isinstance(story, type)
    and story not in HONEST
]
