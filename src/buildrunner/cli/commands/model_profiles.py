"""`br models list|set|remove`: what models are good for."""

from __future__ import annotations

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import USAGE, Refusal
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import ModelProfile

_SWITCH = {"on": True, "off": False}
_NEEDED = ("provider", "tasks", "quality", "speed", "context", "max-output")


def run_list(context: Context) -> int:
    """The models that may be chosen, with what the organization thinks of them."""
    out, link = context.out, link_of(context.workspace)
    with connect(context.settings) as client:
        org_id = client.projects.get(link.project_id).org_id
        found = list(client.models.list(org_id))
    out.emit({"models": msgspec.to_builtins(found)})
    _show(context, found)
    return 0


def run_set(context: Context) -> int:
    """Set a profile; what is not given stays as it is known."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    model = arguments.required("MODEL")
    given = {name: arguments.text(name) for name in _NEEDED}
    switch = arguments.text("state")
    with connect(context.settings) as client:
        org_id = client.projects.get(link.project_id).org_id
        known = next((one for one in client.models.list(org_id) if one.model == model), None)
        missing = [f"--{name}" for name, value in given.items() if value is None]
        if known is None and missing:
            raise Refusal(
                "profile_incomplete",
                f"nothing is known of {model} yet: {', '.join(missing)} are needed too",
                exit_code=USAGE,
            )
        made = client.models.set(
            org_id,
            model,
            provider=given["provider"] or (known.provider if known else ""),
            task_types=_tasks(given["tasks"])
            if given["tasks"]
            else known.task_types
            if known
            else [],
            quality=given["quality"] or (known.quality if known else ""),
            speed=given["speed"] or (known.speed if known else ""),
            context=arguments.number("context", known.context if known else 0),
            max_output=arguments.number("max-output", known.max_output if known else 0),
            enabled=_SWITCH[switch] if switch else known is None or known.enabled,
        )
    out.emit({"models": [msgspec.to_builtins(made)]})
    _show(context, [made])
    return 0


def run_remove(context: Context) -> int:
    """Take a profile of the organization's own back."""
    out, link = context.out, link_of(context.workspace)
    model = context.arguments.required("MODEL")
    with connect(context.settings) as client:
        org_id = client.projects.get(link.project_id).org_id
        known = next((one for one in client.models.list(org_id) if one.model == model), None)
        if known is None or not known.own:
            raise Refusal(
                "profile_absent",
                f"the organization has no profile of its own for {model}"
                + ("; the shipped one cannot be removed, only switched off" if known else ""),
                next_command=f"br models set {model} --state off" if known else "br models list",
            )
        client.models.remove(org_id, model)
        left = next((one for one in client.models.list(org_id) if one.model == model), None)
    out.emit({"removed": model, "shipped": left is not None})
    out.note(f"{model}: the shipped profile holds again" if left else f"{model} is no longer known")
    return 0


def _tasks(text: str) -> list[str]:
    return [one for one in text.replace(",", " ").split() if one]


def _show(context: Context, found: list[ModelProfile]) -> None:
    out = context.out
    width = max((len(one.model) for one in found), default=5)
    out.data(f"{'model':<{width}}  quality  speed  {'context':>9}  for")
    for one in found:
        off = "" if one.enabled else "  switched off"
        own = "  own" if one.own else ""
        out.data(
            f"{one.model:<{width}}  {one.quality:>7}  {one.speed:>5}  {one.context:>9,}  "
            f"{', '.join(one.task_types)}{own}{off}"
        )
