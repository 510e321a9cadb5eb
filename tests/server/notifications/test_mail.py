"""Mails of notices: at once, after the night, as digests, and how they are stopped."""

from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, add_person
from factories.notices import at_night, notices, told
from factories.webhooks import look, make_due


def choose(tenant: Tenant, **wishes: Any) -> None:
    notifications.change_preferences(tenant.actor, **wishes)


def deliver(tenant: Tenant) -> list[Any]:
    """The worker's turn; every mail so far."""
    with tenant_scope(tenant.org_id):
        boxes = list(Endpoint.objects.filter(service="email").values_list("id", flat=True))
    for box in boxes:
        look(tenant, box)
    return list(mail.outbox)


def deliveries(tenant: Tenant) -> list[Delivery]:
    with tenant_scope(tenant.org_id):
        return list(Delivery.objects.order_by("id"))


def test_a_mail_has_text_html_and_one_click_unsubscribing(tenant: Tenant) -> None:
    told(tenant, title="Grace <b>mentions</b> you")
    (sent,) = deliver(tenant)
    assert sent.to == [tenant.person.email]
    assert sent.subject == "[Engine] Grace <b>mentions</b> you"
    assert "Please look at the criteria." in sent.body
    ((html, kind),) = sent.alternatives
    assert kind == "text/html"
    assert "Grace &lt;b&gt;mentions&lt;/b&gt; you" in html
    assert "http" not in re.sub(r'(href="|>|href=")https?://[^"<]*', "", html)  # links alone
    headers = sent.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        r"<https?://\S+/notifications/unsubscribe/\S+>", headers["List-Unsubscribe"]
    )
    (row,) = deliveries(tenant)
    assert headers["Message-ID"].startswith(f"<{row.id}@")
    assert row.delivered_at is not None


def test_one_click_stops_the_kind_without_a_session(tenant: Tenant) -> None:
    told(tenant)
    (sent,) = deliver(tenant)
    address = sent.message()["List-Unsubscribe"].strip("<>").partition("/notifications")[2]
    browser = Client(enforce_csrf_checks=True)
    path = f"/notifications{address}"
    shown = browser.get(path)
    assert (shown.status_code, b"Stop these mails" in shown.content) == (200, True)
    told(tenant)
    assert len(deliver(tenant)) == 2  # looking changes nothing
    done = browser.post(path, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    told(tenant)
    assert len(deliver(tenant)) == 2
    assert len(notices(tenant)) == 3  # the inbox goes on
    told(tenant, kind="claim.lost")
    assert len(deliver(tenant)) == 3
    browser.post(path, {"everything": "1"})
    told(tenant, kind="claim.lost", priority="urgent")
    assert len(deliver(tenant)) == 3


def test_a_made_up_link_does_nothing(tenant: Tenant) -> None:
    assert Client().post("/notifications/unsubscribe/nonsense").status_code == 404


def test_quiet_hours_hold_mails_until_they_end_and_send_one(tenant: Tenant) -> None:
    choose(tenant, **at_night())
    told(tenant, title="One")
    told(tenant, title="Two")
    told(tenant, title="Fire", kind="budget.exhausted")
    assert [sent.subject for sent in deliver(tenant)] == ["Urgent: [Engine] Fire"]
    assert notifications.mail_waiting() == 0
    assert notifications.mail_waiting(timezone.now() + timedelta(hours=2)) == 1
    assert notifications.mail_waiting(timezone.now() + timedelta(hours=2)) == 0
    digest = deliver(tenant)[-1]
    assert digest.subject == "2 notifications: One"
    assert "Two" in digest.body


def test_a_digest_leaves_out_what_was_read_or_is_no_longer_ones_to_see(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="viewer")
    actor = tenancy.actor_for_person(person)
    notifications.change_preferences(actor, digest="daily")
    told(tenant, person.id, title="Read")
    notifications.mark_read(actor)
    told(tenant, person.id, title="Unread")
    tomorrow = timezone.now() + timedelta(days=1, hours=1)
    assert notifications.mail_waiting(tomorrow) == 1
    assert [sent.subject for sent in deliver(tenant)] == ["[Engine] Unread"]
    told(tenant, person.id, title="Late")
    tenancy.remove_project_member(tenant.actor, tenant.project_id, person_id=person.id)
    assert notifications.mail_waiting(tomorrow) == 0


class Broken(BaseEmailBackend):
    """A mail server that is down, or refuses the address."""

    problem: Exception = SMTPServerDisconnected("gone")

    def send_messages(self, messages: Any) -> int:
        raise self.problem


def test_a_mail_server_that_is_down_is_tried_again_and_blocks_nothing(
    tenant: Tenant, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    assert told(tenant) == 1
    deliver(tenant)
    (row,) = deliveries(tenant)
    assert (row.attempts, row.delivered_at) == (1, None)
    assert "cannot be reached" in row.trouble
    assert row.due_at is not None
    assert row.due_at > timezone.now()
    with tenant_scope(tenant.org_id):
        box = Endpoint.objects.get(service="email")
    assert box.enabled
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_due(tenant, box.id)
    with tenant_scope(tenant.org_id):
        Endpoint.objects.filter(id=box.id).update(wake_at=timezone.now())
    assert len(deliver(tenant)) == 1


def test_an_address_that_is_refused_for_good_is_a_dead_letter(
    tenant: Tenant, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = SMTPRecipientsRefused({"x": (550, b"no such user")})
    monkeypatch.setattr(Broken, "problem", refusal)
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    told(tenant)
    deliver(tenant)
    (row,) = deliveries(tenant)
    assert (row.due_at, row.delivered_at) == (None, None)
    assert row.trouble == "The mail server answered 550: no such user"
