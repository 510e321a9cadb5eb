"""What is proven: the gate's answer, and the state of every criterion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from buildrunner.evidence.checks import Check, checks_in, criteria_of, criterion_digest
from buildrunner.evidence.proof import Proof, ProofRules, prove_entity
from buildrunner.evidence.record import SIGNOFF
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa.policies import proof_rules
from buildrunner.server.domains.qa.queries import records
from buildrunner.server.domains.qa.queries.authors import authorship
from buildrunner.server.domains.qa.queries.records import Stored, doubt
from buildrunner.server.domains.qa.rules.marks import PROVEN, mark_of
from buildrunner.server.domains.qa.types import (
    CheckState,
    CriterionState,
    MicrostepProof,
    ProjectProof,
    ProofCounts,
    QuarantineView,
    SurveyLine,
)
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.document import Entity, index
from buildrunner.spec.graph import Graph
from buildrunner.spec.ids import aliases, resolve

_MOST_AFFECTED = 50
# Of more than so many at once nobody reads what depends on each.
_FEW = 200


class Court:
    """Everything that is asked of a plan's microsteps: records, rules, quarantines."""

    def __init__(
        self,
        access: ProjectAccess,
        plan: dict[str, Any],
        names: Iterable[str] | None = None,
        *,
        rules: ProofRules,
        weigh_authors: bool = False,
    ) -> None:
        self._access = access
        self._weigh_authors = weigh_authors
        self._plan = plan
        self._rules = rules
        self.quarantines = {one.check_digest: one for one in records.quarantines(access)}
        self._records: dict[str, list[Stored]] = {}
        wanted = None if names is None else list(names)
        for record in records.records_of(access, wanted):
            self._records.setdefault(record["microstep"], []).append(record)

    def knows(self, entity: Entity) -> bool:
        """Whether there is any record of a microstep."""
        return any(name in self._records for name in (entity.id, *aliases(entity.value)))

    def prove(self, entity: Entity) -> Proof:
        """The proof of one microstep at its place in the plan."""
        mine = [
            record
            for name in dict.fromkeys((entity.id, *aliases(entity.value)))
            for record in self._records.get(name, ())
        ]
        if self._weigh_authors:
            _doubt_authors(self._access, [entity.id, *aliases(entity.value)], mine)
        return prove_entity(
            self._plan,
            entity,
            mine,
            subject_digest=None,
            rules=self._rules,
            anchored=None,
            quarantined=self.quarantines,
            verify=doubt,
        )


def _doubt_authors(access: ProjectAccess, names: list[str], mine: list[Stored]) -> None:
    """Who signed first and did the work afterwards is its author all the same."""
    signed = [one for one in mine if one["type"] == SIGNOFF and not one["self_attested"]]
    if not signed:
        return
    authors = {str(person) for person in authorship(access, names, finishing=False)}
    independent = {one["criterion"]["digest"] for one in signed if one["by"]["id"] not in authors}
    for one in signed:
        if one["criterion"]["digest"] not in independent:
            one.doubt = f"{one['by']['name']} did the work, and nobody else signed"


def unproven(
    access: ProjectAccess,
    actor: Actor,  # noqa: ARG001  the gate hands it over; whoever asks is answered alike
    plan_after: dict[str, Any],
    microstep_ids: Sequence[str],
) -> list[plans.Unproven]:
    """The answer to the gate of the plans: which of them lack proof in that document."""
    rules = proof_rules(access)
    if rules.mode == "off":
        return []
    known = index(plan_after)
    entities = [known[identifier] for identifier in microstep_ids if identifier in known]
    names = {name for entity in entities for name in (entity.id, *aliases(entity.value))}
    court = Court(access, plan_after, names, rules=rules, weigh_authors=True)
    found = []
    for entity in entities:
        proof = court.prove(entity)
        if not proof.proven:
            found.append(
                plans.Unproven(
                    id=entity.id,
                    title=_text(entity.value, "title"),
                    missing=proof.missing,
                    next_command=proof.next_command,
                    blocking=rules.mode == "strict",
                )
            )
    return found


