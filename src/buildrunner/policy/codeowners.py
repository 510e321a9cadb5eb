"""CODEOWNERS: who answers for a path. The last line that matches decides, as on GitHub."""

from __future__ import annotations

from collections.abc import Iterable

from buildrunner.policy import patterns, roles
from buildrunner.policy.approvals import Approval, for_path

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_MOST_LINES = 5000


class Owners:
    """The lines of one file. A pattern that is none owns nothing, as on GitHub."""

    def __init__(self, text: str) -> None:
        self.lines: list[tuple[str, list[str]]] = []
        for line in text.splitlines()[:_MOST_LINES]:
            words = line.partition(" #")[0].split()
            if words and not words[0].startswith(("#", "[", "^[")):
                pattern = words[0].replace("\\ ", " ")
                try:
                    patterns.path_expression(pattern)
                except Exception:  # noqa: S112
                    continue
                self.lines.append((pattern, words[1:]))
        self._paths = patterns.Paths([pattern for pattern, _ in self.lines])

    def of(self, path: str) -> list[str]:
        """The owners of a path, as written; [] where it has none."""
        found = self._paths.matching(path)
        return self.lines[found[-1]][1] if found else []


def approved(owners: Iterable[str], approvals: Iterable[Approval], path: str) -> bool:
    """Whether one of the owners is among those who approved: by handle, address or team."""
    wanted = {owner.casefold().lstrip("@") for owner in owners}
    teams = {roles.plain(owner.rpartition("/")[2]) for owner in wanted}
    for approval in for_path(approvals, path):
        marks = {mark.casefold() for mark in (approval.id, approval.name, approval.email) if mark}
        if marks & wanted or {roles.plain(role) for role in approval.roles} & teams:
            return True
    return False
