"""The only door for other rooms."""

from buildrunner.server.domains.blueprints.actions.apply import apply_blueprints, preview
from buildrunner.server.domains.blueprints.actions.publish import publish
from buildrunner.server.domains.blueprints.actions.rate import rate
from buildrunner.server.domains.blueprints.actions.show import set_visibility, withdraw
from buildrunner.server.domains.blueprints.errors import (
    BlueprintAbsent,
    BlueprintConflict,
    BlueprintInvalid,
    BlueprintRefused,
    FetchFailed,
)
from buildrunner.server.domains.blueprints.queries.exporting import documents_of, export_plan
from buildrunner.server.domains.blueprints.queries.fetching import fetch, marketplace
from buildrunner.server.domains.blueprints.queries.gallery import (
    SORTS,
    detail,
    gallery,
    own_title,
    publications,
    publishes,
    tags_of,
)
from buildrunner.server.domains.blueprints.queries.installations import installations
from buildrunner.server.domains.blueprints.queries.standing import standing
from buildrunner.server.domains.blueprints.rules.documents import (
    counts_of,
    digest_of,
    findings,
    read,
)
from buildrunner.server.domains.blueprints.types import (
    VISIBILITIES,
    Applied,
    BlueprintDetail,
    BlueprintView,
    InstallationView,
    MarketplaceEntry,
    VersionView,
    Wanted,
)

__all__ = [
    "SORTS",
    "VISIBILITIES",
    "Applied",
    "BlueprintAbsent",
    "BlueprintConflict",
    "BlueprintDetail",
    "BlueprintInvalid",
    "BlueprintRefused",
    "BlueprintView",
    "FetchFailed",
    "InstallationView",
    "MarketplaceEntry",
    "VersionView",
    "Wanted",
    "apply_blueprints",
    "counts_of",
    "detail",
    "digest_of",
    "documents_of",
    "export_plan",
    "fetch",
    "findings",
    "gallery",
    "installations",
    "marketplace",
    "own_title",
    "preview",
    "publications",
    "publish",
    "publishes",
    "rate",
    "read",
    "set_visibility",
    "standing",
    "tags_of",
    "withdraw",
]
