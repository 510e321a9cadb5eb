"""The project overview as a document."""

from __future__ import annotations

from collections.abc import Sequence

from buildrunner.server.domains.ai.types.explanations import Explanation
from buildrunner.server.platform.documents import blocks
from buildrunner.server.platform.documents.pdf import as_pdf
from buildrunner.spec.narrative import markdown


def overview_markdown(told: Sequence[Explanation]) -> str:
    """The plan first, then its milestones below it."""
    return markdown.render_overview([one.narrative for one in told])


def overview_pdf(told: Sequence[Explanation]) -> bytes:
    """The same to print; engineers see the ids behind each sentence."""
    content: list[blocks.Block] = []
    for place, one in enumerate(told):
        level = 1
        if place:
            content.append(blocks.heading(one.narrative.title))
            level = 2
        cited = one.narrative.audience == "technical"
        for section in one.narrative.sections:
            content.append(blocks.heading(section.title, level))
            said = [
                (each.text, ", ".join(filter(None, each.cites)) if cited else "")
                for each in section.sentences
            ]
            if section.listed:
                content.append(blocks.bullets(said))
            else:
                content.append(blocks.paragraph(" ".join(text for text, _ in said)))
    first = told[0]
    return as_pdf(
        first.narrative.title,
        content,
        subtitle=f"Revision {first.revision}",
        footer=f"{first.narrative.title} · revision {first.revision}",
        language=first.narrative.language,
    )
