"""Where a pack comes from: shipped, a file, an address; and what an upgrade builds on."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import UNREACHABLE, USAGE, Refusal, usage
from buildrunner.spec.blueprints import find as find_shipped
from buildrunner.spec.blueprints import load, render
from buildrunner.spec.blueprints.parameters import declared
from buildrunner.spec.blueprints.reading import MAX_BYTES
from buildrunner.spec.blueprints.standing import entry_of
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.blueprints import Fragment
    from buildrunner.workspace.folder import Workspace

_KEPT = "blueprints"
_SECONDS = 20.0


class Pack:
    """A blueprint, its bytes, and where it came from."""

    __slots__ = ("blueprint", "data", "origin")

    def __init__(self, blueprint: dict[str, Any], data: bytes, origin: str) -> None:
        self.blueprint = blueprint
        self.data = data
        self.origin = origin


def find(context: Context, name: str) -> Pack:
    """NAME, NAME@VERSION, a file, or an https address. Raises Refusal."""
    if "://" in name:
        return _loaded(_fetched(name), name, name.partition("?")[0])
    if (
        name == "-"
        or name.endswith(".json")
        or os.sep in name
        or os.path.isfile(context.path(name))
    ):
        return _loaded(read_file(context, name), name, "")
    bare, _, version = name.partition("@")
    entry = find_shipped(bare, f"={version}" if version else "*")
    if entry is not None:
        return Pack(entry.blueprint, entry.text.encode(), "shipped")
    from buildrunner.spec.blueprints import catalog

    names = [each.name for each in catalog()]
    raise Refusal(
        "unknown_blueprint",
        f"no blueprint that comes with br is called {name!r}",
        hint=f"there is {', '.join(names)}; or give a file or an https address",
        next_command="br blueprint list",
    )


def read_file(context: Context, name: str) -> bytes:
    """The bytes of a file; of a larger one just enough to be refused."""
    from buildrunner.cli.commands.lint import read_file as read

    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    path = context.path(name)
    if os.path.isfile(path) and os.path.getsize(path) > MAX_BYTES:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    return read(path)


def _loaded(data: bytes, name: str, origin: str) -> Pack:
    reading = load(data, name)
    if reading.blueprint is None:
        first = reading.errors[0]
        more = f" and {len(reading.errors) - 1} more" if len(reading.errors) > 1 else ""
        raise Refusal(
            "blueprint_invalid",
            f"{name}:{first.line}:{first.column} {first.code} {first.message}{more}",
            hint=first.hint,
            next_command="" if origin or name == "-" else f"br blueprint lint {name}",
            extra={"findings": [finding.as_dict() for finding in reading.findings]},
        )
    return Pack(reading.blueprint, data, origin)


def _fetched(url: str) -> bytes:
    """The bytes at an address, over TLS, never more than a blueprint may have."""
    if not url.startswith("https://"):
        raise Refusal(
            "blueprint_insecure",
            f"{url.partition(':')[0]}:// is not taken: what arrives could be anybody's",
            hint="give an https address, or a file",
            exit_code=USAGE,
        )
    import httpx

    from buildrunner import __version__

    headers = {"User-Agent": f"buildrunner/{__version__}", "Accept-Encoding": "identity"}
    data = b""
    try:
        with httpx.stream(
            "GET", url, headers=headers, timeout=_SECONDS, follow_redirects=False
        ) as answer:
            if answer.status_code != 200:
                raise Refusal(
                    "blueprint_fetch_failed",
                    f"{url} answered {answer.status_code}",
                    hint="give the address of the document itself; redirects are not followed",
                )
            for part in answer.iter_raw():
                data += part
                if len(data) > MAX_BYTES:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refusal(
            "blueprint_fetch_failed",
            f"{url} could not be read: {error or type(error).__name__}",
            hint="check the address and the network",
            exit_code=UNREACHABLE,
        ) from None
    return data


def values_for(found: list[Pack], words: list[str]) -> list[dict[str, str]]:
    """`NAME=VALUE` goes to every pack that knows NAME, `PACK.NAME=VALUE` to that one."""
    values: list[dict[str, str]] = [{} for _ in found]
    for word in words:
        place, sign, value = word.partition("=")
        pack, dot, name = place.partition(".")
        if not sign or not place:
            raise usage(f"--set takes NAME=VALUE, not {word!r}")
        taken = False
        for one, given in zip(found, values, strict=True):
            if dot and one.blueprint["name"] != pack:
                continue
            key = name if dot else place
            if any(row["name"] == key for row in declared(one.blueprint)):
                given[key] = value
                taken = True
        if not taken:
            names = [row["name"] for one in found for row in declared(one.blueprint)]
            raise usage(
                f"no parameter is called {place!r}; there is {', '.join(names) or 'none'}",
                code="unknown_parameter",
            )
    return values


def refusal(error: SpecError) -> Refusal:
    """A SpecError as the command says it."""
    wrong = error.code in ("invalid_resolution", "blueprint_parameters")
    return Refusal(
        error.code, error.message, hint=error.hint or "", exit_code=USAGE if wrong else 1
    )


def keep(workspace: Workspace, found: list[Pack]) -> None:
    """Keep what was applied beside the journal: a later version merges against it."""
    from buildrunner.workspace import files

    folder = os.path.join(workspace.state_dir, _KEPT)
    for one in found:
        if one.origin == "shipped":
            continue
        os.makedirs(folder, exist_ok=True)
        files.write(_path(folder, one.blueprint["name"], one.blueprint["version"]), one.data)


def bases(
    workspace: Workspace, plan: dict[str, Any], fragments: list[Fragment]
) -> dict[str, Fragment]:
    """The versions that are in the plan, where they are at hand."""
    found: dict[str, Fragment] = {}
    for fragment in fragments:
        entry = entry_of(plan, fragment.name)
        version, values = entry.get("version"), entry.get("parameters")
        if not isinstance(version, str) or not isinstance(values, dict):
            continue
        document = _document(workspace, fragment.name, version)
        try:
            base = render(document, values) if document is not None else None
        except SpecError:
            continue
        if base is not None and base.digest == entry.get("digest"):
            found[fragment.name] = base
    return found


def _document(workspace: Workspace, name: str, version: str) -> dict[str, Any] | None:
    shipped = find_shipped(name, f"={version}")
    if shipped is not None:
        return shipped.blueprint
    path = _path(os.path.join(workspace.state_dir, _KEPT), name, version)
    try:
        with open(path, "rb") as file:
            return load(file.read(MAX_BYTES + 1)).blueprint
    except (OSError, ValueError):
        return None


def _path(folder: str, name: str, version: str) -> str:
    # Both come from a plan, too: nothing in them leads out of the folder.
    safe = "".join(
        each if each.isalnum() or each in "-._+" else "_" for each in f"{name}@{version}"
    )
    return os.path.join(folder, f"{safe.replace('..', '_')[:200]}.json")
