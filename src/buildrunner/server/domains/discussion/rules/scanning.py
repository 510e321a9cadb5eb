"""Looks for what acts by itself in a file: scripts, macros, calls to elsewhere.

Each function answers what it found in words, or nothing. What cannot be looked through counts as
found: nobody may keep what nobody could read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

_UNPACKED: Final = 64 * 1024 * 1024
_ENTRIES: Final = 5_000
_DEPTH: Final = 200

_PAGE = re.compile(
    r"\A\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*<(?:!doctype\b|html|head|body|script|iframe|svg|object|"
    r"embed|link|meta|style|img|form)\b",
    re.IGNORECASE | re.DOTALL,
)


def active_in_document(text: str) -> str:
    """Of a plain text: whether a browser would take it for a page."""
    return "a web page or drawing" if _PAGE.match(text[:4096]) else ""


# SVG


_ACTING = frozenset(
    {"script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "audio",
     "video", "link", "html", "body"}
)  # fmt: skip
_CALLING = re.compile(r"@import|javascript:|expression\s*\(|url\s*\(\s*['\"]?\s*(?!['\"#])", re.I)
_INSIDE = re.compile(r"\A(?:#|data:image/(?:png|jpeg|gif|webp)[;,])", re.IGNORECASE)


class _Drawing(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        self._names: list[str] = []

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        bare = name.rpartition(":")[2].casefold()
        if not self._names and bare != "svg":
            self._note("something else than a drawing")
        self._names.append(bare)
        if len(self._names) > _DEPTH:
            self._note("elements nested too deep to look through")
        if bare in _ACTING:
            self._note(f"an active element <{bare}>")
        for key, value in attrs.items():
            self._attribute(bare, key.rpartition(":")[2].casefold(), value)

    def _attribute(self, element: str, key: str, value: str) -> None:
        plain = "".join(value.split())
        if key.startswith("on"):
            self._note(f"a handler {key}")
        elif key in ("href", "src") and plain and not _INSIDE.match(plain):
            self._note("a reference to elsewhere")
        elif element in ("set", "animate") and key == "attributename":
            target = plain.rpartition(":")[2].casefold()
            if target == "href" or target.startswith("on"):
                self._note("an animation of a reference")
        elif _CALLING.search(value) or ("\\" in value and key == "style"):
            self._note("a style that calls elsewhere")

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self._names.pop()

    def characters(self, content: str) -> None:
        if (
            self._names
            and self._names[-1] == "style"
            and re.search(r"@import|url\s*\(|\\|expression\s*\(", content, re.IGNORECASE)
        ):
            self._note("a style that calls elsewhere")

    def processingInstruction(self, target: str, data: str) -> None:  # noqa: ARG002, N802
        self._note("a processing instruction")

    def _note(self, what: str) -> None:
        self.found = self.found or what


def active_in_svg(text: str) -> str:
    """Of a drawing: scripts, handlers, foreign content, references to elsewhere."""
    drawing = _Drawing()
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setContentHandler(drawing)
    try:
        parser.parse(io.BytesIO(text.encode()))
    except (DefusedXmlException, SAXException, ValueError, LookupError):
        return drawing.found or "XML that cannot be looked through"
    return drawing.found


# PDF (ISO 32000-2): names may be spelled with `#xx`, objects may stand in compressed streams.

_HASHED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/[A-Za-z0-9#]{2,60}")
_STREAM = re.compile(rb"stream\r?\n")
_LONG: Final = frozenset(
    {b"/JavaScript", b"/Launch", b"/SubmitForm", b"/ImportData", b"/GoToE", b"/GoToR",
     b"/Rendition", b"/RichMedia", b"/EmbeddedFile", b"/EmbeddedFiles"}
)  # fmt: skip
_VEILED = re.compile(rb"/(?:Predictor|LZWDecode|ASCII85Decode|ASCIIHexDecode|RunLengthDecode)")
_SHORT: Final = frozenset({b"/JS", b"/XFA", b"/Encrypt"})


def active_in_pdf(data: bytes) -> str:
    """Of a PDF: scripts, launched programs, sent forms, files inside, and encryption, behind which
    none of it could be seen."""
    outside = bytearray()
    budget = _UNPACKED
    at = 0
    for begin in _STREAM.finditer(data):
        if begin.start() < at:
            continue
        outside += data[at : begin.end()]
        end = data.find(b"endstream", begin.end())
        end = len(data) if end < 0 else end
        unpacked = _inflated(data[begin.end() : end], budget)
        if unpacked is None:
            return "more than can be looked through"
        budget -= len(unpacked)
        # Objects hide in object streams; the long names do not occur by chance in a picture.
        about = _plain(data[at : begin.end()])
        holds_objects = b"/ObjStm" in about
        if holds_objects and (not unpacked or _VEILED.search(about)):
            return "objects that cannot be looked through"
        if found := _acting(unpacked, _LONG | _SHORT if holds_objects else _LONG):
            return found
        at = end
    outside += data[at:]
    return _acting(bytes(outside), _LONG | _SHORT) or _acting(data, _LONG)


def _plain(data: bytes) -> bytes:
    return _HASHED.sub(lambda found: bytes([int(found[1], 16)]), data)


def _acting(data: bytes, names: frozenset[bytes]) -> str:
    for found in _NAME.finditer(data):
        name = _plain(found[0]) if b"#" in found[0] else found[0]
        if name in names:
            return f"{name.decode('ascii', 'replace')[1:]}, which acts or hides"
    return ""


def _inflated(data: bytes, most: int) -> bytes | None:
    """A stream unpacked as far as it is packed by deflate; None where it is more than `most`."""
    packer = zlib.decompressobj()
    try:
        unpacked = packer.decompress(data, most)
    except zlib.error:
        return b""
    return None if packer.unconsumed_tail else unpacked


# Office Open XML (ECMA-376)

_PARTS = re.compile(
    r"vbaproject|vbadata|/activex/|/embeddings/|macrosheets|/(?!printersettings\d*\.)[^/]*\.bin\Z"
    r"|\.(?:exe|js|vbs|dll|ole)\Z",
    re.IGNORECASE,
)
_OUTWARD = re.compile(
    rb"<Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?![^>]*/hyperlink[\"'])[^>]*>"
)
_ACTIVE = re.compile(
    rb"ddeLink|macroEnabled|oleLink|<(?:\w+:)?(?:altChunk|control)\b", re.IGNORECASE
)
# A field's code may be cut into pieces, so the pieces are read together.
_FIELD = re.compile(rb"instrText\b[^>]*>([^<]*)<|\binstr\s*=\s*[\"']([^\"']*)")
_DDE = re.compile(rb"DDE(?:AUTO)?\b|INCLUDE(?:PICTURE|TEXT)\b", re.IGNORECASE)


def active_in_office(data: bytes, media_type: str) -> str:
    """Of a document of Word, Excel or PowerPoint: macros, controls, embedded objects, templates and
    data from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _in_package(archive, media_type)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError):
        return "an archive that cannot be looked through"


def _in_package(archive: zipfile.ZipFile, media_type: str) -> str:
    entries = archive.infolist()
    if len(entries) > _ENTRIES:
        return "too many parts to look through"
    if not {"[Content_Types].xml", "_rels/.rels"} <= {one.filename for one in entries}:
        return "something else than a document"
    budget = _UNPACKED
    for one in entries:
        if one.flag_bits & 1:
            return "encrypted parts"
        if _PARTS.search(f"/{one.filename}"):
            return f"an active part {one.filename[:80]}"
        if not one.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(one) as part:
            text = part.read(budget + 1)
        budget -= len(text)
        if budget < 0:
            return "more than can be looked through"
        if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!DOCTYPE" in text:
            return "XML that cannot be looked through"
        if one.filename.endswith(".rels") and _OUTWARD.search(text):
            return "references to elsewhere"
        code = b"".join(first or second for first, second in _FIELD.findall(text))
        if _ACTIVE.search(text) or _DDE.search(code):
            return "fields or macros that act"
        if one.filename == "[Content_Types].xml" and media_type.encode() not in text:
            return "something else than its name says"
    return ""
