"""`br governance check`: what the policy of the base says of a change."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

from buildrunner.cli.commands.governance import counted
from buildrunner.cli.commands.governance_server import Server
from buildrunner.cli.commands.governance_told import (
    approvals_of,
    judged_rules,
    print_denials,
    results_of,
    tell,
)
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage
from buildrunner.policy import waivers as waiving
from buildrunner.policy.document import Loaded, load
from buildrunner.policy.judge import Denial, failing, judge, unjudged
from buildrunner.workspace import changes, git, proving_at


def run_check(context: Context) -> int:
    """Judge the change between two revisions by the policy of the base."""
    from buildrunner.cli.reports.choose import report

    reading, loaded = reading_of(context)
    arguments = context.arguments
    now = datetime.now(UTC)
    denials: list[Denial] = []
    server = Server(context, reading.change)
    try:
        server.ask()
        if loaded is not None:
            given = approvals_of(context, arguments.text("approvals"))
            denials = server.rejections + judge(
                loaded.policy,
                reading.change,
                approvals=[*given, *server.approvals],
                waivers=[*waivers_of(reading), *server.waivers],
                now=now,
            )
            server.pass_by(denials)
        server.tell(denials, _digest(reading))
    finally:
        server.close()
    failed = failing(denials)
    notes = unjudged(loaded.policy, reading.change) if loaded is not None else []
    answer = {**_answer(reading, loaded, denials, notes), "server": server.as_dict()}
    report(
        context, "governance", judged_rules(), results_of(denials, loaded), answer=answer,
        text=lambda: _print(context, reading, loaded, denials, notes, server),
    )  # fmt: skip
    return REFUSED if failed else OK


def reading_of(context: Context) -> tuple[changes.Reading, Loaded | None]:
    """The change and the policy of its base, which must be readable."""
    git.require(context.directory)
    head = context.arguments.text("head") or "HEAD"
    reading = changes.between(context.directory, base_of(context), head)
    tell(context, reading.change, base=base_of(context))
    if reading.policy is None:
        return reading, None
    loaded = readable(reading.policy[0], reading.policy[1], base_of(context))
    prefix = changes.prefix_of(context.directory, reading.root)
    reading.change.unproven = proving_at.unproven(
        reading.root, reading.change, loaded.policy, prefix=prefix
    )
    return reading, loaded


def readable(name: str, data: bytes, where: str) -> Loaded:
    """The policy of a file. Refuses one with errors: it must not let anything pass."""
    loaded = load(data, name)
    if not loaded.ok:
        errors = [finding for finding in loaded.findings if finding.severity == "error"]
        first = errors[0]
        raise Refusal(
            "policy_broken",
            f"the policy of {where} has {counted(len(errors), 'error')}, "
            f"{name}:{first.line}:{first.column}: {first.message}",
            hint="nothing is allowed by a policy that cannot be read",
            next_command="br governance validate",
            extra={"findings": [finding.as_dict() for finding in errors]},
        )
    return loaded


def base_of(context: Context) -> str:
    """`--base`, else the branch that GitHub names, else where the remote's HEAD points, else main."""
    given = context.arguments.text("base")
    if given is not None:
        return given
    named_by_host = os.environ.get("GITHUB_BASE_REF")
    if named_by_host:
        return f"origin/{named_by_host}"
    for name in ("origin/HEAD", "main", "master"):
        if git.run(["rev-parse", "--verify", "--quiet", name], context.directory, check=False):
            return name
    raise usage("br governance check needs --base REF: the branch to merge into")


def waivers_of(reading: changes.Reading) -> list[waiving.Waiver]:
    """Those of the base, and those that the change proposes to add."""
    found: list[waiving.Waiver] = []
    for source, proposed in ((reading.waivers, False), (reading.proposed, True)):
        if source is None or (proposed and source == reading.waivers):
            continue
        try:
            listed = waiving.load(source[1], proposed=proposed)
        except waiving.WaiverError as error:
            raise Refusal(
                "waivers_broken",
                f"{source[0]}:{error.line}:{error.column}: {error.message}",
                hint="no waiver counts until the file can be read",
            ) from None
        known = {(waiver.fingerprint, waiver.expires, waiver.approver) for waiver in found}
        found += [w for w in listed if (w.fingerprint, w.expires, w.approver) not in known]
    return found


def _digest(reading: changes.Reading) -> str:
    return hashlib.sha256(reading.policy[1]).hexdigest() if reading.policy else ""


def _answer(
    reading: changes.Reading,
    loaded: Loaded | None,
    denials: list[Denial],
    notes: list[tuple[str, str]],
) -> dict[str, Any]:
    failed = failing(denials)
    return {
        "ok": not failed,
        "base": reading.base,
        "head": reading.head,
        "merge_base": reading.merge_base,
        "policy": reading.policy[0] if loaded and reading.policy else None,
        "files": len(reading.change.files),
        "commits": len(reading.change.commits),
        "denials": [denial.as_dict() for denial in denials],
        "counts": counts(denials),
        "not_judged": [{"clause": clause, "unknown": member} for clause, member in notes],
    }


def counts(denials: list[Denial]) -> dict[str, int]:
    """How many of each severity, the waived ones apart."""
    found = {"block": 0, "approve": 0, "alert": 0, "waived": 0}
    for denial in denials:
        found["waived" if denial.waived_by is not None else denial.severity] += 1
    return found


def _print(
    context: Context,
    reading: changes.Reading,
    loaded: Loaded | None,
    denials: list[Denial],
    notes: list[tuple[str, str]],
    server: Server,
) -> None:
    out = context.out
    print_denials(out, denials, loaded)
    server.note()
    if loaded is None:
        out.note(f"the base {base_of(context)} has no policy: nothing is denied")
        out.hint("br governance init", "write one")
        return
    failed = failing(denials)
    size = (
        f"{counted(len(reading.change.files), 'file')}, "
        f"{counted(len(reading.change.commits), 'commit')}"
    )
    rest = [
        f"{number} {word}"
        for word, number in (
            ("alert", counts(denials)["alert"]),
            ("waived", counts(denials)["waived"]),
        )
        if number
    ]
    tail = f" ({', '.join(rest)})" if rest else ""
    if failed:
        out.note(f"denied: {counted(len(failed), 'reason')}{tail}; {size}")
        if server.linked and not server.silence and server.request is None:
            out.hint("br governance check --request", "asks for approval on the server")
        else:
            out.hint(f"br governance explain {failed[0].rule}")
    else:
        mark = out.paint(out.pick("✓", "ok"), "green", words=True)
        out.note(f"{mark} nothing is denied{tail}; {size}")
    unknown = sorted({member for _, member in notes})
    if unknown:
        clauses = ", ".join(clause for clause, _ in notes)
        flags = [f"--{name}" for name in unknown if name in ("title", "body", "branch")]
        how = f"; give {', '.join(flags)}" if flags else ""
        out.note(f"not judged, since not known here: {clauses}{how}")
