"""Names of roles as a policy writes them."""

from __future__ import annotations

# As people write them; compared without case, `_`, `-` and spaces.
BUILT_IN = ("PM", "TechLead", "QA", "Contributor", "Viewer", "Owner", "Admin", "Member")
_EXTRA = {"tenantadmin": "admin"}


def plain(name: str) -> str:
    """A role's or team's name in the form names are compared in."""
    folded = "".join(letter for letter in name.casefold() if letter not in "_- ")
    return _EXTRA.get(folded, folded)


_KNOWN = {plain(name): name for name in BUILT_IN}


def built_in(name: str) -> str | None:
    """The built-in role that a name means, such as `TechLead` for tech_lead; None if none."""
    return _KNOWN.get(plain(name))


def shown(name: str) -> str:
    """A role as messages name it."""
    return built_in(name) or name
