"""What a check printed: counted and hashed whole, kept only at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from buildrunner.spec.masking import mask

# Judged are the first and the last million bytes; shown and recorded is much less.
KEPT = 1_048_576
HEAD, TAIL = 2_000, 6_000
# An excerpt is masked with this much around it, so that no token is cut into something unknown.
_AROUND = 65_536


class Capture:
    """A ring of bytes: `feed` what arrives; `bytes` and `digest` are those of all of it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._head = bytearray()
        self._tail = bytearray()
        self._hash = sha256()
        self.bytes = 0

    def feed(self, data: bytes) -> None:
        """Take in the next piece."""
        self.bytes += len(data)
        self._hash.update(data)
        room = self._kept - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data
            if len(self._tail) > 2 * self._kept:
                del self._tail[: -self._kept]

    @property
    def digest(self) -> str:
        """`sha256:` of everything that arrived."""
        return f"sha256:{self._hash.hexdigest()}"

    @property
    def whole(self) -> bool:
        """Whether everything that arrived is still here."""
        return self.bytes == len(self._head) + len(self._tail)

    @property
    def text(self) -> str:
        """All that is kept; where the middle is gone a line says so."""
        if self.whole:
            return (self._head + self._tail).decode("utf-8", "replace")
        tail = bytes(self._tail[-self._kept :])
        gone = self.bytes - len(self._head) - len(tail)
        return (
            self._head.decode("utf-8", "replace")
            + f"\n… {gone:,} bytes left out …\n"
            + tail.decode("utf-8", "replace")
        )

    def excerpt(self, environment: Mapping[str, str], head: int = HEAD, tail: int = TAIL) -> str:
        """The beginning and the end without secrets and control characters."""
        data = bytes(self._head + self._tail[-self._kept :]) if self._tail else bytes(self._head)
        if self.whole and len(data) <= 2 * _AROUND:
            text = clean(data, environment)
            if len(text) <= head + tail:
                return text
            first, last = text, text
        else:
            first = clean(data[:_AROUND], environment)
            last = clean(data[-_AROUND:], environment)
        gone = max(self.bytes - head - tail, 1)
        return f"{first[:head]}\n… about {gone:,} bytes left out …\n{last[-tail:]}"


def clean(data: bytes, environment: Mapping[str, str]) -> str:
    """Bytes as text that may be stored and shown: masked, without escape sequences."""
    import re

    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    # CSI and OSC sequences of ECMA-48, then every other control character but tab and newline.
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.", "", text)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "�", text.replace("\r", "\n"))
    return mask(text, environment)
