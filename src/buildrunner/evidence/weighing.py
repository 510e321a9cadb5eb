"""What the checks and signatures of one criterion come to."""

from __future__ import annotations

from buildrunner.evidence.case import names, sign_command, verdict_of
from buildrunner.evidence.signoffs import of_signoffs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.evidence.case import Case, Record, Verdict
    from buildrunner.evidence.checks import Check

# `workspace.content` of no file: SHA-256 of its first line alone.
_NO_FILES = "sha256:3f4199723ef89489eba57bd8fc98b9c0af866db6242a86872e280f31ec6bf63a"


def weigh(case: Case, index: int | None, digest: str, checks: list[Check]) -> Verdict:
    """State, address, reason and next command of one criterion, by its digest."""
    needed = [check for check in checks if check.kind != "manual"]
    counting = [check for check in needed if check.digest not in case.quarantined]
    verdicts = [_of_check(case, index, digest, check) for check in counting]
    signed = of_signoffs(case, index, digest, checks, verdicts)
    if signed is not None and signed["state"] in ("signed_off", "self_attested"):
        return signed
    for state in ("failed", "stale", "not_counted", "missing"):
        for verdict in verdicts:
            if verdict["state"] == state:
                return _public(verdict)
    manual = len(needed) < len(checks)
    if verdicts and not manual:
        return _public(verdicts[-1])
    if signed is not None:
        return signed
    sign = sign_command(case, index)
    if manual:
        return verdict_of("missing", "a person has to look at it and sign off", sign)
    if needed:
        flaky = ", ".join(check.id for check in needed)
        return verdict_of("missing", f"its check {flaky} is in quarantine as flaky", sign)
    return verdict_of(
        "missing",
        "no check proves it and nobody signed it off",
        f"br qa add {case.id} --criterion {index} --kind command --run 'COMMAND'",
    )


def _public(verdict: Verdict) -> Verdict:
    return {name: value for name, value in verdict.items() if name != "record"}


def _of_check(case: Case, index: int | None, digest: str, check: Check) -> Verdict:
    """What the newest record of one check says about a criterion."""
    run = f"br qa run {case.id}"
    same = [
        record
        for record in case.runs
        if names(record, "criterion", digest) and names(record, "check", check.digest)
    ]
    believed, doubt = _believed(case, same)
    counted = [r for r in believed if case.runner_class(r) in case.rules.classes]
    fitting = [r for r in counted if tuple(r["subject"]["paths"]) == check.paths]
    today = fitting
    if case.subject_digest is not None and fitting:
        wanted = case.subject_digest(check.paths)
        today = [record for record in fitting if record["subject"]["digest"] == wanted]
    if today:
        newest = max(today, key=_rank)
        verdict = _judged(check, newest, run)
        if verdict["state"] == "passed" and is_about_nothing(check, newest["subject"]["digest"]):
            where = " ".join(check.paths)
            reason = f"no file was under {where} when check {check.id} ran: nothing makes it stale"
            verdict = verdict_of("not_counted", reason, run, newest)
    elif fitting:
        where = " ".join(check.paths) or "the repository"
        reason = f"{where} changed since check {check.id} ran"
        verdict = verdict_of("stale", reason, run, max(fitting, key=_rank))
    elif believed:
        newest = max(believed, key=_rank)
        ran = case.runner_class(newest)
        if counted:
            verdict = verdict_of("stale", f"check {check.id} ran over other paths", run, newest)
        else:
            wanted = " or ".join(sorted(case.rules.classes)) or "nothing"
            reason = f"check {check.id} ran as `{ran}`; the policy counts {wanted}"
            if ran != newest["runner"]["class"]:
                reason += f", and key {newest['signature']['key']} is not registered as `ci`"
            # What must run elsewhere is started by showing it the work.
            verdict = verdict_of("not_counted", reason, "git push", newest)
    elif same:
        verdict = verdict_of("not_counted", f"the evidence does not count: {doubt}", run, same[-1])
    else:
        verdict = verdict_of(*_absence(case, index, digest, check), run)
    return verdict


def is_about_nothing(check: Check, subject: str) -> bool:
    """Whether its paths name no content at all; only a file may be wanted absent."""
    return bool(check.paths) and subject == _NO_FILES and check.kind != "file"


def _judged(check: Check, record: Record, run: str) -> Verdict:
    if record["outcome"] == "passed":
        verdict = verdict_of("passed", f"check {check.id} passed", "", record)
    else:
        words = record["reason"] or f"exit code {record['exit']}"
        verdict = verdict_of("failed", f"check {check.id} failed: {words}", run, record)
    verdict["record"] = record
    return verdict


def _believed(case: Case, records: list[Record]) -> tuple[list[Record], str]:
    believed, doubt = [], ""
    for record in records:
        defect = case.defect(record)
        if defect:
            doubt = defect
        else:
            believed.append(record)
    return believed, doubt


def _rank(record: Record) -> tuple[str, bool, str]:
    """Newest last; of equal moments what failed, so that a tie never proves anything."""
    from buildrunner.evidence.record import moment

    return (
        moment(record),
        record.get("outcome", "passed") != "passed",
        record["signature"]["value"],
    )


def _absence(case: Case, index: int | None, digest: str, check: Check) -> tuple[str, str]:
    """Why nothing fits: what was changed since, where something can be told."""
    for record in case.runs:
        if case.defect(record):
            continue
        if names(record, "check", check.digest) and record["criterion"]["index"] == index:
            return "stale", f"the criterion was changed since check {check.id} ran"
        if names(record, "criterion", digest) and record["check"]["id"] == check.id:
            return "stale", f"check {check.id} was changed since it ran"
    return "missing", f"check {check.id} has not run for it"
