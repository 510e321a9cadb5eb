"""allauth's forms with what this server adds: a name, invitations, limits that say when."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm, SignupForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from buildrunner.server.domains.identity.actions.create_person import LONGEST_NAME
from buildrunner.server.domains.identity.actions.slow_down import forgive, slow_down
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.policies import sign_in_policy, sign_up_invited
from buildrunner.server.domains.identity.web.adapter import LONGEST, WINDOW, refused_for_now
from buildrunner.server.platform.errors import Invalid, TooManyRequests
from buildrunner.server.platform.text import one_line

# Seconds for which a code of an app can be good, whatever the clocks: see MFA_TOTP_TOLERANCE.
CODE_HOLDS = 120


class SignInForm(LoginForm):  # type: ignore[misc]
    """Email and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(MaxLengthValidator(LONGEST))


class SignUpForm(SignupForm):  # type: ignore[misc]
    """Name, email, password; the answer is the same whether or not the address is free."""

    name = forms.CharField(max_length=LONGEST_NAME)
    field_order = ["name", "email", "password1"]

    def clean_name(self) -> str:
        """One line."""
        return line(self.cleaned_data["name"], LONGEST_NAME)

    def clean(self) -> dict[str, Any]:
        """allauth compares the password with the address; the name is compared here."""
        cleaned: dict[str, Any] = super().clean()
        password, name = cleaned.get("password1"), cleaned.get("name")
        if password and name:
            try:
                UserAttributeSimilarityValidator(("name",)).validate(password, Person(name=name))
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def validate_unique_email(self, value: str) -> str:
        """Where sign-up is by invitation, an address without one is treated like a taken one."""
        email = str(super().validate_unique_email(value))
        if settings.BR_SIGN_UP == "INVITE" and not sign_up_invited(email):
            self.account_already_exists = True
        return email

    def try_save(self, request: HttpRequest) -> Any:
        """Hash the password in any case: it is what an account costs most."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The password before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(MaxLengthValidator(LONGEST))


class _CountedCode:
    """Codes are guessed at no faster than passwords."""

    user: Any

    def clean_code(self) -> str:
        """Count, then judge."""
        attempts = sign_in_policy(self.user.pk).attempts
        try:
            slow_down("second factor", str(self.user.pk), limit=attempts, window=WINDOW)
        except TooManyRequests as refusal:
            raise refused_for_now(refusal) from None
        code = str(super().clean_code())  # type: ignore[misc]
        # allauth remembers a used code for one period; with a tolerance it is good for three.
        used = salted_hmac("used code", f"{self.user.pk} {normalize_user_code(code)}").hexdigest()
        if not cache.add(f"identity.used:{used}", True, CODE_HOLDS):
            raise get_adapter().validation_error("incorrect_code")
        forgive("second factor", str(self.user.pk))
        return code


class CodeForm(_CountedCode, codes.AuthenticateForm):  # type: ignore[misc]
    """A code at sign-in."""


class CodeAgainForm(_CountedCode, codes.ReauthenticateForm):  # type: ignore[misc]
    """A code before something that matters."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey that can open the account by itself."""

    name = forms.CharField(required=False, max_length=60)

    def clean_passwordless(self) -> bool:
        """Always: the browser was asked for one that verifies its person."""
        return True

    def clean_name(self) -> str:
        """One line."""
        name = str(super().clean_name())
        return line(name, 60)


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """What a passkey is called."""

    name = forms.CharField(max_length=60)

    def clean_name(self) -> str:
        """One line."""
        return line(self.cleaned_data["name"], 60)


def line(text: str, longest: int) -> str:
    """One line, else a form's error."""
    try:
        return one_line(text, "It", longest)
    except Invalid as refusal:
        raise forms.ValidationError(refusal.detail, code=refusal.code) from None
