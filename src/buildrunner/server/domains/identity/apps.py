"""Django's name for the room."""

from typing import ClassVar

from django.apps import AppConfig

from buildrunner.server.domains.identity.types import FACTOR


class IdentityConfig(AppConfig):
    """People and how they sign in."""

    name = "buildrunner.server.domains.identity"
    label = "identity"

    # TOTP secrets and the seeds of recovery codes, in allauth's table.
    sealed: ClassVar[dict[str, dict[str, str]]] = {"mfa.Authenticator": {"data": FACTOR}}
