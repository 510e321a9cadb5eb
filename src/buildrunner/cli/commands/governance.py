"""`br governance validate` and `br governance explain`."""

from __future__ import annotations

import os
import sys
from typing import Any

from buildrunner.cli.commands.lint import read_file, shown
from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, REFUSED, USAGE, Refusal
from buildrunner.policy.document import Loaded, load
from buildrunner.policy.findings import ERROR, MENDS, RULES
from buildrunner.policy.rules import FIRM, Rule, named
from buildrunner.policy.rules import RULES as JUDGES
from buildrunner.workspace import git, policyfile

_COLORS = {"error": "red", "warning": "yellow"}


def root_of(context: Context) -> str:
    """Where the policy is looked for: the workspace, else the git repository, else here."""
    workspace = context.workspace_or_none()
    if workspace is not None:
        return workspace.root
    return git.top_level(context.directory) or context.directory


def policy_here(context: Context) -> tuple[str, bytes]:
    """(path as shown, bytes) of the policy in the working tree. Refuses where there is none."""
    root = root_of(context)
    found = policyfile.read(root)
    if found is None and (top := git.top_level(context.directory)) is not None:
        root = top
        found = policyfile.read(root)
    if found is None:
        raise no_policy(root)
    return shown(os.path.join(root, found[0])), found[1]


def no_policy(root: str) -> Refusal:
    """The refusal where a command needs a policy and there is none."""
    return Refusal(
        "no_policy",
        f"there is no policy in {root}",
        hint=f"it is looked for at {' and '.join(policyfile.PLACES)}",
        missing=[policyfile.PLACES[0]],
        next_command="br governance init",
        exit_code=NO_WORKSPACE,
    )


def run_validate(context: Context) -> int:
    """Tell everything that is wrong with a policy file, with its place."""
    from buildrunner.cli.reports.choose import report

    name, data = _given(context)
    loaded = load(data, name)
    errors = sum(finding.severity == ERROR for finding in loaded.findings)
    warnings = len(loaded.findings) - errors
    ok = not errors and not (context.arguments.flag("strict") and warnings)
    results = [
        {
            "rule": finding.code,
            "level": finding.severity,
            "message": finding.message,
            "path": name,
            "line": finding.line,
            "column": finding.column,
            "title": RULES[finding.code][1],
            "help": finding.hint,
        }
        for finding in loaded.findings
    ]
    rules = {
        code: {"title": title, "help": MENDS[code], "level": severity}
        for code, (severity, title) in RULES.items()
    }
    answer = {
        "ok": ok,
        "path": name,
        "errors": errors,
        "warnings": warnings,
        "findings": [finding.as_dict() for finding in loaded.findings],
    }
    report(
        context, "policy", rules, results, answer=answer,
        text=lambda: _print(context, name, loaded, errors, warnings),
    )  # fmt: skip
    return OK if ok else REFUSED


def _given(context: Context) -> tuple[str, bytes]:
    given = context.arguments.text("PATH")
    if given is None:
        return policy_here(context)
    if given == "-":
        return "<stdin>", sys.stdin.buffer.read()
    path = context.path(given)
    if os.path.isdir(path):
        found = policyfile.read(path)
        if found is None:
            raise no_policy(path)
        return shown(os.path.join(path, found[0])), found[1]
    return shown(path), read_file(path)


def _print(context: Context, name: str, loaded: Loaded, errors: int, warnings: int) -> None:
    out = context.out
    for finding in loaded.findings:
        severity = out.paint(finding.severity, _COLORS[finding.severity])
        place = f"{name}:{finding.line}:{finding.column}"
        out.data(f"{place}: {severity} {finding.code} {finding.message}")
        out.data("    " + out.paint(finding.hint, "dim"))
    if errors or warnings:
        out.note(f"{name}: {counted(errors, 'error')}, {counted(warnings, 'warning')}")
    else:
        sections = ", ".join(
            key for key in loaded.policy if isinstance(loaded.policy[key], (dict, list))
        )
        out.note(
            f"{out.paint(out.pick('✓', 'ok'), 'green', words=True)} {name}: {sections or 'no sections'}"
        )


def counted(number: int, noun: str) -> str:
    """`1 denial`, `2 denials`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def run_explain(context: Context) -> int:
    """What a rule denies, why, and how it is mended; without a name the list of all."""
    name = context.arguments.text("RULE")
    if name is None:
        return _list(context)
    rule = named(name)
    code = name.strip().upper()
    if rule is None and code in RULES:
        return _explain_code(context, code)
    if rule is None:
        from buildrunner.cli.nearest import nearest, suggestion

        close = nearest(name.lower().replace("_", "-"), [*JUDGES, *RULES])
        raise Refusal(
            "unknown_rule",
            f"there is no rule {name!r}{suggestion(close)}",
            next_command=f"br governance explain {close[0]}" if close else "br governance explain",
            exit_code=USAGE,
            extra={"nearest": close},
        )
    return _explain(context, rule)


def _list(context: Context) -> int:
    out = context.out
    for rule in JUDGES.values():
        out.data(f"{rule.id:<22}{rule.action:<9}{rule.title}")
    for code, (severity, title) in RULES.items():
        out.data(f"{code:<22}{severity:<9}{title}")
    rules = [{"rule": r.id, "action": r.action, "title": r.title} for r in JUDGES.values()]
    codes = [{"code": c, "severity": s, "title": t} for c, (s, t) in RULES.items()]
    out.emit({"rules": rules, "codes": codes})
    return OK


def _explain_code(context: Context, code: str) -> int:
    severity, title = RULES[code]
    out = context.out
    out.data(f"{out.paint(code, 'bold')}  {title} ({severity} in a policy file)\n\n{MENDS[code]}")
    out.emit({"code": code, "severity": severity, "title": title, "mend": MENDS[code]})
    return OK


def _explain(context: Context, rule: Rule) -> int:
    from textwrap import fill

    out = context.out
    asked, place = _asked(context, rule)
    actions = {
        "block": "stops the change",
        "approve": "stops the change until those named approve",
        "alert": "only tells",
    }
    out.data(f"{out.paint(rule.id, 'bold')}  {rule.title}")
    out.data(f"\n{fill(rule.why, out.width)}\n")
    out.data(f"mend    {rule.mend}")
    out.data(f"action  {rule.action}: {actions[rule.action]}, unless `violations.{rule.id}` or "
             f"`violations.{rule.group}` says otherwise")  # fmt: skip
    out.data(f"waiver  {'never' if rule.id in FIRM else f'br governance waive {rule.id}'}")
    out.data(f"clause  {rule.clause}{f' ({place})' if place else ''}")
    if asked is not None:
        import json

        out.data(f"here    {json.dumps(asked, ensure_ascii=False)}")
    out.emit(
        {
            **rule._asdict(),
            "rule": rule.id,
            "waivable": rule.id not in FIRM,
            "policy": asked,
            "place": place or None,
        }
    )
    return OK


def _asked(context: Context, rule: Rule) -> tuple[Any, str]:
    """(what the policy here says under the rule's clause, its place); (None, "") without one."""
    try:
        name, data = policy_here(context)
    except Exception:
        return None, ""
    loaded = load(data, name)
    value: Any = loaded.policy
    for key in rule.clause.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    line = loaded.places.get(rule.clause, (0, 0))[0]
    return value, f"{name}:{line}" if line else ""
