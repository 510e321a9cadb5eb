"""What this room refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound

MOST = 100


class BlueprintAbsent(NotFound):
    """No such blueprint, none of that version, or none that this project may see."""

    code = "blueprint_absent"


class BlueprintInvalid(Invalid):
    """The document has errors; `findings` say where."""

    code = "blueprint_invalid"
    title = "The blueprint has errors"

    def __init__(self, findings: list[dict[str, Any]], name: str = "") -> None:
        errors = [one for one in findings if one["severity"] == "error"]
        first = errors[0]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        place = f"{name}:{first['line']}:{first['column']}".lstrip(":")
        super().__init__(
            f"{place} {first['code']} {first['message']}{more}. {first['hint']}",
            findings=findings[:MOST],
        )


class BlueprintConflict(Conflict):
    """The blueprint and the plan cannot both stand; `conflicts` list the choices."""

    code = "blueprint_conflict"
    title = "Somebody has to choose"

    def __init__(self, conflicts: list[dict[str, Any]]) -> None:
        first = conflicts[0]
        super().__init__(
            f"{len(conflicts)} choice{'s' * (len(conflicts) != 1)} open, the first of them "
            f"{first['id']}.{first['field']}. Nothing was applied. Send each as "
            '{"id", "field", "choice"} in `resolutions`.',
            conflicts=conflicts[:MOST],
        )


class BlueprintRefused(Forbidden):
    """The policy of the project stands against it; `denials` name each clause."""

    code = "blueprint_refused"
    title = "The policy stands against it"

    def __init__(self, denials: list[dict[str, Any]]) -> None:
        first = denials[0]
        clause = f" ({first['clause']})" if first["clause"] else ""
        more = f", and {len(denials) - 1} more" if len(denials) > 1 else ""
        super().__init__(
            f"{first['message']}{clause}{more}. {first['mend']} Nothing was applied.",
            denials=denials[:MOST],
        )


class VersionTaken(Conflict):
    """This version was published already, with other content."""

    code = "blueprint_version_taken"
    title = "Published versions never change"

    def __init__(self, name: str, version: str, newest: str) -> None:
        super().__init__(
            f"{name} {version} is published and never changes; the newest is {newest}. Raise the "
            "version in the document and publish it again.",
            newest=newest,
        )


class NameReserved(Conflict):
    """The name belongs to a pack that comes with BuildRunner."""

    code = "blueprint_name_reserved"
    title = "The name is taken"


class BlueprintMoved(Conflict):
    """What lies there now is not what was looked at."""

    code = "blueprint_moved"
    title = "The blueprint has changed"

    def __init__(self, name: str, digest: str) -> None:
        super().__init__(
            f"{name} is not any more what was looked at; look at it again before it is applied.",
            digest=digest,
        )


class NotApplied(Conflict):
    """Only what was applied is rated."""

    code = "blueprint_not_applied"
    title = "Apply it first"


class FetchFailed(Invalid):
    """The address gave no blueprint."""

    code = "blueprint_fetch_failed"
    title = "The address gave no blueprint"
