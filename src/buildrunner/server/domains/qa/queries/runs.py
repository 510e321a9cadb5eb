"""A check run by its address, or all of a CI run, for who speaks of it."""

from __future__ import annotations

import re
from collections import Counter

from buildrunner.server.domains.qa.models import EvidenceRecord
from buildrunner.server.domains.qa.types import FoundRun
from buildrunner.server.domains.tenancy.facade import ProjectAccess

_ADDRESS = re.compile(r"[0-9a-f]{64}")


def find_run(access: ProjectAccess, name: str, *, group: bool = False) -> FoundRun | None:
    """The record of that address; with `group` the run in CI of that address, as it was uploaded.
    In the project's scope."""
    rows = EvidenceRecord.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if group:
        found = Counter(rows.filter(run_group=name[:200]).values_list("outcome", flat=True))
        told = ", ".join(f"{many} {outcome}" for outcome, many in found.most_common())
        return FoundRun("Test run", "", told) if told else None
    if not _ADDRESS.fullmatch(name):
        return None
    row = rows.filter(address=name).values_list("check_id", "microstep_id", "outcome").first()
    if row is None:
        return None
    check, microstep, outcome = row
    return FoundRun(f"Check {check} of {microstep}", f"/records/{name}", outcome)
