"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

PUBLISHED: Final = "blueprint.published"  # {name, version, digest, visibility, source_url}
SHOWN: Final = "blueprint.visibility_changed"  # {name, visibility, previous}
WITHDRAWN: Final = "blueprint.withdrawn"  # {name, version}
APPLIED: Final = "blueprint.applied"  # {name, version, digest, source, revision, added, updated}
REFUSED: Final = "blueprint.refused"  # {names, rules}: the policy stood against it
RATED: Final = "blueprint.rated"  # {name, stars, previous}
