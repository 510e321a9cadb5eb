"""Documents as PDF: what is in them is data, and they look the same each time."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from buildrunner.server.platform.documents import blocks
from buildrunner.server.platform.documents.pdf import as_pdf

HOSTILE = [
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0"',
    "*bold* _em_ `code` $x$ @label <a>",
    "= Heading",
    '"); #panic("x',
    "#{ while true {} }",
    "\\#let x = 1",
]


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_text(text: str) -> None:
    pdf = as_pdf(
        text,
        [
            blocks.heading(text, 2),
            blocks.paragraph(text, text),
            blocks.bullets([(text, text)]),
            blocks.table([text], [[text]]),
            blocks.aside(text),
        ],
        subtitle=text,
        footer=text,
    )
    squeezed = "".join(words(pdf).split())
    assert squeezed.count("".join(text.split())) >= 8


def test_every_kind_of_block() -> None:
    pdf = as_pdf(
        "Report",
        [
            blocks.heading("Costs"),
            blocks.table(["Model", "USD"], [["one", "0.014000"], ["two", "unknown"]], numeric=[1]),
            blocks.picture(
                "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>", "nothing"
            ),
        ],
        language="de",
    )
    assert pdf.startswith(b"%PDF-")
    assert "0.014000" in words(pdf)


def test_the_same_content_gives_the_same_bytes() -> None:
    content = [blocks.paragraph("one"), blocks.aside("two")]
    assert as_pdf("T", content) == as_pdf("T", content)


def test_a_long_document_has_pages_with_numbers() -> None:
    pdf = as_pdf("Long", [blocks.paragraph(f"line {number}") for number in range(300)])
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 3
    assert "1 / " in words(pdf)
