"""How a ledger travels: sizes, pauses, names of objects, what may be configured."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from buildrunner.server.platform.errors import Invalid

SIEM, S3 = "siem", "s3"
MOST_DESTINATIONS: Final = 10
LONGEST_NAME: Final = 120
# Records of one request to a SIEM, and of one object.
SIEM_BATCH: Final = 200
OBJECT_RECORDS: Final = 50_000
_FIRST: Final = timedelta(seconds=10)
_LONGEST: Final = timedelta(hours=1)
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
_PREFIX: Final = re.compile(r"(?:[A-Za-z0-9!_.*'()-]+/)*[A-Za-z0-9!_.*'()-]*")


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 10 s, tripling up to an hour, for ever;
    nothing is given up, since the order would break."""
    return min(_FIRST * float(3 ** min(failures - 1, 10)), _LONGEST)


def object_name(prefix: str, org_id: UUID, first: int, last: int) -> str:
    """The key of an object: the same records, the same name."""
    folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    return f"{folder}{org_id}/ledger-{first:012d}-{last:012d}.jsonl"


def checked_settings(kind: str, settings: dict[str, Any]) -> dict[str, str]:
    """What an object store needs besides its address; raises `Invalid` naming the member."""
    if kind == SIEM:
        return {}
    found = {
        "bucket": _matching(settings, "bucket", _BUCKET),
        "region": _matching(settings, "region", _REGION, "us-east-1"),
        "prefix": _matching(settings, "prefix", _PREFIX, ""),
        "access_key_id": str(settings.get("access_key_id") or "").strip(),
    }
    if not found["access_key_id"]:
        raise Invalid("An object store needs access_key_id.", field="access_key_id")
    return found


def _matching(
    settings: dict[str, Any], name: str, pattern: re.Pattern[str], default: str | None = None
) -> str:
    text = str(settings.get(name) or "").strip() or default
    if text is None or not pattern.fullmatch(text) or ".." in text:
        raise Invalid(f"{text or 'Nothing'} is no {name} of an object store.", field=name)
    return text
