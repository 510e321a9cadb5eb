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
from buildrunner.server.domains.blueprints.queries.fetching import fetch, marketplace
from buildrunner.server.domains.blueprints.queries.gallery import (
    SORTS,
    detail,
    gallery,
    publications,
    publishes,
    tags_of,
)
from buildrunner.server.domains.blueprints.queries.installations import installations
from buildrunner.server.domains.blueprints.queries.standing import standing
from buildrunner.server.domains.blueprints.rules.documents import findings
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
    "detail",
    "fetch",
    "findings",
    "gallery",
    "installations",
    "marketplace",
    "preview",
    "publications",
    "publish",
    "publishes",
    "rate",
    "set_visibility",
    "standing",
    "tags_of",
    "withdraw",
]
