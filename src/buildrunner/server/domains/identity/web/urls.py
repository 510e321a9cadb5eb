"""Addresses of the pages of accounts. Names are allauth's: it leads from one to the other."""

from __future__ import annotations

from django.urls import path, re_path

from buildrunner.server.domains.identity.web import engine, pages

urlpatterns = [
    path("sign-in", engine.sign_in, name="account_login"),
    path("sign-in/link/<str:token>", pages.sign_in_link),
    path("sign-in/passkey", engine.passkey_sign_in, name="mfa_login_webauthn"),
    path("sign-in/second-factor", engine.second_factor, name="mfa_authenticate"),
    path("sign-in/forgotten", engine.forgotten, name="account_reset_password"),
    path("sign-in/forgotten/sent", engine.forgotten_sent, name="account_reset_password_done"),
    re_path(
        r"^sign-in/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        engine.new_password,
        name="account_reset_password_from_key",
    ),
    path("sign-in/closed", engine.inactive, name="account_inactive"),
    path("sign-up", engine.sign_up, name="account_signup"),
    path("sign-up/check-mail", engine.check_mail, name="account_email_verification_sent"),
    re_path(
        r"^sign-up/confirm/(?P<key>[-:\w]+)$", engine.confirm_email, name="account_confirm_email"
    ),
    path("sign-out", engine.sign_out, name="account_logout"),
    path("device", pages.device),
    path("account", pages.account),
    path("account/profile", pages.profile),
    path("account/profile/email", engine.email, name="account_email"),
    path("account/security", engine.security, name="mfa_index"),
    path("account/security/password", engine.change_password, name="account_change_password"),
    path("account/security/password/set", engine.set_password, name="account_set_password"),
    path("account/security/app", engine.add_app, name="mfa_activate_totp"),
    path("account/security/app/remove", engine.remove_app, name="mfa_deactivate_totp"),
    path("account/security/passkeys/add", engine.add_passkey, name="mfa_add_webauthn"),
    path(
        "account/security/passkeys/<int:pk>/rename",
        engine.rename_passkey,
        name="mfa_edit_webauthn",
    ),
    path(
        "account/security/passkeys/<int:pk>/remove",
        engine.remove_passkey,
        name="mfa_remove_webauthn",
    ),
    path("account/security/codes", engine.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/security/codes/new", engine.new_codes, name="mfa_generate_recovery_codes"),
    path("account/security/codes/file", engine.download_codes, name="mfa_download_recovery_codes"),
    path("account/security/confirm", engine.password_again, name="account_reauthenticate"),
    path("account/security/confirm/code", engine.code_again, name="mfa_reauthenticate"),
    path(
        "account/security/confirm/passkey", engine.passkey_again, name="mfa_reauthenticate_webauthn"
    ),
    path("account/security/delete", pages.delete),
    path("account/sessions", pages.sessions),
    path("account/sessions/revoke", pages.revoke),
    path("outbox", pages.outbox),
]
