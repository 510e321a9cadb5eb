"""Lists of models as providers write them."""

from __future__ import annotations

import msgspec

MOST = 2000


class _Entry(msgspec.Struct):
    id: str


class _List(msgspec.Struct):
    data: list[_Entry]


_decode = msgspec.json.Decoder(_List).decode


def model_names(body: bytes) -> list[str] | None:
    """The ids of a list (`{"data": [{"id": …}]}`, as both protocols have it); None for none."""
    try:
        return [entry.id for entry in _decode(body).data][:MOST]
    except msgspec.DecodeError:
        return None
