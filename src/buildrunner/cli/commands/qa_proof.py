"""`br qa list`, `stale`, `audit`, `signoff`: what is proven, what is not, and vouching for it."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from buildrunner.cli.checking import inside
from buildrunner.cli.context import Context
from buildrunner.cli.criteria import criterion_number
from buildrunner.cli.errors import OK, REFUSED, Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.output import Output
from buildrunner.cli.subjects import microstep_of
from buildrunner.evidence.checks import checks_in
from buildrunner.evidence.proof import CriterionProof, Proof
from buildrunner.evidence.record import SIGNOFF, criterion_member, sign
from buildrunner.evidence.signoffs import signed_paths
from buildrunner.spec.document import Entity, microsteps
from buildrunner.workspace import evidence, keys
from buildrunner.workspace.content import revision
from buildrunner.workspace.editing import now
from buildrunner.workspace.proving import Judge, affected, is_linked
from buildrunner.workspace.trust import Trust

COLORS = {
    "passed": "green", "signed_off": "green", "self_attested": "yellow", "failed": "red",
    "stale": "yellow", "missing": "dim", "not_counted": "yellow",
}  # fmt: skip
# Surroundings in which nobody is there in person.
_UNATTENDED = (
    "GITHUB_ACTIONS", "GITLAB_CI", "CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "CODEX_SANDBOX",
)  # fmt: skip
# What is wrong with a file itself, not only with its name.
_FORGED = ("tampered", "bad_signature", "bad_record", "not_canonical")


def run_list(context: Context) -> int:
    """Say of each criterion whether it is proven, by what, and what would prove it."""
    _, plan = context.workspace.read()
    identifiers = context.arguments.texts("ID")
    chosen = inside(plan, identifiers) if identifiers else list(microsteps(plan))
    judge, trust = Judge(context.workspace, plan), Trust(context.workspace)
    out, rows = context.out, []
    for entity in chosen:
        proof = judge.prove(entity)
        rows.append(
            {
                "id": entity.id,
                "title": entity.value.get("title"),
                "status": entity.value.get("status"),
                "proof": proof.label,
                "criteria": [each.as_dict() for each in proof.criteria],
                "checks": [_check_row(check, trust) for check in checks_in(entity)],
            }
        )
        _print_proof(out, entity, proof)
    out.emit({"microsteps": rows, "problems": [each.as_dict() for each in judge.problems]})
    _note_problems(out, judge)
    return OK


def _check_row(check: Any, trust: Trust) -> dict[str, Any]:
    return {
        "id": check.id,
        "kind": check.kind,
        "criterion": check.criterion,
        "origin": check.origin,
        "digest": check.digest,
        "trusted": trust.covers(check),
    }


def _print_proof(out: Output, entity: Entity, proof: Proof) -> None:
    status = entity.value.get("status")
    label = out.paint(proof.label, "green" if proof.label == "proven" else "yellow")
    title = flat(entity.value.get("title"))
    out.data(f"{out.glyph(status)} {out.paint(entity.id, 'cyan')}  {title}  ({label})")
    for each in proof.criteria:
        out.data(criterion_line(out, each))


def criterion_line(out: Output, each: CriterionProof) -> str:
    """One criterion with its state and why."""
    number = " " if each.index is None else str(each.index)
    state = out.paint(f"{each.state.replace('_', ' '):<13}", COLORS[each.state])
    why = out.paint(f"  {flat(each.reason)}", "dim")
    return f"    {number:>2}  {state}  {flat(each.text)}{why}"


def _note_problems(out: Output, judge: Judge) -> None:
    for each in judge.problems:
        out.note(f"warning: {evidence.FOLDER}/{each.name}: {each.message}; it proves nothing")


def run_stale(context: Context) -> int:
    """List what was proven for other content, and what builds on it."""
    _, plan = context.workspace.read()
    rows = affected(plan, Judge(context.workspace, plan))
    out = context.out
    for row in rows:
        out.data(f"{out.glyph(row['status'])} {row['id']}  {flat(row['title'])}")
        for each in row["criteria"]:
            out.data(f"    {flat(each['text'])}  {out.paint(flat(each['reason']), 'dim')}")
        if row["affected"]:
            out.data(f"    affects {', '.join(row['affected'])}")
    out.emit({"stale": rows})
    if rows:
        out.hint(f"br qa run {' '.join(row['id'] for row in rows)}")
    else:
        out.note("no evidence is stale")
    return OK


def run_audit(context: Context) -> int:
    """Find every microstep that is done without proof; exit code 1 where there is one."""
    _, plan = context.workspace.read()
    judge, out = Judge(context.workspace, plan), context.out
    done = [each for each in microsteps(plan) if each.value.get("status") == "done"]
    proofs = [(entity, judge.prove(entity)) for entity in done]
    unproven = [(entity, proof) for entity, proof in proofs if not proof.proven]
    attested = sum(proof.label == "self-attested" for _, proof in proofs)
    strangers = _strangers(judge, context)
    forged = [each for each in judge.problems if each.code in _FORGED]
    out.emit(
        {
            "ok": not unproven and not forged,
            "done": len(done),
            "proven": len(done) - len(unproven),
            "self_attested": attested,
            "unproven": [
                {
                    "id": entity.id,
                    "title": entity.value.get("title"),
                    "missing": proof.missing,
                    "next_command": proof.next_command,
                }
                for entity, proof in unproven
            ],
            "not_anchored": strangers,
            "problems": [each.as_dict() for each in judge.problems],
        }
    )
    for entity, proof in unproven:
        _print_proof(out, entity, proof)
    _note_problems(out, judge)
    for row in strangers:
        out.note(f"warning: key {row['key']} is not anchored; it signed {row['records']} records")
    said = f"{len(done)} done, {len(done) - len(unproven)} of them proven"
    out.data(f"{said} ({attested} self-attested)" if attested else said)
    if unproven:
        out.hint(unproven[0][1].next_command)
    return REFUSED if unproven or forged else OK


def _strangers(judge: Judge, context: Context) -> list[dict[str, Any]]:
    known = keys.anchored(context.workspace)
    counts: dict[str, int] = {}
    for records in judge.records.values():
        for record in records:
            key = record["signature"]["key"]
            if key not in known:
                counts[key] = counts.get(key, 0) + 1
    return [{"key": key, "records": count} for key, count in sorted(counts.items())]


def run_signoff(context: Context) -> int:
    """Vouch for criteria that no machine can check: attested by oneself, and shown as that."""
    workspace, out = context.workspace, context.out
    _, plan = workspace.read()
    entity = microstep_of(plan, context.arguments.required("ID"))
    _refuse_elsewhere(context, entity)
    judge = Judge(workspace, plan)
    if not judge.rules.self_attested:
        raise Refusal(
            "self_attesting_off",
            "the policy does not count what somebody attests of their own work",
            hint="evidence.self_attested is false in the policy",
            next_command=f"br qa run {entity.id}",
        )
    signed = []
    for each in _chosen(context, entity, judge.prove(entity)):
        record = _signoff(context, plan, entity, each, judge)
        address = evidence.save(workspace, record)
        signed.append({"criterion": each.index, "text": each.text, "address": address,
                       "self_attested": True})  # fmt: skip
        number = "" if each.index is None else f" [{each.index}]"
        mark = out.paint("self-attested", "yellow")
        out.data(f"{mark}  {entity.id}{number}  {flat(each.text)}")
    proof = Judge(workspace, plan).prove(entity)
    out.emit({"microstep": entity.id, "signed": signed, "proof": proof.label,
              "missing": proof.missing})  # fmt: skip
    if not signed:
        out.note("nothing to sign: every criterion is proven already")
    if proof.proven:
        out.hint(f"br done {entity.id}")
    else:
        out.hint(proof.next_command, "what is left")
    return OK


def _refuse_elsewhere(context: Context, entity: Entity) -> None:
    """With a server a person with another role signs, in the browser; an agent never does."""
    if is_linked(context.workspace):
        state = context.workspace.state()
        page = f"{state['server']}/projects/{quote(state['project_id'], safe='')}/tests"
        raise Refusal(
            "in_person_only",
            f"this project has a server: PM, TechLead or QA sign {entity.id} off in person, there",
            hint=page,
            next_command=f"br open {entity.id}",
            extra={"url": page},
        )
    present = [name for name in _UNATTENDED if os.environ.get(name)]
    if present:
        raise Refusal(
            "in_person_only",
            "a person signs off, not a program",
            hint=f"{present[0]} is set: this is the session of an agent or of CI",
            next_command=f"br qa run {entity.id}",
        )


def _chosen(context: Context, entity: Entity, proof: Proof) -> list[CriterionProof]:
    """The criteria to sign: those named, else all that are not proven."""
    named = context.arguments.texts("criterion")
    chosen = [each for each in proof.criteria if not each.proven]
    if named:
        numbers = [criterion_number(each, entity) for each in named]
        chosen = [proof.criteria[number] for number in dict.fromkeys(numbers)]
    for each in chosen:
        if each.state == "failed":
            raise Refusal(
                "check_failed",
                f"{entity.id} [{each.index}]: {each.reason}; attesting does not outweigh that",
                missing=[each.text],
                next_command=f"br qa run {entity.id}",
            )
    return chosen


def _signoff(
    context: Context, plan: dict[str, Any], entity: Entity, each: CriterionProof, judge: Judge
) -> dict[str, Any]:
    index = each.index
    covering = [check for check in checks_in(entity) if index is not None and check.covers(index)]
    paths = signed_paths(covering)
    digest = None if paths is None else judge.content_of(paths)
    subject = None if paths is None or digest is None else {"paths": [*paths], "digest": digest}
    private = keys.signing_key() or b""
    own = keys.own_key()
    project = plan.get("projectId")
    record = {
        "type": SIGNOFF,
        "project": project if isinstance(project, str) else None,
        "microstep": entity.id,
        "criterion": criterion_member(index, each.text),
        "subject": subject,
        "commit": revision(context.workspace.root).commit,
        "by": {"id": own.id if own else "", "name": context.actor(), "role": "author"},
        "self_attested": True,
        "note": context.arguments.text("note") or "",
        "at": now(),
    }
    return sign(record, private)
