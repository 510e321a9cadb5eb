"""The secrets of one data folder, in one file that only its owner may read.

`BR_KEYRING_PASSPHRASE_FILE` puts the file under a passphrase: scrypt makes a key of it, AES-256-GCM
seals the secrets. A file that is plain yet is sealed when it is read next.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildrunner.server.platform.errors import OperatorProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MADE = "made"  # when each secret was made: a JSON object in an entry of its own
_COST = {"n": 1 << 17, "r": 8, "p": 1}
_PURPOSE = b"buildrunner keyring 1"


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
            self._store(_stamped(held, name))
        return held[name]

    def keep(self, name: str, value: str) -> None:
        """Write down a secret that was made elsewhere."""
        held = self._load()
        if held.get(name) != value:
            held[name] = value
            self._store(_stamped(held, name))

    def drop(self, name: str) -> None:
        """Forget a secret."""
        held = self._load()
        if held.pop(name, None) is not None:
            self._store(held)

    def ages(self) -> dict[str, datetime | None]:
        """The name of every secret and when it was made, where that is known."""
        held = self._load()
        made = _made(held)
        return {
            name: datetime.fromisoformat(made[name]) if name in made else None
            for name in sorted(held)
            if name != _MADE
        }

    def everything(self) -> dict[str, str]:
        """All secrets: for a backup."""
        return dict(self._load())

    def replace(self, held: Mapping[str, str]) -> None:
        """Hold exactly these: for a restore."""
        self._store(dict(held))

    @property
    def protected(self) -> bool:
        """Whether the file is under a passphrase."""
        return "sealed" in self._file()

    def unprotect(self) -> None:
        """Write the secrets in the clear; takes the passphrase a last time."""
        self._write(self._load())

    def _load(self) -> dict[str, str]:
        held = self._file()
        passphrase = _passphrase()
        if "sealed" in held:
            return self._open(held, passphrase)
        if passphrase and held:
            self._store(held)
        return held

    def _file(self) -> dict[str, Any]:
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

    def _open(self, held: Mapping[str, Any], passphrase: str | None) -> dict[str, str]:
        if passphrase is None:
            raise OperatorProblem(
                f"{self.path} is under a passphrase.",
                hint="Set BR_KEYRING_PASSPHRASE_FILE to the file that holds it.",
            )
        # Only here: the process that watches the others would load all of it for nothing.
        from cryptography.exceptions import InvalidTag

        try:
            salt, nonce, body = (b64decode(held[part]) for part in ("salt", "nonce", "sealed"))
            plain = _cipher(passphrase, salt).decrypt(nonce, body, _PURPOSE)
        except (KeyError, TypeError, ValueError):
            raise OperatorProblem(f"{self.path} is broken; restore it from a backup.") from None
        except InvalidTag:
            raise OperatorProblem(
                f"{self.path} does not open: the passphrase is another one, or it was altered.",
                hint="Check the file that BR_KEYRING_PASSPHRASE_FILE names.",
            ) from None
        opened: dict[str, str] = json.loads(plain)
        return opened

    def _store(self, held: dict[str, str]) -> None:
        passphrase = _passphrase()
        if passphrase is None:
            self._write(held)
            return
        # The same salt again: every process has the key of it at hand.
        salt = b64decode(str(self._file().get("salt") or "")) or os.urandom(16)
        nonce = os.urandom(12)
        sealed = _cipher(passphrase, salt).encrypt(nonce, json.dumps(held).encode(), _PURPOSE)
        parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
        encoded = {name: b64encode(part).decode() for name, part in parts.items()}
        self._write({"kdf": "scrypt", **encoded})

    def _write(self, held: Mapping[str, str]) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=".secrets.", dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump(held, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        finally:
            Path(temporary).unlink(missing_ok=True)


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from buildrunner.server.platform.crypto.envelope import derived_key

    return AESGCM(derived_key(passphrase, salt, **_COST))


def _passphrase() -> str | None:
    file = os.environ.get("BR_KEYRING_PASSPHRASE_FILE")
    return passphrase_in(file) if file else None


def passphrase_in(file: str) -> str:
    """The first line of a file; `OperatorProblem` where there is none."""
    try:
        with Path(file).expanduser().open(encoding="utf-8") as lines:
            line = lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not text"
        raise OperatorProblem(f"The passphrase file {file} cannot be read: {reason}.") from None
    if not line:
        raise OperatorProblem(f"The passphrase file {file} is empty.")
    return line


def _made(held: Mapping[str, str]) -> dict[str, str]:
    try:
        made = json.loads(held.get(_MADE, "{}"))
    except ValueError:
        made = {}
    return made if isinstance(made, dict) else {}


def _stamped(held: dict[str, str], name: str) -> dict[str, str]:
    made = {**_made(held), name: datetime.now(UTC).isoformat(timespec="seconds")}
    return {**held, _MADE: json.dumps({key: at for key, at in made.items() if key in held})}
