"""`br governance scan`: secrets in files, in what is staged, in a branch, in all of history."""

from __future__ import annotations

import os

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from buildrunner.policy.scan.baseline import Baseline
    from buildrunner.policy.scan.rules import ScanRules
    from buildrunner.policy.scan.scanner import Hit, Scanner
    from buildrunner.workspace.scan.blobs import Change
    from buildrunner.workspace.scan.texts import Text

    Lines = Callable[[], list[range] | None]

_COLORS = {"error": "red", "warning": "yellow", "note": "blue"}
_HELP = (
    "Revoke it where it was issued, then take it out and read it from the environment. "
    "If it is none: `br:allow-secret` and the reason in a comment on its line."
)
_PII_HELP = "Use made-up data, such as addresses at example.org."


class Found:
    """What a scan came to: findings beside those the baseline knows."""

    __slots__ = ("files", "hits", "known", "new", "size", "skipped")

    def __init__(self) -> None:
        self.files = self.size = 0
        self.skipped: list[str] = []
        self.hits: list[tuple[Text, Hit]] = []
        self.new: list[tuple[Text, Hit]] = []
        self.known = 0


def run_scan(context: Context) -> int:
    """Scan and report; exit code 1 when something is found that nobody knew of."""
    arguments = context.arguments
    _check(context)
    given = arguments.text("PATH")
    path = context.path(given) if given else context.directory
    root = _home(path)
    if not given:
        path = root
    policy = policy_of(root)
    scanner = _scanner(policy, pii=arguments.flag("pii"))
    found = _scan(scanner, _texts(context, root, path))
    if arguments.flag("update-baseline"):
        return _update(context, root, found, whole=path == root)
    _sort_out(found, _baseline(context, root))
    return _report(context, scanner.rules, found)


def scan_staged(context: Context) -> int:
    """The same for the pre-commit hook: silent unless a policy asks and something is found."""
    from buildrunner.policy.scan.rules import ScanRules
    from buildrunner.workspace.scan import blobs

    root = _home(context.directory)
    policy = policy_of(root)
    if not ScanRules.asked(policy):
        return OK
    scanner = _scanner(policy)
    found = _scan(scanner, ((t, _every_line) for t in blobs.texts(root, blobs.staged(root))))
    _sort_out(found, _baseline(context, root))
    for text, hit in found.new:
        context.out.note(f"br: {_line(context, text, hit)}")
    if not found.new:
        return OK
    context.out.note(f"br: {_summary(found)}\n    {_HELP}")
    return REFUSED if scanner.rules.blocks else OK


def _home(path: str) -> str:
    from buildrunner.workspace.scan.texts import home_of

    return os.path.realpath(home_of(path))


def _check(context: Context) -> None:
    """Refuse what does not go together."""
    arguments = context.arguments
    ways = [name for name in ("staged", "diff", "history") if name in arguments.values]
    if len(ways) > 1:
        raise usage(f"--{ways[0]} and --{ways[1]} do not go together")
    if arguments.flag("update-baseline") and set(ways) & {"staged", "diff"}:
        raise usage(f"--update-baseline needs the whole tree, not --{ways[0]}")


def policy_of(root: str) -> dict[str, Any] | None:
    """The policy of a repository; None without one. Raises a Refusal where it cannot be read."""
    from buildrunner.policy.document import load
    from buildrunner.workspace import policyfile

    held = policyfile.read(root)
    if held is None:
        return None
    loaded = load(held[1], held[0])
    if not loaded.ok:
        raise Refusal(
            "policy_invalid",
            f"{held[0]} cannot be judged by",
            next_command="br governance validate",
        )
    return loaded.policy


def _scanner(policy: dict[str, Any] | None, *, pii: bool = False) -> Scanner:
    from buildrunner.policy.scan.rules import ScanRules
    from buildrunner.policy.scan.scanner import Scanner
    from buildrunner.workspace.scan.store import RuleStore

    if pii:
        said = dict((policy or {}).get("secret_scan") or {})
        policy = {**(policy or {}), "secret_scan": {**said, "pii": True}}
    return Scanner(ScanRules.from_policy(policy), store=RuleStore())


def _texts(context: Context, root: str, path: str) -> Iterator[tuple[Text, Lines]]:
    """Everything to scan, each with a function that tells the lines that count (None: all)."""
    from buildrunner.workspace.scan import blobs, texts

    arguments = context.arguments
    near = os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/")
    base = arguments.text("diff")
    if base is not None:
        changes = {each.path: each for each in _under(near, blobs.since(root, base))}
        for text in blobs.texts(root, changes.values()):
            yield text, lambda: blobs.added_lines(root, changes[text.path])  # noqa: B023
        return
    if arguments.flag("staged"):
        found = blobs.texts(root, _under(near, blobs.staged(root)))
    elif arguments.flag("history"):
        found = blobs.texts(root, _under(near, blobs.history(root)))
    else:
        found = texts.in_folder(root, os.path.realpath(path))
    for text in found:
        yield text, _every_line


def _every_line() -> None:
    return None


def _under(near: str, changes: list[Change]) -> list[Change]:
    """The changes in a folder, or of one file."""
    if near == ".":
        return changes
    return [each for each in changes if each.path == near or each.path.startswith(near + "/")]


