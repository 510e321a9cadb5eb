"""Where the files of the user are that belong to no repository."""

from __future__ import annotations

import os


def config_folder() -> str:
    """Where this user's own files are: `buildrunner` in XDG_CONFIG_HOME, else in `~/.config`.

    The folder may not exist.
    """
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # XDG: relative values are ignored
        base = os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "buildrunner")
