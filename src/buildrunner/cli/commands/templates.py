"""`br qa templates`: the library of criteria, and what each of them leaves open."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, Refusal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.cli.output import Output
    from buildrunner.evidence.templates import Template


def run_templates(context: Context) -> int:
    """List the templates, those of a category, or show one with its parameters."""
    from buildrunner.evidence.templates.library import CATEGORIES, TemplateError, find, templates

    arguments, out = context.arguments, context.out
    category, name = arguments.text("category"), arguments.text("NAME")
    if category is not None and category not in CATEGORIES:
        raise usage(f"--category takes one of {', '.join(CATEGORIES)}; not {category!r}")
    try:
        chosen = [find(name)] if name else templates()
    except TemplateError as error:
        raise Refusal(
            error.code, error.message, hint=error.hint, next_command="br qa templates"
        ) from None
    if category is not None:
        chosen = [each for each in chosen if each.category == category]
    out.emit({"templates": [each.as_dict() for each in chosen]})
    if name:
        _show(out, chosen[0]) if chosen else None
        return OK
    width = max((len(each.name) for each in chosen), default=0)
    told = ""
    for each in chosen:
        if each.category != told:
            told = each.category
            out.data(out.paint(told, "bold"))
        out.data(f"  {each.name:<{width}}  {each.title}")
    out.hint("br qa templates NAME", "its criteria, checks and parameters")
    return OK


def _show(out: Output, template: Template) -> None:
    out.data(f"{out.paint(template.name, 'cyan')}  {out.paint(template.title, 'bold')}")
    out.data(f"  category      {template.category}")
    for number, text in enumerate(template.criteria):
        out.data(f"  criterion {number}   {text}")
    for check in template.checks:
        what = (
            check.get("run") or check.get("url") or check.get("path") or "a person looks and signs"
        )
        out.data(f"  check         {check['kind']} {check['id']}: {what}")
    for parameter in template.parameters:
        default = "" if parameter.default is None else f" (default {parameter.default})"
        out.data(f"  parameter     {parameter.name}: {parameter.text}{default}")
    needed = " ".join(
        f"--set {each.name}=…" for each in template.parameters if each.default is None
    )
    out.hint(f"br qa add ID --template {template.name} {needed}".rstrip())
