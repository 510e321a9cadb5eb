"""Where an installation keeps its data unless told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import buildrunner


def data_folder(argument: str | None) -> Path:
    """`--data-dir`, else `BR_DATA_DIR`, else: `.data` of a checkout, `/var/lib/buildrunner` for
    root, `buildrunner` in the user's data folder (XDG) for anybody else. The path is absolute.
    """
    wished = argument or os.environ.get("BR_DATA_DIR")
    if wished:
        return Path(wished).expanduser().absolute()
    checkout = Path(buildrunner.__file__).resolve().parents[2]
    if (checkout / "script" / "server").exists() and (checkout / "pyproject.toml").exists():
        return checkout / ".data"
    if os.geteuid() == 0:
        return Path("/var/lib/buildrunner")
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser().absolute() / "buildrunner"
