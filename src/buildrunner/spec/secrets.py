"""Finding well-known tokens in a plan's text (BR501); a secret is never repeated.

A pass in C marks runs of token characters; only long runs are looked at by pattern.
"""

from __future__ import annotations

from buildrunner.spec.tokens import first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST = 20
# Longer runs are embedded files, not tokens; only their beginning is looked at.
_LONGEST = 10_000
_MOST = 1000
_TOKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
_MARKED = bytes(97 if code in _TOKEN else 32 for code in range(256))
_RUN = b"a" * _SHORTEST
_KEY_BLOCK = b"-----BEGIN "


def find(data: bytes) -> Iterator[tuple[int, str]]:
    """(byte offset, masked description) for each token in `data`, at most a thousand."""
    count = 0
    for start, end in _runs(data):
        run = data[start : min(end, start + _LONGEST)]
        if start and data[start - 1] == 92:  # the letter of an escape such as \n sticks to it
            start, run = start + 1, run[1:]
        match = first(run)
        if match is not None:
            offset, title, token = match
            yield start + offset, _masked(title, token)
            count += 1
        if count == _MOST:
            return
    at = data.find(_KEY_BLOCK)
    while at >= 0 and count < _MOST:
        label = data[at + len(_KEY_BLOCK) : at + 60].partition(b"-----")[0]
        if label.endswith((b"PRIVATE KEY", b"PRIVATE KEY BLOCK")):
            yield at, f"a private key ({label.decode('ascii', 'replace').lower()})"
            count += 1
        at = data.find(_KEY_BLOCK, at + 1)


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    marks = data.translate(_MARKED)
    at = marks.find(_RUN)
    while at >= 0:
        end = marks.find(b" ", at)
        end = end if end >= 0 else len(marks)
        yield at, end
        at = marks.find(_RUN, end)


def _masked(name: str, token: bytes) -> str:
    shown = min(len(token) // 4, 6)
    return f"{name} ({token[:shown].decode('ascii')}…, {len(token)} characters)"
