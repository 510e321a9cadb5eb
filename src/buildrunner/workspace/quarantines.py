"""Checks that people set aside on the server for a while, as `br qa pull` found them.

What lies here is this clone's own and unsigned: the server decides by what it knows itself.
"""

from __future__ import annotations

import os
import time

from buildrunner.workspace.state import read_object, write_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from buildrunner.workspace.folder import Workspace

FILE = "quarantines.json"
_KEPT = ("check_id", "check_digest", "reason", "until")


def store(workspace: Workspace, listed: Iterable[dict[str, Any]]) -> int:
    """Keep those that the server has now, in place of those before; how many."""
    kept = [{name: each[name] for name in _KEPT} for each in listed]
    write_object(os.path.join(workspace.state_dir, FILE), {"quarantines": kept})
    return len(kept)


def in_force(workspace: Workspace) -> frozenset[str]:
    """The digests of the checks that neither prove nor block now; none without a server."""
    found = read_object(os.path.join(workspace.state_dir, FILE)) or {}
    listed = found.get("quarantines")
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return frozenset(
        str(each.get("check_digest"))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and str(each.get("until", ""))[:19] > moment
    )
