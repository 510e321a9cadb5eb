"""What a project, or an organization's publishers, can choose from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from buildrunner.server.domains.blueprints.errors import BlueprintAbsent
from buildrunner.server.domains.blueprints.models import Blueprint, Figure, Rating, Version
from buildrunner.server.domains.blueprints.rules import documents
from buildrunner.server.domains.blueprints.rules.shipped import shipped, shipped_id
from buildrunner.server.domains.blueprints.types import (
    ORGANIZATION,
    PRIVATE,
    PUBLIC,
    SHIPPED,
    BlueprintDetail,
    BlueprintView,
    VersionView,
)
from buildrunner.server.domains.tenancy.facade import OrgAccess, ProjectAccess
from buildrunner.spec.blueprints import Entry
from buildrunner.spec.blueprints.standing import installed
from buildrunner.spec.blueprints.versions import key

MOST_OWN = 1000
SORTS = ("popular", "rating", "newest", "title")
Access = OrgAccess | ProjectAccess


def gallery(
    access: Access,
    *,
    plan: dict[str, Any] | None = None,
    search: str = "",
    tag: str = "",
    source: str = "",
    sort: str = "popular",
) -> list[BlueprintView]:
    """Shipped ones, those of the organization and those that others made public.

    `plan` is the project's, so that each tells which version of it is in there.
    """
    rows = [*_shipped(), *_own(access), *_public(access)]
    figures = _figures([row["id"] for row in rows])
    applied = installed(plan or {})
    views = [_view(row, figures, applied) for row in rows]
    wanted = [
        view
        for view in views
        if source in ("", view.source) and (not tag or tag in view.tags) and _says(view, search)
    ]
    return _sorted(wanted, sort)


def publications(access: OrgAccess) -> list[BlueprintView]:
    """Those of the organization, the newest first; private ones only for who publishes."""
    rows = [*_own(access)]
    figures = _figures([row["id"] for row in rows])
    return _sorted([_view(row, figures, {}) for row in rows], "newest")


def own_title(access: OrgAccess, blueprint_id: UUID) -> str:
    """What one of the organization is called. Raises BlueprintAbsent."""
    for row in _own(access):
        if row["id"] == blueprint_id:
            return str(row["title"])
    raise _absent()


def tags_of(views: Iterable[BlueprintView]) -> list[str]:
    """Every tag there is, in the order of the alphabet."""
    return sorted({tag for view in views for tag in view.tags})


def detail(
    access: Access, blueprint_id: UUID, *, version: str = "", person_id: UUID | None = None
) -> BlueprintDetail:
    """One with its versions, and the document of one of them, the newest unless said.

    Raises BlueprintAbsent for what is not there or not to be seen from here.
    """
    packs = shipped().get(blueprint_id)
    if packs:
        return _shipped_detail(packs, blueprint_id, version, person_id)
    row = next((one for one in _own(access) if one["id"] == blueprint_id), None)
    if row is not None:
        versions, text = _own_text(blueprint_id, version or row["version"])
    else:
        row = next(iter(_public(access, blueprint_id)), None)
        if row is None:
            raise _absent()
        versions, text = _public_text(blueprint_id, version or row["version"])
    if text is None:
        raise _absent(version)
    view = _view(row, _figures([blueprint_id]), {})
    return BlueprintDetail(
        view, versions, documents.read(text), text, _stars(blueprint_id, person_id)
    )


def by_name(access: Access, name: str) -> UUID:
    """The id of the shipped pack, else of the organization's, of this name."""
    if shipped_id(name) in shipped():
        return shipped_id(name)
    for row in _own(access):
        if row["name"] == name:
            found: UUID = row["id"]
            return found
    raise BlueprintAbsent(
        f"There is no blueprint called {name[:64]!r} here. Those of other organizations are "
        "addressed by id."
    )


def _absent(version: str = "") -> BlueprintAbsent:
    what = f"version {version[:40]} of this blueprint" if version else "such blueprint"
    return BlueprintAbsent(f"There is no {what} here.")


def publishes(access: Access) -> bool:
    """Whether the asker may publish here, and so sees private ones."""
    return "blueprint.publish" in access.permissions


def _shipped() -> list[dict[str, Any]]:
    return [_shipped_row(name, packs[-1]) for name, packs in shipped().items()]


def _shipped_row(identifier: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": entry.name,
        "title": entry.title,
        "summary": entry.summary,
        "tags": entry.tags,
        "version": entry.version,
        "publisher": "BuildRunner",
        "source": SHIPPED,
        "visibility": PUBLIC,
        "updated_at": None,
    }


