"""Which files may stand under a comment: their names, kinds and sizes, told by their bytes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from buildrunner.server.domains.discussion.errors import AttachmentRefused
from buildrunner.server.domains.discussion.rules.pictures import measured
from buildrunner.server.domains.discussion.rules.scanning import (
    active_in_document,
    active_in_office,
    active_in_pdf,
    active_in_svg,
)

LARGEST: Final = 10 * 1024 * 1024
MOST: Final = 10
LONGEST_NAME: Final = 120
MOST_PIXELS: Final = 50_000_000

_PICTURES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
_OFFICE: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_TEXT: Final = (
    "txt", "log", "md", "csv", "tsv", "json", "jsonl", "yaml", "yml", "toml", "ini", "diff",
    "patch", "sql",
)  # fmt: skip
ALLOWED: Final = (*_PICTURES, "svg", "pdf", *_OFFICE, *_TEXT)
# What a browser's file dialog offers.
ACCEPT: Final = ",".join(f".{one}" for one in ALLOWED)

# Separators, and what turns the direction of text around: `exe.gpj.txt` must read as it is.
_SEPARATORS = re.compile(r"[/\\]+")
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class File(NamedTuple):
    """A file that may be kept; `width` and `height` of pictures, in pixels."""

    name: str
    media_type: str
    data: bytes
    width: int | None = None
    height: int | None = None


def checked_file(name: str, data: bytes) -> File:
    """A file as it is kept. Raises AttachmentRefused: too large, empty, of a kind that is not
    taken, other than its name says, or with something in it that acts."""
    name = safe_name(name)
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    if ending not in ALLOWED:
        raise AttachmentRefused(
            f"{name}: files of this kind are not taken. Taken are {', '.join(ALLOWED)}.",
            name=name,
        )
    if not data or len(data) > LARGEST:
        raise AttachmentRefused(
            f"{name} has {len(data):,} bytes; a file has 1 to {LARGEST:,}.", name=name
        )
    width = height = None
    if ending in _PICTURES:
        media_type = _PICTURES[ending]
        found = measured(data)
        if found is None or found.media_type != media_type:
            raise _other(name, ending)
        width, height = found.width, found.height
        if width * height > MOST_PIXELS:
            raise AttachmentRefused(f"{name} has {width:,} × {height:,} pixels.", name=name)
    elif ending == "pdf":
        media_type = "application/pdf"
        if not data.startswith(b"%PDF-"):
            raise _other(name, ending)
        _still(name, active_in_pdf(data))
    elif ending in _OFFICE:
        media_type = _OFFICE[ending]
        if not data.startswith(b"PK\x03\x04"):
            raise _other(name, ending)
        _still(name, active_in_office(data, media_type))
    else:
        media_type = "image/svg+xml" if ending == "svg" else "text/plain; charset=utf-8"
        text = _text(name, ending, data)
        _still(name, active_in_svg(text) if ending == "svg" else active_in_document(text))
    return File(name, media_type, data, width, height)


def safe_name(name: str) -> str:
    """The last part of a path, without controls and what hides or turns text; never empty."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    seen = _UNSEEN.sub("", last)
    printable = "".join(
        " " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in seen
    )
    kept = " ".join(printable.split()).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME:
        kept = stem[: LONGEST_NAME - len(ending) - 1] + dot + ending[:20]
    return kept[:LONGEST_NAME] or "file"


def is_picture(media_type: str) -> bool:
    """Whether a page may show it in place: only what has no parts of its own that act."""
    return media_type in _PICTURES.values()


def _text(name: str, ending: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _other(name, ending) from None
    if "\x00" in text:
        raise _other(name, ending)
    return text


def _still(name: str, found: str) -> None:
    if found:
        raise AttachmentRefused(f"{name} holds {found}; it is not taken.", name=name)


def _other(name: str, ending: str) -> AttachmentRefused:
    return AttachmentRefused(f"{name} is no {ending} file by its content.", name=name)
