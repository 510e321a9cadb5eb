"""`br governance waive`: one denial set aside, for a reason, by somebody, until a day."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

from buildrunner.cli.commands.governance_check import reading_of, waivers_of
from buildrunner.cli.commands.governance_told import approvals_of
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, Refusal, usage
from buildrunner.policy import waivers as waiving
from buildrunner.policy.judge import Denial, failing, judge
from buildrunner.policy.rules import FIRM, named
from buildrunner.workspace import changes, files, policyfile


def run_waive(context: Context) -> int:
    """Write a waiver for the denials of a rule that stand now."""
    arguments = context.arguments
    rule = named(arguments.required("RULE"))
    if rule is None or rule.id in FIRM:
        name = arguments.required("RULE")
        message = f"{name} cannot be waived" if rule else f"there is no rule {name!r}"
        raise usage(message, next_command="br governance explain", code="not_waivable")
    given = {key: (arguments.text(key) or "").strip() for key in ("reason", "approver", "expires")}
    absent = [f"--{key}" for key, value in given.items() if not value]
    if absent:
        raise usage(
            f"a waiver needs {' and '.join(absent)}", next_command="br help governance waive"
        )
    expires = _day(given["expires"])
    reading, loaded = reading_of(context)
    if loaded is None:
        raise Refusal("nothing_to_waive", "the base has no policy: nothing is denied")
    now = datetime.now(UTC)
    denials = failing(
        judge(
            loaded.policy,
            reading.change,
            approvals=approvals_of(context, arguments.text("approvals")),
            waivers=[waiver for waiver in waivers_of(reading) if not waiver.proposed],
            now=now,
        )
    )
    path, prints = arguments.text("path"), arguments.texts("fingerprint")
    chosen = [
        denial
        for denial in denials
        if denial.rule == rule.id
        and (path is None or denial.path == _relative(context, reading.root, path))
        and (not prints or denial.fingerprint in prints)
    ]
    if not chosen:
        raise _nothing(rule.id, path, denials)
    written = [
        waiving.Waiver(
            rule.id, denial.fingerprint, given["reason"], given["approver"], expires, denial.path,
            now.strftime("%Y-%m-%d"),
        )
        for denial in chosen
    ]  # fmt: skip
    authors = waiving.authors_of(reading.change)
    refused = next(
        (why for w in written if (why := waiving.why_not(w, loaded.policy, authors, now))), None
    )
    if refused is not None:
        raise Refusal("waiver_refused", f"this waiver would not count: {refused}")
    target = _store(reading, written)
    for waiver in written:
        context.out.data(f"waived  {waiver.rule}  {waiver.path or 'the change'}  until {expires}")
    context.out.note(f"wrote {target}")
    context.out.hint(
        f"git add {target} && git commit",
        "it counts once it stands on the base, or its approvers approve the change that brings it",
    )
    context.out.emit({"path": target, "waivers": [waiver.as_dict() for waiver in written]})
    return OK


def _day(text: str) -> str:
    found = re.fullmatch(r"(\d{1,4})d", text)
    if found:
        return (datetime.now(UTC) + timedelta(days=int(found[1]))).strftime("%Y-%m-%d")
    ends = waiving.moment(text, end=True)
    if ends is None:
        raise usage(f"--expires takes a day such as 2027-01-31 or 30d, not {text!r}")
    if ends <= datetime.now(UTC):
        raise usage(f"--expires {text} is over already")
    return text


def _relative(context: Context, root: str, path: str) -> str:
    full = os.path.relpath(os.path.realpath(context.path(path)), os.path.realpath(root))
    return path if full.startswith("..") else full.replace(os.sep, "/")


def _nothing(rule: str, path: str | None, denials: list[Denial]) -> Refusal:
    places = sorted({denial.path or "the change" for denial in denials if denial.rule == rule})
    where = f" at {path}" if path else ""
    hint = f"it stands against {', '.join(places[:5])}" if places else ""
    return Refusal(
        "nothing_to_waive",
        f"{rule} denies nothing{where}",
        hint=hint,
        next_command="br governance check",
    )


def _store(reading: changes.Reading, written: list[waiving.Waiver]) -> str:
    folder = os.path.dirname(reading.policy[0] if reading.policy else policyfile.PLACES[0])
    name = f"{folder}/{changes.WAIVERS}"
    path = os.path.join(reading.root, name)
    try:
        known = waiving.load(files.read(path))
    except FileNotFoundError:
        known = []
    except waiving.WaiverError as error:
        raise Refusal(
            "waivers_broken", f"{name}:{error.line}:{error.column}: {error.message}"
        ) from None
    prints = {waiver.fingerprint for waiver in written}
    kept = [waiver for waiver in known if waiver.fingerprint not in prints]
    files.make_folder(os.path.dirname(path))
    files.write(path, waiving.dump([*kept, *written]))
    return name
