"""Keys that terminals get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import Forbidden
from factories import Tenant


def start() -> tuple[str, str]:
    grant = identity.start_device_grant(client_name="br on laptop", address="203.0.113.7")
    return grant.device_code, grant.user_code


def test_a_terminals_key_ends_when_unused(tenant: Tenant) -> None:
    device, user = start()
    identity.decide_device_grant(tenant.actor, user, approve=True)
    got = tenancy.exchange_device_code(device)
    assert isinstance(got, tenancy.DeviceKey)
    key = tenancy.own_personal_keys(tenant.actor)[0]
    assert (key.name, key.idle_days) == ("br on laptop", 90)
    assert key.expires_at
    assert abs(key.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)


def test_the_operator_says_how_long(tenant: Tenant, settings: object) -> None:
    settings.BR_DEVICE_KEY_DAYS = 0  # type: ignore[attr-defined]
    device, user = start()
    identity.decide_device_grant(tenant.actor, user, approve=True)
    assert isinstance(tenancy.exchange_device_code(device), tenancy.DeviceKey)
    assert tenancy.own_personal_keys(tenant.actor)[0].expires_at is None


def test_a_session_without_a_demanded_factor_lets_no_terminal_in(tenant: Tenant) -> None:
    proven = replace(tenant.actor, second_factor=True)
    tenancy.change_security(proven, tenant.org_id, require_mfa=True)
    device, user = start()
    with pytest.raises(Forbidden) as refusal:
        identity.decide_device_grant(tenant.actor, user, approve=True)
    assert refusal.value.code == "second_factor_required"
    waiting = tenancy.exchange_device_code(device)
    assert not isinstance(waiting, tenancy.DeviceKey)
    assert waiting.state == "authorization_pending"
    identity.decide_device_grant(proven, user, approve=True)