def _scan(scanner: Scanner, texts: Iterator[tuple[Text, Lines]]) -> Found:
    found = Found()
    seen: set[str] = set()
    for text, lines in texts:
        if text.data is None:
            found.skipped.append(text.path)
            continue
        found.files += 1
        found.size += len(text.data)
        hits = scanner.scan(text.data, text.path)
        wanted = lines() if hits else None
        for hit in hits:
            if wanted is not None and not any(hit.line in span for span in wanted):
                continue
            if text.commit and hit.fingerprint in seen:
                continue  # in history each secret is told once, where it came
            seen.add(hit.fingerprint)
            found.hits.append((text, hit))
    return found


def _baseline(context: Context, root: str) -> Baseline:
    """The baseline named, or the repository's own, or an empty one."""
    from buildrunner.policy.scan.baseline import Baseline, BaselineError
    from buildrunner.workspace.files import read

    named = context.arguments.text("baseline")
    path = _baseline_path(context, root)
    try:
        return Baseline.loads(read(path))
    except FileNotFoundError:
        if named is None:
            return Baseline()
        raise Refusal(
            "no_file",
            f"there is no baseline {path}",
            missing=[path],
            next_command=f"br governance scan --update-baseline --baseline {named}",
        ) from None
    except BaselineError as error:
        raise Refusal(
            "baseline_unreadable",
            f"{path}: {error}",
            next_command="br governance scan --update-baseline",
        ) from error


def _baseline_path(context: Context, root: str) -> str:
    from buildrunner.policy.scan.baseline import PATH

    named = context.arguments.text("baseline")
    return context.path(named) if named else os.path.join(root, PATH)


def _sort_out(found: Found, baseline: Baseline) -> None:
    """Set apart what the baseline knows."""
    pairs = [(text.path, hit) for text, hit in found.hits]
    left = {id(hit) for _, hit in baseline.without_known(pairs)}
    found.new = [pair for pair in found.hits if id(pair[1]) in left]
    found.known = len(found.hits) - len(found.new)


def _update(context: Context, root: str, found: Found, *, whole: bool) -> int:
    """Write the baseline anew; of history, or a part of the tree, add to it."""
    from buildrunner.policy.scan.baseline import Baseline
    from buildrunner.workspace import files

    path = _baseline_path(context, root)
    now = Baseline.of((text.path, hit) for text, hit in found.hits)
    old = _baseline(context, root) if os.path.exists(path) else Baseline()
    if context.arguments.flag("history") or not whole:
        now = now.joined(old)
    text = now.dumps().encode()
    changed = not os.path.exists(path) or files.read(path) != text
    if changed:
        files.make_folder(os.path.dirname(path))
        files.write(path, text)
    near = os.path.relpath(path, root)
    context.out.emit(
        {"baseline": near, "findings": len(now), "before": len(old), "changed": changed}
    )
    context.out.data(f"{near}: {len(now)} known findings, {len(old)} before")
    if changed:
        context.out.hint(f"git add {near}", "look at each of them first: known is not harmless")
    return OK


def _report(context: Context, rules: ScanRules, found: Found) -> int:
    ok = not found.new or not rules.blocks
    form = context.arguments.text("format") or "text"
    findings = [_as_dict(text, hit, rules) for text, hit in found.new]
    if form == "sarif":
        from json import dumps

        from buildrunner.cli.reports.sarif import sarif

        known = {rule.id: {"title": rule.title, "level": rule.severity} for rule in rules.rules}
        context.out.raw(dumps(sarif("br governance scan", known, findings), indent=2) + "\n")
        return OK if ok else REFUSED
    answer = {
        "ok": ok,
        "findings": findings,
        "known": found.known,
        "files": found.files,
        "bytes": found.size,
        "not_scanned": found.skipped,
    }
    if form == "json" and not context.out.json:
        from json import dumps

        context.out.raw(dumps(answer, indent=2) + "\n")
        return OK if ok else REFUSED
    context.out.emit(answer)
    for text, hit in found.new:
        context.out.data(_line(context, text, hit))
    for path in found.skipped:
        context.out.note(f"{path}: not scanned, it is larger than 64 MB")
    context.out.note(_summary(found))
    kinds = {hit.kind for _, hit in found.new}
    for kind, words in (("secret", _HELP), ("pii", _PII_HELP)):
        if kind in kinds:
            context.out.note(f"    {words}")
    if len(found.new) > 1:
        context.out.hint("br governance scan --update-baseline", "to live with what is there")
    return OK if ok else REFUSED


def _line(context: Context, text: Text, hit: Hit) -> str:
    level = context.out.paint(hit.severity, _COLORS[hit.severity])
    came = f", first in {text.commit[:12]}" if text.commit else ""
    return f"{text.path}:{hit.line}:{hit.column}: {level} {hit.rule}: {hit.masked}{came}"


def _summary(found: Found) -> str:
    files = f"{found.files} file{'' if found.files == 1 else 's'}"
    known = f", {found.known} more in the baseline" if found.known else ""
    count = len(found.new)
    if not count:
        return f"no secrets in {files}{known}"
    where = len({text.path for text, _ in found.new})
    return f"{count} finding{'' if count == 1 else 's'} in {where} of {files}{known}"


def _as_dict(text: Text, hit: Hit, rules: ScanRules) -> dict[str, Any]:
    finding: dict[str, Any] = {
        "rule": hit.rule,
        "level": hit.severity if rules.blocks else "warning",
        "kind": hit.kind,
        "path": text.path,
        "line": hit.line,
        "column": hit.column,
        "message": f"this looks like {hit.masked}",
        "title": hit.title,
        "help": _PII_HELP if hit.kind == "pii" else _HELP,
        "fingerprint": hit.fingerprint,
    }
    if hit.clause:
        finding["clause"] = hit.clause
    if text.commit:
        finding["commit"] = text.commit
    return finding
