"""allauth's views as this server routes them: our templates, one transaction, every change told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.identity.actions.record_factors import factors_of, record_factors
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.policies import sign_in_policy
from buildrunner.server.domains.identity.rules import acting
from buildrunner.server.domains.identity.web import forms
from buildrunner.server.domains.identity.web.adapter import SECURITY, local

View = Callable[..., HttpResponse]


def told(view: View, *, methods: tuple[str, ...] = ("GET", "POST")) -> View:
    """What a form changes and the events that tell of it commit together.

    A form that refuses answers 422, one that was tried too often 429 with `Retry-After`.
    """

    @never_cache
    @require_http_methods(list(methods))
    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            person = request.user
            if not isinstance(person, Person):
                return _settled(view(request, *args, **kwargs))
            before = factors_of(person.id)
            response = view(request, *args, **kwargs)
            added = record_factors(acting(person), person.id, before=before)
            for number, (kind, _) in added.items():
                if kind != "recovery_codes":
                    # It was just shown to work, so this session has a second factor from now on.
                    record_authentication(
                        request, person, "mfa", id=number, type=kind, reauthenticated=True
                    )
            return _settled(response)

    return handle


def _settled(response: HttpResponse) -> HttpResponse:
    if response.status_code == 302:
        response.status_code = 303
    found = response.context_data if isinstance(response, TemplateResponse) else None
    form = (found or {}).get("form")
    if form is None or not getattr(form, "errors", None):
        return response
    response.status_code = 422
    for problem in form.errors.as_data().values():
        for error in problem:
            if error.code == "too_many_login_attempts":
                response.status_code = 429
                wait = (error.params or {}).get("retry_after", 60)
                response["Retry-After"] = str(wait)
    return response


class _Entrance:
    """Signed out."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the visitor wanted to go, if it is here, and who may sign up."""
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        wanted = request.POST.get("next") or request.GET.get("next")
        return {
            **found,
            "next": wanted if local(wanted) else "",
            "signup_open": settings.BR_SIGN_UP != "CLOSED",
            "by_invitation": settings.BR_SIGN_UP == "INVITE",
        }


class SignIn(_Entrance, account.LoginView):  # type: ignore[misc]
    """Email and password, or a passkey."""


class SignUp(_Entrance, account.SignupView):  # type: ignore[misc]
    """A new account."""

    template_name_signup_closed = "identity/sign_up_closed.html"

    def closed(self) -> HttpResponse:
        """Nobody can sign up by themselves."""
        response: HttpResponse = super().closed()
        response.status_code = 403
        return response


class ConfirmEmail(account.ConfirmEmailView):  # type: ignore[misc]
    """Looking at a link changes nothing."""

    def logout_other_user(self, confirmation: Any) -> None:
        """allauth ends another person's session when a link is looked at; here the button does."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)


class PasskeySignIn(passkeys.LoginWebAuthnView):  # type: ignore[misc]
    """A passkey alone."""

    def form_valid(self, form: Any) -> HttpResponse:
        """As allauth does, and on to where the visitor wanted to go."""
        from allauth.account.models import Login
        from allauth.mfa.webauthn.internal.flows import perform_passwordless_login

        authenticator = form.cleaned_data["credential"]
        wanted = self.request.POST.get("next")
        login = Login(user=authenticator.user, redirect_url=wanted if local(wanted) else None)
        return perform_passwordless_login(self.request, authenticator, login)  # type: ignore[no-any-return]


class Security(factors.IndexView):  # type: ignore[misc]
    """Everything that opens the account."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is there, and what an organization asks for."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        codes_kept = found["authenticators"].get("recovery_codes")
        return {
            **found,
            "factor_wanted": sign_in_policy(self.request.user.pk).second_factor,
            "codes_left": len(codes_kept.get_unused_codes()) if codes_kept else 0,
            "codes_made": len(codes_kept.generate_codes()) if codes_kept else 0,
        }


