"""The mails of accounts: one visible table of what allauth wants said, in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from buildrunner.server.domains.identity.rules import browser_name
from buildrunner.server.domains.identity.types import Letter

Context = Mapping[str, Any]
NOT_YOU = "If this was not you, nothing happens unless the link is opened: ignore this mail."


def _confirm(context: Context) -> Letter:
    return Letter(
        "Confirm your address",
        (
            "Somebody gave this address to BuildRunner as theirs. If it was you, confirm it.",
            "The link works for three days. " + NOT_YOU,
        ),
        ("Confirm this address", context["activate_url"]),
    )


def _reset(context: Context) -> Letter:
    return Letter(
        "Choose a new password",
        (
            "Somebody asked for a new password for your account at BuildRunner.",
            "The link works once, within three days. Your password stays as it is until then. "
            + NOT_YOU,
        ),
        ("Choose a new password", context["password_reset_url"]),
    )


def _exists(_: Context) -> Letter:
    return Letter(
        "You already have an account",
        (
            "Somebody, perhaps you, tried to sign up to BuildRunner with this address. It has an "
            "account already.",
            "Sign in with it, or ask for a new password if you have forgotten yours. If this was "
            "not you, nothing needs to be done.",
        ),
        ("Sign in", f"{settings.BR_PUBLIC_URL}/sign-in"),
    )


def _unknown(_: Context) -> Letter:
    return Letter("No account", ("Nobody has an account with this address.",))


def _email_changed(context: Context) -> Letter:
    return _told(
        "Your address was changed",
        f"Your account at BuildRunner now has the address {context['to_email']}; this one no "
        "longer opens it.",
    )(context)


def _told(subject: str, what: str) -> Callable[[Context], Letter]:
    def letter(context: Context) -> Letter:
        moment: datetime = context["timestamp"]
        where = browser_name(str(context.get("user_agent", "")))
        return Letter(
            subject,
            (
                what,
                f"When: {moment:%-d %B %Y, %H:%M} UTC. Where: {where}, {context.get('ip', '')}.",
                "If this was not you, choose a new password and look through the security page of "
                "your account.",
            ),
            ("Security of your account", f"{settings.BR_PUBLIC_URL}/account/security"),
        )

    return letter


LETTERS: Final[Mapping[str, Callable[[Context], Letter]]] = {
    "account/email/email_confirmation_signup": _confirm,
    "account/email/email_confirmation": _confirm,
    "account/email/password_reset_key": _reset,
    "account/email/account_already_exists": _exists,
    "account/email/unknown_account": _unknown,
    "account/email/email_changed": _email_changed,
    "account/email/password_changed": _told(
        "Your password was changed", "The password of your account at BuildRunner was changed."
    ),
    "account/email/password_reset": _told(
        "Your password was changed",
        "A new password was chosen for your account at BuildRunner through a link in a mail.",
    ),
    "account/email/password_set": _told(
        "A password was set", "Your account at BuildRunner now has a password."
    ),
    "mfa/email/totp_activated": _told(
        "Two-factor sign-in is on", "An authenticator app was added to your account."
    ),
    "mfa/email/totp_deactivated": _told(
        "An authenticator app was removed", "Your account no longer asks for codes of an app."
    ),
    "mfa/email/webauthn_added": _told("A passkey was added", "Your account has a new passkey."),
    "mfa/email/webauthn_removed": _told(
        "A passkey was removed", "A passkey of your account no longer opens it."
    ),
    "mfa/email/recovery_codes_generated": _told(
        "New recovery codes", "New recovery codes were made; the old ones no longer work."
    ),
}

# What a page says once after something was done. allauth asks by template; what is not here is
# not said.
NOTICES: Final[Mapping[str, str]] = {
    "account/messages/password_changed.txt": (
        "Your password is changed. Other browsers were signed out."
    ),
    "account/messages/password_set.txt": "You can sign in with your address and this password now.",
    "account/messages/email_confirmed.txt": "The address is confirmed.",
    "account/messages/email_confirmation_sent.txt": "",
    "account/messages/email_confirmation_failed.txt": (
        "This address cannot be confirmed: another account has it."
    ),
    "account/messages/email_deleted.txt": "Your address stays as it was.",
    "mfa/messages/totp_activated.txt": "The authenticator app is set up.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "The passkey is ready.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "mfa/messages/recovery_codes_generated.txt": "",
}

# What a form says when it refuses, by allauth's names.
REFUSALS: Final[Mapping[str, str]] = {
    "account_inactive": "This account is closed.",
    "email_password_mismatch": (
        "This email and password do not go together, or the address is not confirmed yet. If it "
        "waits for that, the link is on its way to it again."
    ),
    "duplicate_email": "This is your address already.",
    "email_taken": "This address is not free.",
    "enter_current_password": "This is not your password.",
    "incorrect_code": "This is not right. Codes change every half minute and work once.",
    "incorrect_password": "This is not your password.",
    "invalid_password_reset": "This link was used already, or has expired.",
    "too_many_login_attempts": "Too many attempts. Try again in a few minutes.",
    "rate_limited": "Too many attempts. Try again in a few minutes.",
    "cannot_delete_authenticator": (
        "Your organization asks for a second factor: add another one before you remove this."
    ),
    "cannot_generate_recovery_codes": "Add an authenticator app or a passkey first.",
    "unverified_email": "Confirm your address first.",
    "add_email_blocked": "Confirm your address first.",
}
