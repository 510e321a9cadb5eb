"""A sealed stream opens whole or not at all."""

from __future__ import annotations

import io
import os

import pytest

from buildrunner.server.platform.crypto import envelope

MIB = 1 << 20


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "_COST", {"n": 1 << 10, "r": 8, "p": 1})


def sealed(data: bytes, passphrase: str = "correct horse") -> bytes:
    target = io.BytesIO()
    writer = envelope.SealingWriter(target, passphrase)
    for start in range(0, len(data), 70_001):
        writer.write(data[start : start + 70_001])
    writer.close()
    return target.getvalue()


def opened(data: bytes, passphrase: str = "correct horse") -> bytes:
    reader = envelope.OpeningReader(io.BytesIO(data), passphrase)
    pieces = []
    while piece := reader.read(99_999):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 5])
def test_what_was_sealed_opens(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data)) == data


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(envelope.EnvelopeBroken, match="passphrase"):
        opened(sealed(b"secret"), "another")


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    whole = sealed(os.urandom(2 * MIB))
    for place in (12, 60, len(whole) - 3 * MIB // 2, len(whole) - 1):
        broken = bytearray(whole)
        broken[place] ^= 1
        with pytest.raises(envelope.EnvelopeBroken):
            opened(bytes(broken))


def test_what_is_cut_off_or_reordered_is_noticed() -> None:
    whole = sealed(bytes(3 * MIB))
    chunk = MIB + 16
    head = len(whole) - 3 * chunk
    for broken in (
        whole[:-1],
        whole[: head + chunk],  # at the edge of a chunk
        whole[: head + 2 * chunk],
        whole[:head] + whole[head + chunk :],
        whole[:head] + whole[head + chunk : head + 2 * chunk] + whole[head : head + chunk],
        whole[:head],
    ):
        with pytest.raises(envelope.EnvelopeBroken):
            opened(broken)


def test_a_header_cannot_ask_for_all_memory() -> None:
    whole = sealed(b"x").replace(b'"n": 1024', b'"n": 1073741824')
    with pytest.raises(envelope.EnvelopeBroken, match="more work"):
        opened(whole)
