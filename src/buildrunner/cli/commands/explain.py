"""`br explain`: the plan or a part of it in prose, and a guided tour; no model, no network."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import usage
from buildrunner.cli.subjects import entity_of
from buildrunner.workspace.proven import any_evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from buildrunner.workspace.folder import Workspace


def run_explain(context: Context) -> int:
    """Print Markdown; --json prints sentences with the ids they stand on."""
    from buildrunner.spec.narrative import markdown
    from buildrunner.spec.narrative.language import LANGUAGES
    from buildrunner.spec.narrative.tell import narrate
    from buildrunner.spec.narrative.tour import walkthrough

    arguments, out = context.arguments, context.out
    _, plan = context.workspace.read()
    asked = arguments.text("ID")
    identifier = entity_of(plan, asked).id if asked else ""
    tour, overview = arguments.flag("tour"), arguments.flag("overview")
    if tour + overview + bool(asked) > 1:
        raise usage("choose one of an id, --overview and --tour")
    language = arguments.text("language") or "en"
    options: dict[str, Any] = {
        "audience": arguments.text("audience") or ("technical" if tour else "general"),
        "language": language,
        "proven": _proven(context.workspace, plan),
    }
    if tour:
        stops = walkthrough(plan, **options)
        text = markdown.render_tour(str(plan.get("title") or "Plan"), stops, language)
        out.emit({"narratives": [], "stops": [stop.as_dict() for stop in stops], "text": text})
    else:
        told = [narrate(plan, identifier, **options)]
        if overview:
            below = [each["id"] for each in plan.get("milestones", ()) if each.get("id")]
            told += [narrate(plan, each, **options) for each in below]
        text = markdown.render_overview(told)
        out.emit({"narratives": [each.as_dict() for each in told], "stops": [], "text": text})
        if told[0].language != language.replace("_", "-").split("-")[0].casefold():
            known = ", ".join(LANGUAGES)
            out.note(f"told in English: without a model the languages are {known}")
    if not out.json:
        out.raw(text)
    return 0


def _proven(workspace: Workspace, plan: dict[str, Any]) -> Collection[str]:
    """The microsteps whose `done` has evidence in this working tree."""
    if not any_evidence(workspace):
        return ()
    from buildrunner.spec.document import microsteps
    from buildrunner.workspace.proving import Judge

    judge = Judge(workspace, plan)
    done = (each for each in microsteps(plan) if each.value.get("status") == "done")
    return {each.id for each in done if judge.prove(each).proven}
