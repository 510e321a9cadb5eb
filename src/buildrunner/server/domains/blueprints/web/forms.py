"""What the pages' forms send, as the actions take it, and back again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.platform.errors import Invalid

MOST = 20
MOST_BYTES = 5_000_000


def picked(query: QueryDict) -> list[blueprints.Wanted]:
    """`?pick=ID` or `?pick=ID@VERSION`, as links have it."""
    found = []
    for word in query.getlist("pick")[:MOST]:
        identifier, _, version = word.partition("@")
        found.append(blueprints.Wanted(id=_uuid(identifier), version=version[:100]))
    return found


def wanted(posted: QueryDict) -> list[blueprints.Wanted]:
    """The packs of a form, with their values: `id.0`, `value.0.NAME` and so on."""
    found = []
    for place in range(MOST):
        identifier = posted.get(f"id.{place}", "")
        url, document = posted.get(f"url.{place}", ""), posted.get(f"document.{place}", "")
        if not (identifier or url or document):
            break
        stem = f"value.{place}."
        values = {
            name.removeprefix(stem): str(posted[name]) for name in posted if name.startswith(stem)
        }
        found.append(
            blueprints.Wanted(
                id=_uuid(identifier) if identifier else None,
                version=posted.get(f"version.{place}", ""),
                url=url,
                document=document,
                digest=posted.get(f"digest.{place}", "")[:71],
                values={name: value for name, value in values.items() if value},
            )
        )
    return found


def answers(posted: QueryDict) -> dict[tuple[str, str], str]:
    """The choices: `choice` names a conflict as FIELD of ID, `answer.N` what was chosen."""
    found = {}
    for place, word in enumerate(posted.getlist("conflict")[:10_000]):
        field, _, identifier = word.partition(" ")
        choice = posted.get(f"answer.{place}", "")
        if choice:
            found[identifier, field] = choice
    return found


def document_of(request: HttpRequest) -> tuple[str, str]:
    """(text, url) of an import: a file, an address, or what was typed. Raises Invalid."""
    file = request.FILES.get("file")
    if file is not None and not isinstance(file, list) and file.file is not None:
        if (file.size or 0) > MOST_BYTES:
            raise Invalid("A blueprint has at most 5 MB.", field="file")
        return file.file.read(MOST_BYTES + 1).decode("utf-8", "surrogateescape"), ""
    url, text = request.POST.get("url", "").strip(), request.POST.get("document", "")
    if url:
        return "", url
    if not text.strip():
        raise Invalid("Choose a file, give an address, or paste the text.", field="file")
    return text.replace("\r\n", "\n"), ""


def packs(chosen: list[blueprints.Wanted], documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every pack with its parameters and what was typed, for the form."""
    return [
        {
            "wanted": one,
            "document": document,
            "digest": blueprints.digest_of(document),
            "parameters": [
                {
                    "name": row["name"],
                    "field": f"value.{place}.{row['name']}",
                    "title": row["title"],
                    "hint": row.get("description", ""),
                    "options": row.get("enum"),
                    "value": one.values.get(row["name"], row.get("default", "")),
                    "required": row.get("default") is None,
                }
                for row in document.get("parameters", ())
            ],
        }
        for place, (one, document) in enumerate(zip(chosen, documents, strict=True))
    ]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise blueprints.BlueprintAbsent("There is no such blueprint.") from None
