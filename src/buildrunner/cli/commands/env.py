"""`br env verify`: which features the keys in `.env` turn on, with every secret masked."""

from __future__ import annotations

import os

from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = {
    "set": ("set", "green"),
    "unset": ("not set", "dim"),
    "placeholder": ("still the example", "yellow"),
    "malformed": ("not as it should be", "red"),
}


def run_verify(context: Context) -> int:
    """Check the keys of `.env` and the environment, which goes first."""
    from buildrunner.workspace.envfile import FEATURES, KEYS

    out = context.out
    wanted = context.arguments.texts("only")
    for name in wanted:
        if name not in FEATURES:
            raise usage(f"--only takes one of {', '.join(FEATURES)}; not {name!r}")
    path, values = _values(context)
    features = []
    missing: list[str] = []
    for feature, meaning in FEATURES.items():
        keys = [_key(key, values) for key in KEYS if key.feature == feature]
        judgement = _state(keys)
        bad = [key["name"] for key in keys if key["state"] != "set"]
        if (feature in wanted and bad) or (judgement == "incomplete" and not wanted):
            missing += bad
        features.append({"name": feature, "meaning": meaning, "state": judgement, "keys": keys})
    shown = [each for each in features if not wanted or each["name"] in wanted]
    answer = {"ok": not missing, "path": path, "missing": missing, "features": shown}
    for each in shown:
        _print(context, each)
    if not missing:
        out.emit(answer)
        on = [str(each["name"]) for each in shown if each["state"] == "ready"]
        out.note(f"ready: {', '.join(on)}" if on else "every feature is off; that is fine")
        return OK
    raise Refusal(
        "env_incomplete",
        f"{', '.join(missing)}: missing or not usable",
        hint=f"set them in {path} or in the environment",
        missing=missing,
        next_command="br env verify",
        exit_code=REFUSED,
        extra={key: answer[key] for key in ("path", "features")},
    )


def _values(context: Context) -> tuple[str, dict[str, str]]:
    """(path of the file, its values with the environment's over them)."""
    from buildrunner.workspace import envfile
    from buildrunner.workspace.files import read

    given = context.arguments.text("PATH")
    workspace = None if given else context.workspace_or_none()
    folder = workspace.root if workspace is not None else context.directory
    path = context.path(given) if given else os.path.join(folder, ".env")
    names = {key.name for key in envfile.KEYS}
    environment = {name: value for name, value in os.environ.items() if name in names and value}
    try:
        text = read(path).decode(errors="replace")
    except FileNotFoundError:
        if not given and environment:
            return path, environment
        raise Refusal(
            "no_env",
            f"there is no {path}",
            hint="nothing in it is required before you use the feature",
            missing=[path],
            next_command=f"cp {envfile.EXAMPLE} .env",
        ) from None
    values, broken = envfile.parse(text)
    for number in broken:
        context.out.note(f"{path}:{number}: neither KEY=value nor a comment; not read")
    return path, {**values, **environment}


def _key(key: Any, values: dict[str, str]) -> dict[str, Any]:
    from buildrunner.cli.masking import masked
    from buildrunner.workspace.envfile import judge

    state = judge(key, values)
    value = values.get(key.name, "")
    shown = masked(value) if key.secret or state == "malformed" else value
    return {
        "name": key.name,
        "state": state,
        "value": shown or None,
        "expected": key.form if state == "malformed" else None,
    }


def _state(keys: list[dict[str, Any]]) -> str:
    states = {key["state"] for key in keys}
    if states == {"set"}:
        return "ready"
    return "off" if states == {"unset"} else "incomplete"


def _print(context: Context, feature: dict[str, Any]) -> None:
    out = context.out
    color = {"ready": "green", "off": "dim", "incomplete": "red"}[feature["state"]]
    state = out.paint(feature["state"], color)
    out.data(
        f"{out.paint(feature['name'], 'bold')}  {state}  {out.paint(feature['meaning'], 'dim')}"
    )
    for key in feature["keys"]:
        words, color = _WORDS[key["state"]]
        tail = f": {key['expected']}" if key["expected"] else ""
        out.data(f"  {key['name']:<27}{key['value'] or '-':<34}{out.paint(words, color)}{tail}")
