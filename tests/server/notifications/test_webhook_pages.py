"""The pages of webhooks: what they show once, what they refuse, and that answers stay text."""

from __future__ import annotations

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from buildrunner.server.domains.notifications import facade as notifications
from factories import Tenant, add_person
from factories.webhooks import PUBLIC, happens, log, look, make_log, make_webhook, tell
from kits.receiver import Answer, Receiver


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    """The owner's."""
    client = Client()
    client.force_login(tenant.person)
    return client


def text(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def secrets_in(answer: HttpResponse) -> list[str]:
    return re.findall(r"whsec_[\w+/=]+", text(answer))


def address(tenant: Tenant, *rest: object) -> str:
    return "/".join(["/orgs", str(tenant.org_id), "webhooks", *map(str, rest)])


def test_a_secret_is_shown_once(tenant: Tenant, browser: Client) -> None:
    form = {"url": PUBLIC, "kinds": "plan.*, claim.taken", "description": "CI"}
    made = browser.post(address(tenant), form)
    assert made.status_code == 200
    (secret,) = set(secrets_in(made))
    (endpoint,) = notifications.endpoints(tenant.actor, tenant.org_id)
    assert endpoint.kinds == ["plan.*", "claim.taken"]
    assert secrets_in(browser.get(address(tenant))) == []
    one = address(tenant, endpoint.id)
    assert secrets_in(browser.get(one)) == []
    rotated = browser.post(one + "/rotate", {"overlap": "3600"})
    assert set(secrets_in(rotated)) - {secret}
    assert "no-store" in rotated["Cache-Control"]
    assert secrets_in(browser.get(one)) == []


def test_a_form_loses_nothing_when_it_is_refused(tenant: Tenant, browser: Client) -> None:
    form = {"url": "https://10.0.0.1/", "kinds": "plan.*", "description": "kept words"}
    for place in (address(tenant), address(tenant, make_webhook(tenant).endpoint.id)):
        answer = browser.post(place, form)
        assert answer.status_code == 422
        shown = text(answer)
        assert 'aria-invalid="true"' in shown
        assert "not public" in shown
        for value in form.values():
            assert value in shown
    refused = browser.post(address(tenant), {**form, "url": PUBLIC, "project": "nonsense"})
    assert refused.status_code == 422


def test_what_others_answer_stays_text(tenant: Tenant, browser: Client, receiver: Receiver) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    receiver.decide = lambda _: Answer(500, attack.encode())
    made = make_webhook(tenant, receiver.url, description=attack)
    tell(happens(tenant, subject=attack, data={"title": attack}))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    for place in (
        address(tenant),
        address(tenant, made.endpoint.id),
        address(tenant, made.endpoint.id, "deliveries", entry.id),
    ):
        answer = browser.get(place)
        assert answer.status_code == 200
        assert attack not in answer.content.decode()
        assert attack in text(answer)


def test_the_log_can_be_narrowed(tenant: Tenant, browser: Client, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url, kinds=["*"])
    receiver.decide = lambda one: Answer(500 if b"claim.taken" in one.body else 200)
    tell(happens(tenant), happens(tenant, "claim.taken"))
    look(tenant, made.endpoint.id)
    one = address(tenant, made.endpoint.id)
    assert "Delivered" in text(browser.get(one))
    failed = text(browser.get(one + "?show=failed"))
    assert "claim.taken" in failed
    assert "Delivered" not in failed
    assert "It fails." in failed
    assert browser.get(one + "?before=nonsense").status_code == 400


def test_a_long_log_has_pages(
    tenant: Tenant, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from buildrunner.server.domains.notifications.web import pages

    monkeypatch.setattr(pages, "LOG_PAGE", 2)
    webhook, _ = make_log(tenant)
    for _ in range(3):
        notifications.send_ping(tenant.actor, tenant.org_id, webhook)
    seen: list[str] = []
    place = address(tenant, webhook)
    while place:
        shown = text(browser.get(place))
        seen += re.findall(r"/deliveries/([0-9a-f-]{36})", shown)
        older = re.search(r'href="([^"]*before=[^"]*)"', shown)
        place = older[1] if older else ""
    assert len(seen) == len(set(seen)) == 4


def test_the_buttons_do_what_they_say(tenant: Tenant, browser: Client) -> None:
    webhook, delivery = make_log(tenant)
    one = address(tenant, webhook)

    def press(button: str, **form: str) -> str:
        answer = browser.post(f"{one}/{button}", form)
        assert answer.status_code == 303
        return text(browser.get(answer["Location"]))

    assert "Switched off." in press("switch", enabled="0")
    assert "switched off; switch it on first" in press("ping")
    assert "switched off; switch it on first" in press(f"deliveries/{delivery}/replay")
    assert "switched off; switch it on first" in press("replay", span="3600")
    assert "Switched off." not in press("switch", enabled="1")
    assert "test message is on its way" in press("ping")
    assert "on its way again" in press(f"deliveries/{delivery}/replay")
    assert "queued" in press("replay", span="3600", everything="1")
    assert browser.post(f"{one}/replay", {"span": "5"}).status_code == 422
    assert "deleted" in press("delete")
    assert browser.get(one).status_code == 404


def test_members_are_told_who_may(tenant: Tenant, stranger: Tenant) -> None:
    webhook, _ = make_log(tenant)
    client = Client()
    client.force_login(add_person(tenant, project_role="pm"))
    answer = client.get(address(tenant, webhook))
    assert answer.status_code == 403
    assert "webhook.manage" in text(answer)
    client.force_login(stranger.person)
    assert client.get(address(tenant, webhook)).status_code == 404
