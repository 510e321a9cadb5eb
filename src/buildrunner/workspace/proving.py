"""What is proven in this working tree: the plan, its evidence, its content and its policy together."""

from __future__ import annotations

from buildrunner.evidence.proof import ProofRules, by_microstep, prove_entity
from buildrunner.spec.document import index, microsteps
from buildrunner.spec.ids import aliases
from buildrunner.workspace import evidence, keys, quarantines
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.evidence.proof import Proof
    from buildrunner.spec.document import Entity
    from buildrunner.workspace.content import Content
    from buildrunner.workspace.evidence import Kept, Problem
    from buildrunner.workspace.folder import Workspace

    Plan = dict[str, Any]

DONE = "done"


class Judge:
    """Judges microsteps against the working tree as it is at this moment."""

    def __init__(self, workspace: Workspace, plan: Plan) -> None:
        self.workspace = workspace
        self.plan = plan
        self.rules = rules_of(workspace)
        stored = evidence.read_all(workspace)
        self.problems: list[Problem] = stored.problems
        self.records: dict[str, list[Kept]] = by_microstep(stored.records)  # type: ignore[assignment]
        self._anchored = keys.anchored(workspace)
        self._quarantined = quarantines.in_force(workspace) if is_linked(workspace) else ()
        self._content: Content | None = None

    def prove(self, entity: Entity) -> Proof:
        """The proof of one microstep of the plan."""
        names = [entity.id, *aliases(entity.value)]
        return prove_entity(
            self.plan,
            entity,
            [record for name in names for record in self.records.get(name, ())],
            subject_digest=self.content_of,
            rules=self.rules,
            anchored=self._anchored,
            quarantined=self._quarantined,
            verify=evidence.ahead_of_time,  # all else the store has verified
        )

    def content_of(self, paths: tuple[str, ...]) -> str | None:
        """Today's digest of what is under some paths; None where a path leads out."""
        if self._content is None:
            from buildrunner.workspace.content import Content

            self._content = Content(self.workspace)
        try:
            return self._content.digest(paths)
        except WorkspaceError as error:
            if error.code != "bad_path":
                raise
            return None


def rules_of(workspace: Workspace) -> ProofRules:
    """What the policy says about proof; without one strict, everything counting.

    With a server one's own word does not count: a person with another role signs there. Raises
    WorkspaceError `policy_unreadable` for a policy with errors, since guessing could widen it.
    """
    from buildrunner.workspace import policyfile

    found = policyfile.read(workspace.root)
    if found is None:
        rules = ProofRules()
    else:
        from buildrunner.policy.document import load
        from buildrunner.policy.sections import proof_rules

        path, data = found
        loaded = load(data, path)
        if not loaded.ok:
            first = next(each for each in loaded.findings if each.severity == "error")
            raise WorkspaceError(
                "policy_unreadable",
                f"{path}:{first.line}:{first.column}: {first.message}",
                "what counts as proof is not known as long as the policy has errors",
                1,
                next_command="br governance validate",
            )
        rules = ProofRules(**proof_rules(loaded.policy))
    if is_linked(workspace):
        rules.self_attested = False
    return rules


def is_linked(workspace: Workspace) -> bool:
    """Whether a server keeps this project."""
    state = workspace.state()
    return isinstance(state.get("project_id"), str) and isinstance(state.get("server"), str)


class NotProven(WorkspaceError):
    """Microsteps that may not become done yet; `extra` is what `--json` adds."""

    def __init__(self, unproven: list[dict[str, Any]], *, linked: bool = False) -> None:
        flat = flat_texts(unproven)
        first = unproven[0]
        count = f"{len(flat)} {'criterion has' if len(flat) == 1 else 'criteria have'} no proof"
        names = ", ".join(each["id"] for each in unproven)
        vouching = (
            "what somebody signed on the server comes with `br qa pull`"
            if linked
            else f"`br qa signoff {first['id']}` vouches for what no check can tell"
        )
        super().__init__(
            "not_proven",
            f"{names} cannot be done: {count}",
            f"done means proven; {vouching}",
            1,
            missing=flat,
            next_command=first["next_command"],
        )
        self.extra = {
            "microsteps": [
                {name: each[name] for name in ("id", "title", "missing")} for each in unproven
            ]
        }


def flat_texts(unproven: list[dict[str, Any]]) -> list[str]:
    """One line a criterion that lacks proof."""
    return [
        f"{each['id']}: {one['text'] or 'the microstep as a whole'} ({one['reason']})"
        for each in unproven
        for one in each["missing"]
    ]


def demand(workspace: Workspace, before: Plan, after: Plan) -> list[dict[str, Any]]:
    """Judge every microstep that becomes done between two plans.

    Raises NotProven in mode strict; in mode warn what is missing comes back:
    `{"id", "title", "missing", "next_command"}` each; [] when everything is proven.
    """
    finished = _finished(before, after)
    if not finished:
        return []
    rules = rules_of(workspace)
    if rules.mode == "off":
        return []
    judge = Judge(workspace, after)
    unproven = []
    for entity in finished:
        proof = judge.prove(entity)
        if not proof.proven:
            unproven.append(
                {
                    "id": entity.id,
                    "title": entity.value.get("title"),
                    "missing": proof.missing,
                    "next_command": proof.next_command,
                }
            )
    if unproven and rules.mode == "strict":
        raise NotProven(unproven, linked=is_linked(workspace))
    return unproven


def _finished(before: Plan, after: Plan) -> list[Entity]:
    """The microsteps that stood in `before`, under an id they bear or bore, and become done."""
    candidates = [each for each in microsteps(after) if each.value.get("status") == DONE]
    if not candidates:
        return []
    was = index(before)
    formerly = {alias: each for each in microsteps(before) for alias in aliases(each.value)}
    found = []
    for entity in candidates:
        names = (entity.id, *aliases(entity.value))
        known = [was.get(name) or formerly.get(name) for name in names]
        if any(each is not None and each.value.get("status") != DONE for each in known):
            found.append(entity)
    return found


def affected(plan: Plan, judge: Judge) -> list[dict[str, Any]]:
    """The microsteps whose evidence is stale, each with what builds on it.

    `{"id", "title", "status", "criteria": [stale ones], "affected": [ids]}`.
    """
    from buildrunner.spec.graph import Graph

    graph = Graph(plan)
    rows = []
    for entity in microsteps(plan):
        if not judge.records.get(entity.id) and not entity.value.get("aliases"):
            continue
        stale = [each for each in judge.prove(entity).criteria if each.state == "stale"]
        if stale:
            rows.append(
                {
                    "id": entity.id,
                    "title": entity.value.get("title"),
                    "status": entity.value.get("status"),
                    "criteria": [each.as_dict() for each in stale],
                    "affected": [each.id for each in graph.affected_by(entity.id)],
                }
            )
    return rows
