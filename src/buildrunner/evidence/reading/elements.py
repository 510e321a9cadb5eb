"""XML from strangers, as a stream of elements: no entities, no outside references, bounded depth.

A DOCTYPE alone is let through, because Cobertura's writers put one there; nothing it names is read.
"""

from __future__ import annotations

import xml.sax
from typing import Any
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from buildrunner.evidence.reading.errors import ReportError, check_size

_DEPTH = 100
_CHUNK = 1024 * 1024


class Reader(ContentHandler):
    """What a format implements: `start`, `text`, `end`, and `line` to say where it is.

    Names come without their namespace prefix. `path` holds the names of the open elements.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.name = ""
        self.locator: Any = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `path` ends with it."""

    def text(self, text: str) -> None:
        """Text inside the element at the end of `path`; may come in several pieces."""

    def end(self, name: str) -> None:
        """An element ends; `path` still ends with it."""

    @property
    def line(self) -> int:
        """The line the parser has reached, from 1."""
        return int(self.locator.getLineNumber() or 1) if self.locator else 1

    def fail(self, code: str, message: str, hint: str = "") -> ReportError:
        """An error at the place the parser has reached."""
        column = int(self.locator.getColumnNumber() or 0) + 1 if self.locator else 1
        return ReportError(code, message, name=self.name, line=self.line, column=column, hint=hint)

    # What the parser calls

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """See ContentHandler."""
        bare = name.rpartition(":")[2]
        if len(self.path) >= _DEPTH:
            raise self.fail("report_hostile", f"elements are nested more than {_DEPTH} deep")
        self.path.append(bare)
        self.start(bare, {key.rpartition(":")[2]: value for key, value in attrs.items()})

    def characters(self, content: str) -> None:
        """See ContentHandler."""
        self.text(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """See ContentHandler."""
        self.end(name.rpartition(":")[2])
        self.path.pop()


def parse(data: bytes, name: str, reader: Reader) -> None:
    """Feed a file to a reader. Raises ReportError with line and column."""
    check_size(data, name)
    reader.name = name
    # Without entities the DTD is all that can lie outside, and xml.sax does not go there unless
    # told to (feature_external_ges).
    parser = DefusedExpatParser(forbid_dtd=False, forbid_entities=True, forbid_external=False)
    parser.setContentHandler(reader)
    reader.locator = parser
    try:
        for at in range(0, len(data), _CHUNK):
            parser.feed(data[at : at + _CHUNK])
        parser.close()
    except DefusedXmlException:
        raise reader.fail(
            "report_hostile",
            "it declares entities, which no report has a use for",
            "have it written again by the tool itself",
        ) from None
    except xml.sax.SAXParseException as error:
        raise _malformed(error, data, reader) from None
    except (ValueError, LookupError) as error:  # an encoding expat does not know
        raise reader.fail("report_malformed", f"it cannot be decoded: {error}") from None


def _malformed(error: xml.sax.SAXParseException, data: bytes, reader: Reader) -> ReportError:
    line = int(error.getLineNumber() or 1)
    column = int(error.getColumnNumber() or 0) + 1
    words = str(error.getMessage())
    if reader.path or words in ("no element found", "unclosed token", "unclosed CDATA section"):
        at_end = line >= data.count(b"\n") + (not data.endswith(b"\n"))
        if at_end and words in ("no element found", "unclosed token", "unclosed CDATA section"):
            open_ = f" inside <{reader.path[-1]}>" if reader.path else ""
            return ReportError(
                "report_aborted",
                f"the file ends{open_}: it was cut off",
                name=reader.name,
                line=line,
                column=column,
                hint="the run that wrote it was stopped; run it again",
            )
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and data[:1] not in b"\xff\xfe":
        return ReportError(
            "report_wrong_kind", "this is not XML", name=reader.name, line=1, column=1
        )
    return ReportError(
        "report_malformed", f"not well-formed XML: {words}", name=reader.name, line=line,
        column=column,
    )  # fmt: skip
