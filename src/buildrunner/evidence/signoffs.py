"""Which signature under a criterion counts, and which does not."""

from __future__ import annotations

from buildrunner.evidence.case import names, sign_command, verdict_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.evidence.case import Case, Record, Verdict
    from buildrunner.evidence.checks import Check

# Roles that may sign off; spelled without regard to case and "_", as policies do.
SIGNING_ROLES = frozenset({"pm", "techlead", "qa"})
# Roles nobody can attest in: what has them is no person.
UNATTENDED = frozenset({"agent", "ci", "service"})


def of_signoffs(
    case: Case,
    index: int | None,
    digest: str,
    checks: list[Check],
    verdicts: list[Verdict],
) -> Verdict | None:
    """The newest sign-off that counts, else why the newest does not; None without any."""
    same = [record for record in case.signoffs if names(record, "criterion", digest)]
    if not same:
        return None
    best: Verdict | None = None
    for record in sorted(same, key=_rank_signoff):
        found = _judge_signoff(case, index, record, checks, verdicts)
        if best is None or found["state"] != "not_counted" or best["state"] == "not_counted":
            best = found
    return best


def _rank_signoff(record: Record) -> str:
    at = record.get("at")
    return at if isinstance(at, str) else ""


def _judge_signoff(
    case: Case,
    index: int | None,
    record: Record,
    checks: list[Check],
    verdicts: list[Verdict],
) -> Verdict:
    sign = sign_command(case, index)
    defect = case.defect(record)
    if defect:
        return verdict_of("not_counted", f"the sign-off does not count: {defect}", sign, record)
    name, role = record["by"]["name"] or record["by"]["id"], record["by"]["role"]
    plain = role.lower().replace("_", "").replace(" ", "")
    if record["self_attested"]:
        if plain in UNATTENDED:
            return verdict_of("not_counted", f"{name} is no person", sign, record)
        if not case.rules.self_attested:
            reason = f"{name} attested their own work, which does not count here"
            return verdict_of("not_counted", reason, sign, record)
    elif plain not in SIGNING_ROLES:
        reason = f"{name} signed as {role or 'nobody'}; PM, TechLead or QA must sign"
        return verdict_of("not_counted", reason, sign, record)
    stale = _is_outdated(case, record, checks)
    if stale:
        return verdict_of("stale", f"{stale} since {name} signed", sign, record)
    beaten = _beaten(record, verdicts)
    if beaten:
        return verdict_of("failed", beaten, f"br qa run {case.id}", record)
    if record["self_attested"]:
        return verdict_of("self_attested", f"self-attested by {name}", "", record)
    return verdict_of("signed_off", f"signed off by {name} ({role})", "", record)


def signed_paths(checks: list[Check]) -> tuple[str, ...] | None:
    """The paths a sign-off beside these checks is bound to; None: the criterion's text alone.

    Without paths there is no telling which content a person looked at, and binding the whole
    tree would undo every signature with the next edit.
    """
    if not checks or not all(check.paths for check in checks):
        return None
    return tuple(dict.fromkeys(path for check in checks for path in check.paths))


def _is_outdated(case: Case, record: Record, checks: list[Check]) -> str:
    if case.subject_digest is None:
        return ""
    subject = record["subject"]
    wanted = signed_paths(checks)
    # Whoever attests their own work does not choose which files that is.
    if wanted is not None and record["self_attested"]:
        paths = None if subject is None else tuple(subject["paths"])
        if paths != wanted:
            return "the paths of its checks changed"
    if subject is None or case.subject_digest(tuple(subject["paths"])) == subject["digest"]:
        return ""
    return f"{' '.join(subject['paths']) or 'the repository'} changed"


def _beaten(record: Record, verdicts: list[Verdict]) -> str:
    """A failure seen after the signature outweighs it; a self-attestation never outweighs one."""
    from buildrunner.evidence.record import moment

    for verdict in verdicts:
        if verdict["state"] != "failed":
            continue
        if record["self_attested"] or moment(verdict["record"]) > moment(record):
            reason: str = verdict["reason"]
            return reason
    return ""