def _shipped_detail(
    packs: list[Entry], identifier: UUID, version: str, person_id: UUID | None
) -> BlueprintDetail:
    entry = next((one for one in packs if one.version == version), None if version else packs[-1])
    if entry is None:
        raise _absent(version)
    view = _view(_shipped_row(identifier, packs[-1]), _figures([identifier]), {})
    versions = [VersionView(one.version, "", None, "BuildRunner") for one in reversed(packs)]
    stars = _stars(identifier, person_id)
    return BlueprintDetail(view, versions, entry.blueprint, entry.text, stars)


def _own(access: Access) -> list[dict[str, Any]]:
    rows = Blueprint.objects.filter(org_id=access.org_id, withdrawn_at__isnull=True)
    if not publishes(access):
        rows = rows.filter(~Q(visibility=PRIVATE))
    return [
        {
            "id": row.id,
            "name": row.name,
            "title": row.title,
            "summary": row.summary,
            "tags": row.tags,
            "version": row.version,
            "publisher": row.publisher,
            "source": ORGANIZATION,
            "visibility": row.visibility,
            "updated_at": row.updated_at,
        }
        for row in rows.order_by("-updated_at")[:MOST_OWN]
    ]


def _own_text(blueprint_id: UUID, version: str) -> tuple[list[VersionView], str | None]:
    rows = Version.objects.filter(blueprint_id=blueprint_id)
    text = rows.filter(version=version).values_list("text", flat=True).first()
    listed = [
        VersionView(row.version, row.digest, row.created_at, str(row.author.get("name", "")))
        for row in rows.defer("text").order_by("-created_at", "-id")
    ]
    return listed, text


def _public(access: Access, wanted: UUID | None = None) -> list[dict[str, Any]]:
    """Those of other organizations, by the function that reads nothing but what is public."""
    own = set(Blueprint.objects.filter(org_id=access.org_id).values_list("id", flat=True))
    names = "id, name, title, summary, tags, version, publisher, updated_at"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM blueprints_public(%s)", [wanted])  # noqa: S608
        rows = [dict(zip(names.split(", "), row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["tags"] = json.loads(row["tags"]) if isinstance(row["tags"], str) else row["tags"]
        row["source"] = row["visibility"] = PUBLIC
    return [row for row in rows if row["id"] not in own]


def _public_text(blueprint_id: UUID, version: str) -> tuple[list[VersionView], str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM blueprints_public_versions(%s)", [blueprint_id])
        versions = [VersionView(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT blueprints_public_text(%s, %s)", [blueprint_id, version])
        found = cursor.fetchone()
    return versions, found[0] if found else None


def _figures(ids: list[UUID]) -> dict[UUID, Figure]:
    return {row.blueprint_id: row for row in Figure.objects.filter(blueprint_id__in=ids)}


def _stars(blueprint_id: UUID, person_id: UUID | None) -> int | None:
    if person_id is None:
        return None
    rows = Rating.objects.filter(blueprint_id=blueprint_id, person_id=person_id)
    return rows.values_list("stars", flat=True).first()


def _view(
    row: dict[str, Any], figures: dict[UUID, Figure], applied: dict[str, dict[str, Any]]
) -> BlueprintView:
    figure = figures.get(row["id"])
    ratings = figure.ratings if figure else 0
    return BlueprintView(
        **row,
        installs=figure.installs if figure else 0,
        ratings=ratings,
        rating=round(figure.stars / ratings, 1) if figure and ratings else None,
        applied=str(applied.get(row["name"], {}).get("version", "")),
    )


def _says(view: BlueprintView, search: str) -> bool:
    text = " ".join([view.name, view.title, view.summary, view.publisher, *view.tags]).casefold()
    return all(word in text for word in search.casefold().split())


def _sorted(views: list[BlueprintView], sort: str) -> list[BlueprintView]:
    by_title = sorted(views, key=lambda view: (view.title.casefold(), str(view.id)))
    if sort == "rating":
        return sorted(by_title, key=lambda view: (-(view.rating or 0), -view.ratings))
    if sort == "newest":
        return sorted(by_title, key=lambda v: -(v.updated_at.timestamp() if v.updated_at else 0.0))
    return by_title if sort == "title" else sorted(by_title, key=lambda view: -view.installs)


def newest(versions: Iterable[str]) -> str:
    """The highest of them."""
    return max(versions, key=lambda version: key(version) or (0, 0, 0, ()), default="")
