"""The secrets of one data folder, in one file that only its owner may read."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from buildrunner.server.platform.errors import OperatorProblem


class Keyring:
    """Named secrets in `<data folder>/secrets.json` (mode 0600), each made once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> str | None:
        """The secret of this name, or `None`."""
        return self._load().get(name)

    def obtain(self, name: str) -> str:
        """The secret of this name; 256 new random bits the first time."""
        held = self._load()
        if name not in held:
            held[name] = secrets.token_urlsafe(32)
            self._store(held)
        return held[name]

    def keep(self, name: str, value: str) -> None:
        """Write down a secret that was made elsewhere."""
        held = self._load()
        if held.get(name) != value:
            held[name] = value
            self._store(held)

    def everything(self) -> dict[str, str]:
        """All secrets: for a backup."""
        return dict(self._load())

    def replace(self, held: Mapping[str, str]) -> None:
        """Hold exactly these: for a restore."""
        self._store(dict(held))

    def _load(self) -> dict[str, str]:
        try:
            held = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except PermissionError:
            raise OperatorProblem(
                f"{self.path} belongs to another user.",
                hint="Run as the user who started this server first, or choose another --data-dir.",
            ) from None
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise OperatorProblem(
                f"{self.path} is not readable as JSON; it holds the passwords of the database.",
                hint="Restore it from a backup of the data folder.",
            )
        return held

    def _store(self, held: dict[str, str]) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=".secrets.", dir=self.path.parent)
        with os.fdopen(descriptor, "w") as file:
            json.dump(held, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self.path)
