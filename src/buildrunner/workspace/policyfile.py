"""Where a repository keeps its policy: one of two places, never both."""

from __future__ import annotations

import os

from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError

# The first is where `br governance init` writes.
PLACES = ("buildrunner/governance/policy.yml", "governance/policy.yml")


def read(root: str) -> tuple[str, bytes] | None:
    """(path relative to `root`, bytes) of the policy; None where there is none.

    Raises WorkspaceError `two_policies` when both places have one, since choosing silently would
    let either be ignored.
    """
    found = [place for place in PLACES if os.path.lexists(os.path.join(root, place))]
    if len(found) > 1:
        raise two_policies()
    if not found:
        return None
    return found[0], files.read(os.path.join(root, found[0]))


def two_policies(where: str = "") -> WorkspaceError:
    """The error for a tree that has both; `where` names a revision."""
    first, second = PLACES
    return WorkspaceError(
        "two_policies",
        f"both {first} and {second} exist{where}; one of them would be ignored",
        "keep one of the two",
        1,
        missing=[],
        next_command=f"git rm {second}",
    )
