"""A change to be judged: what it does to files and plan, what it says, who made it.

Its JSON form is what `br governance check` makes of two git revisions, and the body that the
server's API takes. Members that are absent are not known: rules that need them are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_FILES = 50_000
MOST_LINES = 2_000_000
MOST_COMMITS = 10_000
LONGEST_TEXT = 1_000_000
STATUSES = ("added", "modified", "deleted", "renamed", "copied", "typechange")
LINK, SUBMODULE = "120000", "160000"
# What is named so is read as text, whatever bytes are in it.
TEXTS = (
    ".py", ".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".rb", ".php", ".c", ".h", ".cpp",
    ".cs", ".sh", ".sql", ".txt", ".md", ".json", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf",
    ".env", ".xml", ".html", ".css", ".tf", ".properties", ".csv",
)  # fmt: skip


class ChangeError(ValueError):
    """A JSON form that is none; `pointer` is the RFC 6901 pointer of the member."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or 'the change'}: {message}")
        self.pointer = pointer
        self.message = message


@dataclass(slots=True)
class Hunk:
    """Neighbouring lines of one file; each line is (number from 1, text without its end)."""

    added: list[tuple[int, str]] = field(default_factory=list)
    removed: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class FileChange:
    """What happens to one file.

    `mode_before` and `mode_after` are git's modes, "" where not known; `digest` identifies the
    content afterwards ("" where it is deleted or not known). `binary` files and those that are
    `truncated` because they are too large have no hunks.
    """

    path: str
    status: str = "modified"
    old_path: str | None = None
    mode_before: str = ""
    mode_after: str = ""
    digest: str = ""
    binary: bool = False
    truncated: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    def added(self) -> Iterator[tuple[int, str]]:
        """All lines it gains."""
        for hunk in self.hunks:
            yield from hunk.added

    @property
    def first_line(self) -> int:
        """Where to look first in the file."""
        for hunk in self.hunks:
            if hunk.added:
                return hunk.added[0][0]
        return 1

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths it touches: a rename touches both."""
        if self.old_path and self.old_path != self.path and self.status != "copied":
            return (self.path, self.old_path)
        return (self.path,)


@dataclass(slots=True)
class Person:
    """Who made or approves something. `kind` is person, agent or service."""

    id: str = ""
    name: str = ""
    email: str = ""
    kind: str = "person"


@dataclass(slots=True)
class Commit:
    """One commit of the change; `parents` counts them, so that merges are told apart."""

    id: str
    message: str = ""
    author: Person = field(default_factory=Person)
    parents: int = 1

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(slots=True)
class Change:
    """Everything that rules may ask about. None is "not known", "" is "known to be empty".

    `event` is pull_request or push. `checks` maps status checks to passed, failed or pending;
    `previews` lists phases or branches with a ready preview environment; `measures` maps names
    such as `test_coverage` to numbers; `unproven` lists microsteps that become done without proof,
    as {"id", "missing"}. `policy_after` is {"path", "text"} where the change touches the policy, with
    "other" where a second one would stand beside it; `codeowners` is the text of CODEOWNERS before
    the change.
    """

    files: list[FileChange] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    title: str | None = None
    body: str | None = None
    branch: str | None = None
    target: str | None = None
    author: Person | None = None
    plan_before: dict[str, Any] | None = None
    plan_after: dict[str, Any] | None = None
    phase: str | None = None
    event: str | None = None
    base: str = ""
    head: str = ""
    checks: dict[str, str] | None = None
    previews: list[str] | None = None
    measures: dict[str, float] | None = None
    unproven: list[dict[str, Any]] | None = None
    policy_after: dict[str, str] | None = None
    codeowners: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; what is not known is left out."""
        return {
            key: _writable(value) for key, value in asdict(self).items() if value not in (None, [])
        }

    @classmethod
    def from_dict(cls, value: Any) -> Change:
        """The change of a JSON form. Raises ChangeError naming the member that is wrong."""
        from buildrunner.policy.decoding import change

        return change(value)


def _writable(value: Any) -> Any:
    """JSON has no lone surrogates, which is how bytes in paths that are no UTF-8 are held."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_writable(member) for member in value]
    return value
