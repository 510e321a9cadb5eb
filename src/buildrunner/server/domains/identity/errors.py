"""Refusals of the room."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.platform.errors import Conflict, DomainError, Invalid


class LinkExpired(DomainError):
    """A one-time link was used already, has expired, or never was."""

    status = 410
    code = "link_expired"
    title = "This link no longer works"


class DeviceCodeUnknown(DomainError):
    """No terminal waits under this user code."""

    status = 404
    code = "device_code_unknown"
    title = "No device waits under this code"


class NameDiffers(Invalid):
    """What was typed to confirm is not the account's address."""

    code = "name_differs"

    def __init__(self, email: str) -> None:
        super().__init__(f"Type your address, {email}, to delete the account.", field="email")


class SoleOwner(Conflict):
    """Organizations would be left without an owner: `organizations` lists `{id, name, settings}`."""

    code = "sole_owner"
    title = "You are the last owner of an organization"

    def __init__(self, alone: dict[UUID, str]) -> None:
        names = ", ".join(alone.values())
        super().__init__(
            f"Nobody else owns {names}. Make another member its owner, or export the organization "
            "and delete it; then delete your account.",
            organizations=[
                {"id": str(org_id), "name": name, "settings": f"/orgs/{org_id}/settings"}
                for org_id, name in alone.items()
            ],
        )
