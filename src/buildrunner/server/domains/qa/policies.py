"""What counts as proof in a project, and who may vouch for it."""

from __future__ import annotations

from collections.abc import Collection

from buildrunner.evidence.proof import ProofRules
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.qa.errors import InPersonOnly
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor

# An admin of the organization does in a project what its PM does.
_TITLES = {"pm": "PM", "techlead": "TechLead", "qa": "QA"}
_STANDING_IN = "PM"


def proof_rules(access: ProjectAccess, *, attested: bool = False) -> ProofRules:
    """The rules of the project's policy.

    On a server somebody else can sign, so what an author attests alone proves nothing here,
    whatever the policy says; with `attested` it is told apart where proof is shown.
    """
    said = governance.proof_rules(access)
    return ProofRules(said["mode"], said["classes"], self_attested=attested)


def in_person(actor: Actor, access: ProjectAccess, what: str) -> None:
    """Raise InPersonOnly unless a person acts in a browser."""
    if actor.kind != "person" or actor.person_id is None:
        raise InPersonOnly(what, f"/projects/{access.project_id}/tests")


def signing_role(access: ProjectAccess) -> str:
    """The role in which somebody with `evidence.sign_off` signs."""
    return _TITLES.get(access.project_role or "", _STANDING_IN)


def believes_ci(actor: Actor, key_id: str, runners: Collection[str]) -> bool:
    """Whether a record that says `ci`, signed with this key, is believed from this actor.

    A service account is made by those who manage members, and a key with narrow scopes for a
    machine; the key that `br login` leaves on somebody's computer may do everything, and what runs
    there is `local`. As soon as the organization vouches for keys of `runners`, one of them has to
    have signed: anybody can make a narrow key.
    """
    if runners and key_id not in runners:
        return False
    return actor.kind == "service" or (actor.kind == "key" and "*" not in actor.scopes)
