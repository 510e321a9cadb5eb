"""What a check may see of this machine: where it runs, which variables it gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from buildrunner.evidence.expectations.definitions import text, texts
from buildrunner.evidence.expectations.verdict import ExpectationError, brief

# Without these hardly any tool starts. Everything else is named by the check.
ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
# With these a check could sign or send evidence of its own making.
NEVER = ("BR_SIGNING_KEY", "BR_API_KEY")
DEFAULT_TIMEOUT = 600.0
LONGEST = 86_400.0


def environment(
    definition: Mapping[str, Any], around: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The variables of a check: ALWAYS and those its `env` names, where they are set."""
    names = texts(dict(definition), "env")
    for name in names:
        if name in NEVER:
            raise ExpectationError(f"env names {name}, which no check is given")
        if not name.replace("_", "a").isalnum() or name[0].isdigit():
            raise ExpectationError(f"env names {brief(name)}, which is no variable's name")
    given = {name: around[name] for name in (*ALWAYS, *names) if name in around}
    given.setdefault("PATH", os.defpath)
    given.setdefault("LANG", "C.UTF-8")
    return given


def inside(root: str, name: str, what: str, base: str = "") -> str:
    """The absolute path of `name`, which must lie in the repository after all links are followed.

    Raises ExpectationError where it does not.
    """
    if "\0" in name:
        raise ExpectationError(f"{what} {brief(name)} is no path")
    home = os.path.realpath(root)
    path = os.path.realpath(os.path.join(base or home, name))
    if path != home and not path.startswith(home.rstrip(os.sep) + os.sep):
        raise ExpectationError(f"{what} {brief(name)} leads out of the repository")
    return path


def folder(root: str, definition: dict[str, Any]) -> str:
    """`cwd` of a check, an existing folder in the repository; its root where none is said."""
    path = inside(root, text(definition, "cwd", "."), "cwd")
    if not os.path.isdir(path):
        raise ExpectationError(f"cwd {brief(definition.get('cwd'))} is no folder")
    return path


def timeout(definition: Mapping[str, Any], default: float = DEFAULT_TIMEOUT) -> float:
    """`timeout` in seconds."""
    value = definition.get("timeout", default)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= LONGEST:
        raise ExpectationError(
            f"timeout must be a number of seconds up to {LONGEST:.0f}, not {brief(value)}"
        )
    return float(value)
