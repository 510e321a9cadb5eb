"""`br drift`: where plan, repository, evidence and server say different things."""

from __future__ import annotations

from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.drifting import Looked, look, run_checks
from buildrunner.cli.errors import OK, REFUSED, usage
from buildrunner.cli.layout import flat
from buildrunner.cli.reports.choose import render
from buildrunner.cli.reports.choose import report as write_report
from buildrunner.spec.drift import KINDS

MOST = 20
_COLORS = {"error": "red", "warning": "yellow"}
_RULES = {
    code: {"title": title, "help": mend, "level": level}
    for code, (level, title, mend) in KINDS.items()
}


def run_drift(context: Context) -> int:
    """Look, print, and on wish report; exit code 1 where anything was found."""
    arguments, out = context.arguments, context.out
    days = arguments.number("days", 7)
    if days < 1:
        raise usage("--days takes a number from 1", next_command="br help drift")
    if arguments.flag("run"):
        ran, untrusted = run_checks(context)
        out.note(f"ran {ran} check{'' if ran == 1 else 's'} of what is done")
        if untrusted:
            out.note(f"{untrusted} more are not trusted here and were not run: br qa trust")
    found = look(context, base=arguments.text("base") or "", days=days)
    answer = found.as_dict() | {"reported": None}
    if arguments.flag("report"):
        from buildrunner.cli.drift_report import report_drift

        answer["reported"] = report_drift(context, found)
    results = [_result(each.as_dict()) for each in found.findings]
    if arguments.flag("sarif") and not out.json:
        out.raw(render("sarif", "drift", _RULES, results, answer))
    else:
        write_report(
            context, "drift", _RULES, results, answer=answer, text=lambda: _print(context, found)
        )
    _last_words(context, found)
    return REFUSED if found.findings else OK


def _result(finding: dict[str, Any]) -> dict[str, Any]:
    from hashlib import sha256

    stable = [finding["code"], finding.get("id"), finding.get("field"), finding["where"]]
    return {
        "rule": finding["code"],
        "level": finding["level"],
        "message": finding["what"],
        "path": finding.get("path"),
        "line": finding.get("line"),
        "title": KINDS[finding["code"]][1],
        "help": f"{KINDS[finding['code']][2]}: {finding['command']}",
        "fingerprint": sha256(repr(stable).encode("utf-8", "replace")).hexdigest()[:32],
    }


def _print(context: Context, found: Looked) -> None:
    out = context.out
    for code, number in found.counts().items():
        level, title, _ = KINDS[code]
        out.data(f"{out.paint(title, _COLORS[level])} ({number})")
        listed = [each for each in found.findings if each.code == code]
        for each in listed[:MOST]:
            out.data(f"  {out.paint(flat(each.where), 'cyan')}  {flat(each.what)}")
            out.data(f"    {out.paint(flat(each.command), 'dim')}")
        if number > MOST:
            out.data(f"  and {number - MOST} more (--json lists all)")


def _last_words(context: Context, found: Looked) -> None:
    out = context.out
    if found.since is not None:
        counted = f"commits and files since {found.since.commit[:12]} ({found.since.words})"
        out.note(f"looked at {counted}")
    else:
        out.note("no git commits here: commits and files were not looked at")
    if found.server["checked"]:
        out.note(f"compared with revision {found.server['revision']} of the server")
    else:
        out.note(f"the server was not asked: {found.server['why']}")
    if not found.findings:
        mark = out.paint(out.pick("✓", "ok"), "green", words=True)
        out.note(f"{mark} nothing drifted")
