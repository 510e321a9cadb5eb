"""Where allauth meets this server: accounts, their words, their limits, their events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.forms import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.actions.revoke_sessions import revoke_all_sessions
from buildrunner.server.domains.identity.actions.send_letter import send_letter
from buildrunner.server.domains.identity.actions.slow_down import forgive, slow_down
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.policies import sign_in_policy
from buildrunner.server.domains.identity.queries import find_person
from buildrunner.server.domains.identity.rules import acting, normal_email, session_digest
from buildrunner.server.domains.identity.types import FACTOR
from buildrunner.server.domains.identity.web.letters import LETTERS, NOTICES, REFUSALS
from buildrunner.server.platform.crypto.sealing import seal, unseal
from buildrunner.server.platform.errors import TooManyRequests
from buildrunner.server.platform.http import browser

WINDOW = timedelta(minutes=15)
# Against many machines guessing at one account, and one machine guessing at many.
MORE_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 100
LONGEST = 1024
SECURITY = "/account/security"


def local(path: str | None) -> bool:
    """Whether an address is a path on this very site: nothing else may be led to."""
    return bool(
        path and path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    )


def refused_for_now(refusal: TooManyRequests) -> ValidationError:
    """A rate limit as a form's error."""
    return ValidationError(
        refusal.detail, code="too_many_login_attempts", params=refusal.extensions
    )


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How allauth's accounts behave here."""

    error_messages = {**DefaultAccountAdapter.error_messages, **REFUSALS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Whom invitations admit is decided by the form, with the same answer for everybody."""
        return bool(settings.BR_SIGN_UP != "CLOSED")

    def is_safe_url(self, url: str) -> bool:
        """No open redirect: only paths here."""
        return local(url)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Only the sign-in page's script asks allauth for JSON; all else are pages."""
        return request.path == reverse("mfa_login_webauthn") and request.method == "GET"

    def get_client_ip(self, request: HttpRequest) -> str:
        """What trusted proxies say has been settled before Django."""
        return browser.client_address(request) or "unknown"

    # Ways in and out

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before it is judged, whether or not the account exists."""
        email = normal_email(credentials.get("email", ""))
        address = browser.client_address(request)
        person = find_person(email)
        attempts = sign_in_policy(person.id if person else uuid4()).attempts
        try:
            slow_down("sign-in at", address, limit=ATTEMPTS_PER_ADDRESS, window=WINDOW)
            slow_down("sign-in to", email, limit=attempts * MORE_PER_ACCOUNT, window=WINDOW)
            slow_down("sign-in", f"{email}\n{address}", limit=attempts, window=WINDOW)
        except TooManyRequests as refusal:
            raise refused_for_now(refusal) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """The person of a right password whose address is confirmed.

        Where it is not, the link goes out again and the answer is that of a wrong password: else
        signing up and then in with an address would tell whether it had an account before.
        """
        from allauth.account.internal.flows.email_verification import (
            send_verification_email_for_user,
        )
        from allauth.account.utils import has_verified_email

        person: Person | None = super().authenticate(request, **credentials)
        if person is None or not person.is_active:
            return None
        email = normal_email(credentials.get("email", ""))
        forgive("sign-in", f"{email}\n{browser.client_address(request)}")
        if not has_verified_email(person):
            send_verification_email_for_user(request, person)
            return None
        return person

    def login(self, request: HttpRequest, user: Person) -> None:
        """Open the session."""
        from allauth.account.authentication import get_authentication_records

        browser.sign_in(request, user)
        steps = get_authentication_records(request, user)
        by = [str(step.get("type") or step.get("method")) for step in steps]
        events.record(events.SIGNED_IN, user.id, actor=acting(user), data={"by": by})

    def logout(self, request: HttpRequest) -> None:
        """End the session."""
        person = request.user
        with transaction.atomic():
            if isinstance(person, Person):
                events.record(events.SIGNED_OUT, person.id, actor=acting(person))
            super().logout(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whose organization asks for a second factor is led to set one up."""
        from allauth.mfa.utils import is_mfa_enabled

        person = request.user
        wanted = isinstance(person, Person) and sign_in_policy(person.id).second_factor
        if wanted and not is_mfa_enabled(person):
            return SECURITY
        return str(super().get_login_redirect_url(request))

    # Changes

    def save_user(
        self, request: HttpRequest, user: Person, form: Any, commit: bool = True
    ) -> Person:
        """Somebody signs up."""
        user.name = form.cleaned_data["name"]
        saved: Person = super().save_user(request, user, form, commit)
        events.record(events.ACCOUNT_CREATED, saved.id, actor=acting(saved))
        return saved

    def clean_password(self, password: str, user: Any = None) -> str:
        """Length and no known passwords (NIST SP 800-63B, 3.1.1.2); see AUTH_PASSWORD_VALIDATORS."""
        if len(password) > LONGEST:
            raise ValidationError("The password is too long.", code="password_too_long")
        return str(super().clean_password(password, user))

    def set_password(self, user: Person, password: str) -> None:
        """Change it and sign every other browser out."""
        user.set_password(password)
        user.save(update_fields=["password"])
        request = self.request
        own = request.user.is_authenticated and request.user.pk == user.pk
        key = request.session.session_key if own else None
        actor = acting(user)
        events.record(events.PASSWORD_CHANGED, user.id, actor=actor)
        revoke_all_sessions(user.id, actor=actor, keep=session_digest(key) if key else None)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """An address is confirmed; where another stood, it takes its place."""
        person = email_address.user
        old = person.email
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            kind = events.EMAIL_VERIFIED if old == email_address.email else events.EMAIL_CHANGED
            events.record(kind, person.id, actor=acting(person))
        return confirmed

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Back to where it was begun."""
        return SECURITY

    def get_email_verification_redirect_url(self, email_address: Any) -> str:  # noqa: ARG002
        """To the profile, or to sign in."""
        return "/account/profile" if self.request.user.is_authenticated else settings.LOGIN_URL

    # Words

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to say again who one is, as links."""
        words = {
            "reauthenticate": "use your password",
            "mfa_reauthenticate": "use a code",
            "mfa_reauthenticate:webauthn": "use a passkey",
        }
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**way, "description": words[way["id"]]} for way in ways]

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it once on the next page, if there is anything to say."""
        words = message or NOTICES.get(message_template or "", "")
        if words:
            messages.add_message(request, level, words, extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue one of our letters. One about an account goes only where there is one."""
        asked = ("account/email/unknown_account", "account/email/account_already_exists")
        withheld = template_prefix in asked and find_person(email) is None
        send_letter(email, LETTERS[template_prefix](context), withheld=withheld)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:  # noqa: ARG002
        """Never from the Host header: mails are read elsewhere."""
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.BR_PUBLIC_URL}{path}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """See `get_email_confirmation_url`."""
        person, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": person, "key": token})
        return f"{settings.BR_PUBLIC_URL}{quote(path)}"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """How second factors behave here."""

    error_messages = {**DefaultMFAAdapter.error_messages, **REFUSALS}

    def encrypt(self, text: str) -> str:
        """TOTP secrets and the seeds of recovery codes are sealed at rest."""
        return seal(text, FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """See `encrypt`."""
        return unseal(encrypted_text, FACTOR)

    def build_totp_svg(self, url: str) -> str:
        """On white, so that cameras read it in the dark theme too."""
        svg = str(super().build_totp_svg(url))
        return svg.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)

    def generate_authenticator_name(self, user: Person, type: Any) -> str:
        """What a passkey is called until its owner says otherwise."""
        from allauth.mfa.models import Authenticator

        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the name under which people know the server."""
        return {"id": urlsplit(settings.BR_PUBLIC_URL).hostname or "", "name": "BuildRunner"}

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """What the browser shows beside a passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.name}

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Not the last one where an organization asks for one."""
        from allauth.mfa.models import Authenticator

        person_id: UUID = authenticator.user_id
        if not sign_in_policy(person_id).second_factor:
            return True
        others = Authenticator.objects.filter(user_id=person_id).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def _get_site_name(self) -> str:
        return "BuildRunner"