class AddPasskey(passkeys.AddWebAuthnView):  # type: ignore[misc]
    """A passkey that opens the account by itself, so it has to know its person."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the browser for one that is kept on the device and verifies its person."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        found["js_data"] = {
            "creation_options": webauthn.begin_registration(self.request.user, True)
        }
        return found


class RemovePasskey(passkeys.RemoveWebAuthnView):  # type: ignore[misc]
    """Remove one, but not the last factor where an organization asks for one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """See above."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            words = adapter.error_messages["cannot_delete_authenticator"]
            messages.error(self.request, words)
            return HttpResponseRedirect(SECURITY)
        return super().form_valid(form)  # type: ignore[no-any-return]


class PasskeyAgain(passkeys.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey before something that matters."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """allauth leaves the other ways out here."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **found,
            "next": self.request.GET.get("next", ""),
            "reauthentication_alternatives": self.get_reauthentication_alternatives(),
        }

    def form_invalid(self, form: Any) -> HttpResponse:
        """Try again here."""
        for words in form.errors.get("credential", []):
            messages.error(self.request, words)
        return HttpResponseRedirect(self.request.get_full_path())


def _fresh(view: View) -> View:
    again: View = reauthentication_required(app="allauth.account")(view)
    return again


sign_in = told(SignIn.as_view(template_name="identity/sign_in.html", form_class=forms.SignInForm))
sign_up = told(SignUp.as_view(template_name="identity/sign_up.html", form_class=forms.SignUpForm))
sign_out = told(account.LogoutView.as_view(), methods=("POST",))
inactive = told(
    account.AccountInactiveView.as_view(template_name="identity/inactive.html"), methods=("GET",)
)
check_mail = told(
    account.EmailVerificationSentView.as_view(template_name="identity/check_mail.html"),
    methods=("GET",),
)
confirm_email = told(account.ConfirmEmailView.as_view(template_name="identity/confirm_email.html"))
forgotten = told(account.PasswordResetView.as_view(template_name="identity/forgotten.html"))
forgotten_sent = told(
    account.PasswordResetDoneView.as_view(template_name="identity/forgotten_sent.html"),
    methods=("GET",),
)
new_password = told(
    account.PasswordResetFromKeyView.as_view(
        template_name="identity/new_password.html", success_url="/sign-in"
    )
)
passkey_sign_in = told(PasskeySignIn.as_view(template_name="identity/sign_in.html"))
second_factor = told(
    factors.AuthenticateView.as_view(
        template_name="identity/second_factor.html", form_class=forms.CodeForm
    )
)

change_password = told(
    account.PasswordChangeView.as_view(template_name="identity/change_password.html")
)
set_password = told(
    _fresh(account.PasswordSetView.as_view(template_name="identity/set_password.html"))
)
email = told(account.EmailView.as_view(template_name="identity/email.html"))

password_again = told(
    account.ReauthenticateView.as_view(
        template_name="identity/again.html", form_class=forms.PasswordAgainForm
    )
)
code_again = told(
    factors.ReauthenticateView.as_view(
        template_name="identity/again_code.html", form_class=forms.CodeAgainForm
    )
)
passkey_again = told(PasskeyAgain.as_view(template_name="identity/again_passkey.html"))

security = told(Security.as_view(template_name="identity/security.html"), methods=("GET",))
add_app = told(totp.ActivateTOTPView.as_view(template_name="identity/add_app.html"))
remove_app = told(totp.DeactivateTOTPView.as_view(template_name="identity/remove_app.html"))
recovery_codes = told(
    codes.ViewRecoveryCodesView.as_view(template_name="identity/recovery_codes.html"),
    methods=("GET",),
)
new_codes = told(codes.GenerateRecoveryCodesView.as_view(template_name="identity/new_codes.html"))
download_codes = told(
    codes.DownloadRecoveryCodesView.as_view(template_name="identity/recovery_codes.txt"),
    methods=("GET",),
)
add_passkey = told(
    AddPasskey.as_view(template_name="identity/add_passkey.html", form_class=forms.AddPasskeyForm)
)
rename_passkey = told(
    passkeys.EditWebAuthnView.as_view(
        template_name="identity/rename_passkey.html",
        form_class=forms.RenamePasskeyForm,
        success_url=SECURITY,
    )
)
remove_passkey = told(
    RemovePasskey.as_view(template_name="identity/remove_passkey.html", success_url=SECURITY)
)
