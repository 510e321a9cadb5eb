"""Drafting for a stored draft: input without secrets and oddities, refusals with their line."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.server.domains.workbench.errors.create import DraftRefused
from buildrunner.server.domains.workbench.types.create import DraftIn
from buildrunner.spec.drafting import Request, addition, chosen, draft, empty_plan, exactly
from buildrunner.spec.drafting.operations import Addition
from buildrunner.spec.drafting.secrecy import without_secrets
from buildrunner.spec.errors import SpecError

EPOCH = "1970-01-01T00:00:00Z"
MOST_FACTS = 2 * 1024 * 1024
MOST_ANSWERS = 100
LONGEST_ANSWER = 300
NAMES = {
    "prompt": "prompt",
    "prd": "document",
    "repository": "repository",
    "tracker": "file",
    "model": "answer of a model",
}


def cleaned(given: DraftIn) -> DraftIn:
    """The input as it is stored: what looks like a secret is masked, nothing unstorable is in it.

    Raises DraftRefused for facts that are too large.
    """
    facts: dict[str, Any] = _clean(given.facts) if given.kind == "repository" else {}
    if len(json.dumps(facts)) > MOST_FACTS:
        raise DraftRefused(
            f"The facts have more than {MOST_FACTS:,} bytes.", reason="draft_too_large"
        )
    name = " ".join(_storable(given.name).split())[:200] or NAMES.get(given.kind, given.kind)
    text = "" if given.kind == "repository" else without_secrets(_storable(given.text))
    return DraftIn(given.kind, text, name, given.format or None, facts)


def drafted(
    given: DraftIn, existing: dict[str, Any] | None, answers: dict[str, str]
) -> dict[str, Any]:
    """The draft as JSON. Raises DraftRefused with `reason`, `line`, `hint` and `findings`."""
    request = Request(
        given.kind,
        given.text,
        name=given.name,
        facts=given.facts,
        format=given.format,
        existing=existing,
        answers=answers,
    )
    try:
        return draft(request).as_dict()
    except SpecError as error:
        raise refused(error) from None


def refused(error: SpecError) -> DraftRefused:
    """An engine's refusal in words and members."""
    members: dict[str, Any] = {"reason": error.code}
    if error.line is not None:
        members["line"] = error.line
    findings = getattr(error, "findings", None)
    if findings:
        members["findings"] = findings
    place = f"Line {error.line}: " if error.line is not None else ""
    hint = f" {error.hint[0].upper()}{error.hint[1:]}." if error.hint else ""
    words = error.message[0].upper() + error.message[1:] if not place else error.message
    return DraftRefused(f"{place}{words}.{hint}", **members)


def clean_answers(answers: dict[str, Any]) -> dict[str, str]:
    """Answers by question, in one line each; empty ones are none."""
    kept: dict[str, str] = {}
    for name, value in list(answers.items())[:MOST_ANSWERS]:
        text = " ".join(without_secrets(_storable(str(value))).split())[:LONGEST_ANSWER]
        if text:
            kept[_storable(str(name))[:64]] = text
    return kept


def additions(
    plan: dict[str, Any],
    content: dict[str, Any],
    wanted: list[str] | None,
    *,
    whole: bool,
    now: str,
) -> Addition:
    """What accepting adds: `whole` takes what lies below a named item, else exactly those named.

    Raises DraftRefused.
    """
    items = content["items"]
    try:
        picked = chosen(items, wanted) if wanted is None or whole else exactly(items, wanted)
        return addition(plan, picked, now=now)
    except SpecError as error:
        raise refused(error) from None


def first_plan(title: str, project_id: str, now: str) -> dict[str, Any]:
    """The plan that a draft begins in a project without one."""
    return empty_plan(title, project_id, now=now)


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(_storable(value))
    if isinstance(value, list):
        return [_clean(each) for each in value[:20_000]]
    if isinstance(value, dict):
        return {_storable(str(name))[:400]: _clean(each) for name, each in value.items()}
    return value
