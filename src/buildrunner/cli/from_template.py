"""A template of the library, filled in and fitted to a microstep: its criteria and checks."""

from __future__ import annotations

from typing import Any

from buildrunner.cli.arguments import Arguments
from buildrunner.cli.errors import Refusal, usage
from buildrunner.evidence.checks import checks_in, criteria_of
from buildrunner.evidence.templates import TemplateError, fill, find
from buildrunner.spec.document import Entity


def filled(arguments: Arguments, entity: Entity) -> tuple[list[str], list[dict[str, Any]]]:
    """(criteria of the microstep afterwards, checks to add) for `--template` and its `--set`.

    With `--criterion` the checks stand for that criterion and no text is added.
    """
    if entity.kind != "microstep":
        raise usage("a template brings criteria: name a microstep", next_command="br help qa add")
    name = arguments.text("template") or ""
    try:
        criteria, checks = fill(find(name), _parameters(arguments))
    except TemplateError as error:
        raise Refusal(
            error.code,
            error.message,
            hint=error.hint,
            missing=error.missing,
            next_command=f"br qa templates {name}" if error.missing else "br qa templates",
            exit_code=2,
        ) from None
    texts = criteria_of(entity)
    if (chosen := arguments.text("criterion")) is not None:
        from buildrunner.cli.criteria import criterion_number

        places = [criterion_number(chosen, entity)] * len(criteria)
    else:
        texts += [text for text in criteria if text not in texts]
        places = [texts.index(text) for text in criteria]
    taken = {check.id for check in checks_in(entity)}
    return texts, [_fitted(check, places, taken, arguments) for check in checks]


def _parameters(arguments: Arguments) -> dict[str, str | float]:
    given: dict[str, str | float] = {}
    for assignment in arguments.texts("set"):
        name, sign, value = assignment.partition("=")
        if not sign or not name:
            raise usage(f"--set takes NAME=VALUE, not {assignment!r}")
        given[name] = value
    return given


def _fitted(
    check: dict[str, Any], places: list[int], taken: set[str], arguments: Arguments
) -> dict[str, Any]:
    made = dict(check)
    if "criterion" in made:
        made["criterion"] = places[made["criterion"]]
    name, number = made["id"], 2
    while made["id"] in taken:
        made["id"], number = f"{name}-{number}", number + 1
    taken.add(made["id"])
    if paths := arguments.texts("path"):
        made["paths"] = list(dict.fromkeys([*made.get("paths", ()), *paths]))
    return made
