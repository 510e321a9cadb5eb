"""The pages of the inbox, of the choices and of channels."""

from __future__ import annotations

import pytest
from django.test import Client

from buildrunner.server.domains.notifications import facade as notifications
from factories import Tenant, add_person
from factories.notices import make_channel, told
from factories.webhooks import happens, tell


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(tenant.person)
    return client


def test_the_inbox_shows_and_marks(tenant: Tenant, browser: Client) -> None:
    told(tenant, title="Grace <b>mentions</b> you", kind="budget.exhausted")
    page = browser.get("/notifications").content.decode()
    assert "Grace &lt;b&gt;mentions&lt;/b&gt; you" in page
    assert 'data-priority="urgent"' in page
    assert "Notifications, 1 unread" in page
    assert "Grace" in browser.get("/notifications/flyout").content.decode()
    (one,) = notifications.inbox(tenant.actor)
    answer = browser.post("/notifications/read", {"id": str(one.id), "show": "unread"})
    assert (answer.status_code, answer["Location"]) == (303, "/notifications?show=unread")
    assert "All read" in browser.get("/notifications?show=unread").content.decode()
    browser.post("/notifications/read", {"id": str(one.id), "read": "0"})
    assert notifications.unread(tenant.actor).unread == 1
    browser.post("/notifications/read", {"all": "1"})
    assert notifications.unread(tenant.actor).unread == 0


def test_the_bell_is_on_every_page(tenant: Tenant, browser: Client) -> None:
    for path in ("/projects", f"/projects/{tenant.project_id}/plan", "/account/profile"):
        assert "data-bell" in browser.get(path).content.decode()


def test_a_form_of_choices_with_a_wrong_zone_says_so(tenant: Tenant, browser: Client) -> None:
    form = {
        "time_zone": "Mars",
        "digest": "daily",
        "digest_time": "08:00",
        "digest_weekday": "0",
        "mail": "1",
        "kind": ["claim.lost"],
    }
    answer = browser.post("/account/notifications", form)
    assert answer.status_code == 422
    assert "is no time zone" in answer.content.decode()
    kept = browser.post("/account/notifications", form | {"time_zone": "Asia/Tokyo"})
    assert kept.status_code == 303
    view = notifications.preferences(tenant.actor)
    assert (view.digest, view.time_zone) == ("daily", "Asia/Tokyo")
    (row,) = [one for one in view.matrix if one.kind == "claim.lost"]
    assert not any(row.channels.values())


def test_a_channel_from_the_form_to_its_dead_letters(tenant: Tenant, browser: Client) -> None:
    home = f"/orgs/{tenant.org_id}/channels"
    form = {"service": "teams", "url": "ftp://x", "group": ["Checks"], "least": "low"}
    refused = browser.post(home, form)
    assert refused.status_code == 422
    made = browser.post(home, form | {"url": "https://example.com/hooks/secret"})
    assert made.status_code == 303
    page = browser.get(made["Location"]).content.decode()
    assert "evidence.received" in page
    assert "secret" not in page
    assert browser.post(f"{made['Location']}/test").status_code == 303
    assert "channel.test" in browser.get(made["Location"]).content.decode()
    assert browser.post(made["Location"], {"least": "high", "description": "x"}).status_code == 303
    browser.post(f"{made['Location']}/switch")
    assert "Switched off" in browser.get(made["Location"]).content.decode()
    assert "No dead letters" in browser.get(f"{made['Location']}?show=failed").content.decode()
    assert browser.post(f"{made['Location']}/delete").status_code == 303
    assert "None yet" in browser.get(home).content.decode()


def test_a_delivery_shows_what_was_sent_of_a_chat_and_nothing_of_a_mail(
    tenant: Tenant, browser: Client
) -> None:
    channel = make_channel(tenant, kinds=["approval.*"])
    tell(happens(tenant, "approval.requested", subject="7", data={"title": "Passkeys"}))
    told(tenant, body="Between us")
    for view in notifications.channels(tenant.actor, tenant.org_id):
        (line,) = notifications.channel_deliveries(tenant.actor, tenant.org_id, view.id)
        path = f"/orgs/{tenant.org_id}/channels/{view.id}/deliveries/{line.delivery.id}"
        page = browser.get(path).content.decode()
        assert ("Passkeys" in page) == (view.id == channel.id)
        assert "Between us" not in page
        assert browser.post(f"{path}/replay").status_code == 303


def test_a_pm_comes_to_the_channels_of_the_project(tenant: Tenant) -> None:
    pm = add_person(tenant, project_role="pm")
    client = Client()
    client.force_login(pm)
    sent = client.get(f"/projects/{tenant.project_id}/channels")
    assert sent.status_code == 302
    assert client.get(sent["Location"]).status_code == 200
    assert client.get(f"/orgs/{tenant.org_id}/channels").status_code == 403
