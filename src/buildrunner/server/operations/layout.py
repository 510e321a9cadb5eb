"""`version.json` of a data folder: what wrote it last, so that nothing older opens it by mistake."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import buildrunner
from buildrunner.server.platform.db.durable import sync_folder
from buildrunner.server.platform.errors import OperatorProblem

LAYOUT = 1  # grows when files of the folder move or mean something else
NAME = "version.json"


def read(data_dir: Path) -> dict[str, Any]:
    """What the folder says of itself; empty where it says nothing (yet)."""
    try:
        told = json.loads((data_dir / NAME).read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("layout"), int):
        raise OperatorProblem(
            f"{data_dir / NAME} cannot be read.",
            hint=f"Delete it if the folder was made by BuildRunner {buildrunner.__version__}.",
        )
    return told


def refuse_newer(data_dir: Path) -> None:
    """Raise `OperatorProblem` where a newer product has written the folder in its own way."""
    told = read(data_dir)
    if told and told["layout"] > LAYOUT:
        raise OperatorProblem(
            f"{data_dir} was written by BuildRunner {told.get('product')}; "
            f"{buildrunner.__version__} is older and does not know its layout.",
            hint="Upgrade: pip install -U 'buildrunner[server]'. Or go back with a backup of the "
            f"older version: ls {data_dir / 'backups'}, br server restore FILE",
        )


def write(data_dir: Path, *, schema: str) -> None:
    """Note what stands here; `schema` is the digest of the applied migrations."""
    if not data_dir.is_dir():
        return
    told = {"layout": LAYOUT, "product": buildrunner.__version__, "schema": schema}
    before = read(data_dir)
    if {name: before.get(name) for name in told} == told:
        return
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    descriptor, temporary = tempfile.mkstemp(prefix=f".{NAME}.", dir=data_dir)
    with os.fdopen(descriptor, "w") as file:
        json.dump({**told, "since": now}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).rename(data_dir / NAME)
    sync_folder(data_dir)