class Survey:
    """The proof of a whole plan: the mark of every microstep, and on wish what is behind it.

    `lines` come in the order of the plan. Raises PlanAbsent.
    """

    def __init__(self, access: ProjectAccess) -> None:
        stored = plans.read_plan(access)
        rules = proof_rules(access, attested=True)
        self.revision = stored.revision
        self.mode = rules.mode
        self.classes = sorted(rules.classes)
        self._access = access
        self._plan = stored.plan()
        self._court = Court(access, self._plan, rules=rules)
        self._flaky = records.flaky_pairs(access)
        self._graph: Graph | None = None
        self._entities = {
            entity.id: entity for entity in index(self._plan).values() if entity.kind == "microstep"
        }
        tally = dict.fromkeys(("microsteps", "done", "proven", "self_attested", "unproven"), 0)
        self.lines: list[SurveyLine] = []
        for entity in self._entities.values():
            line = self._line(entity)
            self.lines.append(line)
            _count(tally, entity, line.proof)
        self.counts = ProofCounts(**tally)

    def find(self, microstep_id: str) -> str:
        """The id behind an id or a former one; raises EntityAbsent."""
        found = resolve(self._plan, microstep_id)
        if found is None or found.kind != "microstep":
            raise plans.EntityAbsent(microstep_id, "microstep")
        return found.id

    def details(self, ids: Sequence[str]) -> list[MicrostepProof]:
        """The state of every criterion of these. What depends on them is told of a few only."""
        few = len(ids) <= _FEW
        return [self._view(self._entities[identifier], affects=few) for identifier in ids]

    def _line(self, entity: Entity) -> SurveyLine:
        known = self._court.knows(entity)
        milestone = entity.above.above if entity.above is not None else None
        return SurveyLine(
            microstep_id=entity.id,
            milestone_id=milestone.id if milestone is not None else "",
            milestone=_text(milestone.value, "title") if milestone is not None else "",
            proof=mark_of(self._court.prove(entity)) if known else "unproven",
            flaky=bool(self._flaky) and known and self._is_flaky(entity),
        )

    def _is_flaky(self, entity: Entity) -> bool:
        return any(
            (criterion_digest(text), check.digest) in self._flaky
            for place, text in enumerate(criteria_of(entity))
            for check in checks_in(entity)
            if check.covers(place)
        )

    def _view(self, entity: Entity, *, affects: bool) -> MicrostepProof:
        proof = self._court.prove(entity)
        mark = mark_of(proof)
        checks = checks_in(entity)
        milestone = entity.above.above if entity.above is not None else None
        status = _text(entity.value, "status") or "todo"
        affected: list[str] = []
        if affects and status == "done" and mark not in PROVEN and mark != "attested":
            self._graph = self._graph or Graph(self._plan)
            affected = [one.id for one in self._graph.affected_by(entity.id)][:_MOST_AFFECTED]
        return MicrostepProof(
            microstep_id=entity.id,
            title=_text(entity.value, "title"),
            status=status,
            milestone_id=milestone.id if milestone is not None else "",
            milestone=_text(milestone.value, "title") if milestone is not None else "",
            proof=mark,
            criteria=[
                CriterionState(
                    criterion=each.index,
                    text=each.text,
                    state=each.state,
                    reason=each.reason,
                    address=each.address,
                    next_command=each.next_command,
                    digest=criterion_digest(each.text),
                    checks=[
                        self._check(check, criterion_digest(each.text))
                        for check in checks
                        if each.index is not None and check.covers(each.index)
                    ],
                )
                for each in proof.criteria
            ],
            affected=affected,
        )

    def _check(self, check: Check, criterion: str) -> CheckState:
        run = check.definition.get("run")
        quarantine: QuarantineView | None = self._court.quarantines.get(check.digest)
        return CheckState(
            id=check.id,
            kind=check.kind,
            digest=check.digest,
            origin=check.origin,
            run=run if isinstance(run, str) else "",
            flaky=(criterion, check.digest) in self._flaky,
            quarantine=quarantine,
        )


def project_proof(access: ProjectAccess, *, microstep_id: str | None = None) -> ProjectProof:
    """The state of every criterion, of the whole plan or of one microstep with its history.

    The counts are those of the whole plan. Raises PlanAbsent, EntityAbsent.
    """
    survey = Survey(access)
    if microstep_id is None:
        found = survey.details([line.microstep_id for line in survey.lines])
    else:
        found = with_histories(access, survey.details([survey.find(microstep_id)]))
    return ProjectProof(survey.revision, survey.mode, survey.classes, survey.counts, found)


def with_histories(access: ProjectAccess, found: list[MicrostepProof]) -> list[MicrostepProof]:
    """The same with the newest outcomes of each check."""
    told = records.histories(access, [one.microstep_id for one in found])
    for microstep in found:
        for criterion in microstep.criteria:
            for check in criterion.checks:
                place = (microstep.microstep_id, criterion.digest, check.digest)
                check.history.extend(told.get(place, ()))
    return found


def _count(tally: dict[str, int], entity: Entity, mark: str) -> None:
    tally["microsteps"] += 1
    if entity.value.get("status") != "done":
        return
    tally["done"] += 1
    if mark in PROVEN:
        tally["proven"] += 1
    elif mark == "attested":
        tally["self_attested"] += 1
    else:
        tally["unproven"] += 1


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
