"""Writing results in the form that `--format` names, on stdout or into `--output`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from buildrunner.cli.context import Context

FORMATS = "text|json|sarif|junit|github"


def report(
    context: Context,
    tool: str,
    rules: Mapping[str, Mapping[str, Any]],
    results: list[dict[str, Any]],
    *,
    answer: dict[str, Any],
    text: Callable[[], None],
) -> None:
    """Write what `--format` asks for: `text()` prints for people, `answer` is the JSON object.

    With `--output FILE` a document goes there and people read the text as well.
    """
    form = context.arguments.text("format") or "text"
    target = context.arguments.text("output")
    if context.out.json:
        context.out.emit(answer)
        if form in ("text", "json") or not target:
            return
    if form == "text" and not target:
        text()
        return
    document = render(form, tool, rules, results, answer)
    if target:
        from buildrunner.workspace import files

        files.write(context.path(target), document.encode("utf-8", "backslashreplace"))
        text()
        context.out.note(f"wrote {target}")
    else:
        context.out.raw(document)


def render(
    form: str,
    tool: str,
    rules: Mapping[str, Mapping[str, Any]],
    results: list[dict[str, Any]],
    answer: dict[str, Any],
) -> str:
    """The document as text."""
    if form == "sarif":
        from buildrunner.cli.reports.sarif import sarif

        return _json(sarif(f"BuildRunner {tool}", rules, results))
    if form == "junit":
        from buildrunner.cli.reports.junit import cases_of, junit

        return junit(tool, cases_of(rules, results, tool))
    if form == "github":
        from buildrunner.cli.reports.annotations import annotations

        return annotations(results)
    return _json(answer)


def _json(value: dict[str, Any]) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
