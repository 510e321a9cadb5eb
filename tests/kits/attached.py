"""Files under comments, as people and attackers send them."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The beginning of a JPEG, up to its frame."""
    application = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + application + frame + b"\xff\xd9"


def huge_png() -> bytes:
    """Few bytes that claim to be 60,000 pixels wide and high."""
    return PNG[:16] + struct.pack(">II", 60_000, 60_000) + PNG[24:]


def pdf(body: bytes = b"", *, packed: bytes | None = None) -> bytes:
    """A PDF with `body` among its objects, or `packed` in a compressed object stream."""
    parts = [b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n", body]
    if packed is not None:
        data = zlib.compress(packed)
        parts.append(
            b"3 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
            b" endobj\n" % (len(data), data)
        )
    return b"".join([*parts, b"trailer<</Root 1 0 R>>\n%%EOF\n"])


def docx(extra: dict[str, bytes] | None = None, *, kind: str = _DOCX) -> bytes:
    """A document of Word with more parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        types = f'<Types><Override PartName="/word/document.xml" ContentType="{kind}.main+xml"/></Types>'
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr("word/document.xml", "<w:document/>")
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return target.getvalue()
