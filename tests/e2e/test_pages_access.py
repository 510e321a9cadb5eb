"""Every page, light and dark, wide and narrow: axe-core finds nothing, nothing scrolls sideways."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from buildrunner.client import Client
from kits.attached import PNG
from kits.drifted import make_drift
from kits.plan_page import breaches, large_plan, odd_plan
from kits.product import Product
from kits.proofs import checkout_plan, prove_checkout

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PHASE8 = Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json"
SCHEMES = ("light", "dark")
WIDTHS = (1440, 768, 360)
PAGES = (
    "/projects",
    "/projects/new",
    "{plan}",
    "{plan}?q=schema",
    "{plan}?q=nothing+fits",
    "{plan}?group=owner",
    "{odd}?group=priority&is=problem",
    "{plan}/items/m1.s1.ms2",
    "{plan}/items/m1",
    "{flow}",
    "{timeline}",
    "{timeline}?zoom=week&lanes=person&area=claim",
    "{timeline}/runs",
    "{timeline}/runs/{run}",
    "{usage}",
    "/orgs/{org}/usage",
    "{usage}?by=microstep&of=",
    "{analytics}",
    "{analytics}?from=2026-01-01&to=2026-03-31&phase=m1",
    "{analytics}/rows?of=rework_share",
    "{analytics}/anomalies",
    "{analytics}/anomalies?status=open",
    "{analytics}/sources",
    "{analytics}/reports",
    "{analytics}/reports?show=monthly",
    "/orgs/{org}/analytics/anomalies",
    "/orgs/{org}/analytics/sources",
    "{models}",
    "{models}?task=qa&period=7d",
    "{models}/routes",
    "{models}/settings",
    "{models}/arbitrations",
    "{explain}",
    "{explain}/overview?audience=business&language=de",
    "{explain}/tour",
    "{flow}?node=m1.s1.ms2&view=list",
    "{history}",
    "{history}/1",
    "{odd}",
    "{odd}/items/m1.s1.ms0",
    "{empty}",
    "{large}",
    "{tests}",
    "{tests}?state=failed",
    "{tests}/items/m1.s1.ms2",
    "{tests}/items/m2.s1.ms1",
    "{tests}/records/{evidence}",
    "{untested}",
    "{drift}",
    "{drift}?kind=file_unplanned",
    "{bench}",
    "{bench}/items/m1.s1.ms2",
    "{bench}/context/m1.s1.ms2?budget=300",
    "{bench}/rescope",
    "{bench}/rescope/{rescope}",
    "{talk}",
    "{talk}?type=microstep&id=m1.s1.ms2",
    "{talk}/{comment}",
    "/settings/keys",
    "/account/profile",
    "/account/profile/email",
    "/account/security",
    "/account/security/password/set",
    "/account/security/app",
    "/account/security/passkeys/add",
    "/account/security/delete",
    "/account/sessions",
    "/outbox",
    "/orgs/new",
    "/orgs/{org}/settings",
    "/orgs/{org}/members",
    "/orgs/{org}/agents",
    "/orgs/{org}/teams",
    "/orgs/{org}/teams/{team}",
    "/orgs/{org}/settings/leave",
    "/orgs/{org}/settings/delete",
    "/projects/import",
    "/projects/{archived}/settings/duplicate",
    "/projects/{archived}/settings",
    "/projects/{archived}/settings/archive",
    "/projects/{archived}/governance",
    "/projects/{archived}/governance/waivers",
    "/projects/{archived}/settings/governance",
    "{governed}/governance?state=all",
    "{governed}/governance/requests/1",
    "{governed}/governance/waivers",
    "{governed}/settings/governance",
    "{governed}/settings/governance/versions/2",
    "{governed}/templates",
    "{governed}/templates/import",
    "/orgs/{org}/blueprints",
    "/invitations",
    "/notifications",
    "/notifications?show=unread",
    "/account/notifications",
    "/orgs/{org}/models",
    "/orgs/{org}/models/profiles",
    "/orgs/{org}/models/profiles?model=gpt-5",
    "/orgs/{org}/channels",
    "/orgs/{org}/channels?mine=1",
    "{channel}",
    "{channel}?show=failed",
    "/orgs/{org}/webhooks",
    "/orgs/{org}/access-reviews",
    "/orgs/{org}/tier",
    "/orgs/{org}/ledger",
    "/orgs/{org}/ledger?entity=nothing",
    "/orgs/{org}/ledger/1",
    "{webhook}",
    "{webhook}?show=failed",
    "{webhook}/deliveries/{delivery}",
    "/device",
    "/oauth/authorize",
    "/device?user_code=BBBB-BBBB",
    "/design",
    "/nowhere",
)
# What sticks out, for the message.
WIDEST = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((one) => `${one.tagName}.${one.className}`).slice(-5)"""
OUTSIDE = (
    "/sign-in",
    "/sign-in/link/unknown",
    "/sign-in/forgotten",
    "/sign-in/forgotten/1-x",
    "/sign-up",
    "/sign-up/check-mail",
    "/sign-up/confirm/x",
    "/invitations/inv_unknown",
    "/problems",
    "/problems/rate_limited",
)


@pytest.fixture(scope="module")
def places(server: Product) -> dict[str, str]:
    """Addresses of plans of every kind."""
    with Client(server.url, server.api_key) as client:
        found = {}
        for name, document in (
            ("plan", json.loads(PHASE8.read_text())),
            ("odd", odd_plan()),
            ("large", large_plan()),
            ("empty", None),
        ):
            project = client.projects.create(name).id
            if document:
                client.plans.put(project, document)
            found[name] = f"/projects/{project}/plan"
        found["history"] = found["plan"].removesuffix("plan") + "history"
        client.claims.take(found["plan"].split("/")[2], "m1.s1.ms2", holder="agent@laptop")
        found["drift"] = f"/projects/{make_drift(client)}/reconcile"
        found["usage"] = found["plan"].removesuffix("plan") + "usage"
        found["analytics"] = found["plan"].removesuffix("plan") + "analytics"
        client.reports.schedule(found["plan"].split("/")[2], "weekly")
        client.usage_sources.add(
            "github",
            "Actions",
            project_id=found["plan"].split("/")[2],
            api_key="github_pat_nobody",
            settings={"organization": "acme"},
        )
        found["explain"] = found["plan"].removesuffix("plan") + "explain"
        found["models"] = route(client, found["plan"].split("/")[2])
        found["flow"] = found["plan"].removesuffix("plan") + "flow"
        found["timeline"] = found["plan"].removesuffix("plan") + "timeline"
        run = client.runs.start(
            found["plan"].split("/")[2],
            program="claude-code 2.1",
            commit="1f0c2b6d9e",
            branch="main",
        ).id
        found["run"] = run
        found["untested"] = found["plan"].removesuffix("plan") + "tests"
        found["bench"] = found["plan"].removesuffix("plan") + "workbench"
        found["rescope"] = str(
            client.rescopes.propose(found["plan"].split("/")[2], "drop m1.s1.ms2").id
        )
        talk = found["plan"].split("/")[2]
        found["talk"] = f"/projects/{talk}/discussion"
        said = client.comments.create(
            talk,
            "Is *this* done? @nobody, see https://github.com/acme/shop/pull/12 and `shop/cart.py:42`",
            entity_type="microstep",
            entity_id="m1.s1.ms2",
        )
        client.comments.create(talk, "Not yet", parent_id=said.id)
        client.comments.attach(said.id, "cart.png", PNG)
        client.comments.attach(said.id, "trace.log", b"line")
        client.comments.react(said.id, "👀")
        found["comment"] = said.id
        org = next(iter(client.organizations.list())).id
        client.agents.create(org, "claude")
        frontend = client.teams.create(org, "frontend", title="Frontend")
        client.teams.add(org, frontend.id, client.me().id)
        found["team"] = frontend.id
        checkout = client.projects.create("checkout").id
        client.plans.put(checkout, checkout_plan())
        found["tests"] = f"/projects/{checkout}/tests"
        found["evidence"] = prove_checkout(client, checkout, checkout_plan())
        found["governed"] = govern(server, found["plan"].split("/")[2])
        found |= team(client, server)
        found |= webhook(server, found["org"])
        chat = client.channels.create(
            found["org"], "slack", "https://hooks.example.com/services/T/B/x"
        )
        found["channel"] = f"/orgs/{found['org']}/channels/{chat.id}"
    return found


def route(client: Client, project: str) -> str:
    """Tasks that were routed, with outcomes of every kind."""
    for task in ("explain", "builder"):
        for place in range(3):
            made = client.models.route(project, task, microstep_id="m1.s1.ms2")
            client.models.report(
                project,
                made.id,
                success=place > 0,
                quality="8.5" if place else None,
                latency_ms=1200 * (place + 1),
                input_tokens=900 if place else None,
                note="" if place else "unbreakable" * 9,
            )
    return f"/projects/{project}/models"


def webhook(server: Product, org: str) -> dict[str, str]:
    """A webhook that nobody answers, its test message tried once."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers) as api:
        url = f"https://hooks.invalid/{'a-long-path/' * 12}"
        made = api.post(f"/api/orgs/{org}/webhooks", json={"url": url, "kinds": ["plan.*"]})
        place = f"/orgs/{org}/webhooks/{made.json()['id']}"
        sent = api.post(f"/api{place}/ping").json()["id"]
        deadline = time.monotonic() + 30
        while not api.get(f"/api{place}/deliveries/{sent}").json()["trouble"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    return {"webhook": place, "delivery": sent}


def govern(server: Product, project: str) -> str:
    """A policy with two versions, one of them with a warning, and a change that asks."""
    headers = {"Authorization": f"Bearer {server.api_key}"}
    head = "a" * 40
    change = {
        "files": [{"path": "infra/a-long-name/" * 8 + "main.tf", "digest": head}],
        "title": "Change the " + "infrastructure " * 8,
        "branch": "feature/unbreakable-" + "name" * 12,
        "target": "main",
        "base": "c" * 40,
        "head": head,
    }
    with httpx.Client(base_url=server.url, headers=headers) as api:
        for text in ("version: '1'\n", "protected_paths: [infra/]\nunheard_of: 1\n"):
            saved = api.put(
                f"/api/projects/{project}/policy", json={"text": text}, headers={"If-Match": "*"}
            )
            saved.raise_for_status()
        asked = api.post(f"/api/projects/{project}/change-requests", json={"change": change})
        asked.raise_for_status()
    return f"/projects/{project}"


def team(client: Client, server: Product) -> dict[str, str]:
    """An organization with invitations, service accounts and an archived project."""
    org = client.me().organizations[0].id
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers) as api:
        for email in ("grace@example.test", "a.very.long.address.of.somebody@example.test"):
            api.post(f"/api/orgs/{org}/invitations", json={"email": email}).raise_for_status()
        robots = f"/api/orgs/{org}/service-accounts"
        for name in ("Build server", "Unbreakable" * 8):
            api.post(robots, json={"name": name}).raise_for_status()
        project = client.projects.create("Put away").id
        api.post(f"/api/projects/{project}/archive").raise_for_status()
    return {"org": org, "archived": project}


@pytest.fixture(params=SCHEMES)
def page(
    request: pytest.FixtureRequest, browser: Browser, signed_in: Path, server: Product
) -> Iterator[Page]:
    """The owner's browser in one scheme; at the end the policy was never broken."""
    context = browser.new_context(
        storage_state=signed_in, color_scheme=request.param, base_url=server.url
    )
    made = context.new_page()
    troubles: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    made.on("console", hear)
    made.on("pageerror", lambda error: troubles.append(str(error)))
    yield made
    context.close()
    assert troubles == []


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_for_everybody(page: Page, places: dict[str, str], address: str) -> None:
    page.goto(address.format(**places))
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"scrolls sideways at {width}: {page.evaluate(WIDEST)}"
        # What depends on neither colour nor width is asked once.
        if width == 1440:
            assert breaches(page, ["color-contrast"] if dark else None) == []
        elif width == 360 and not dark:
            assert breaches(page, ["target-size", "color-contrast"]) == []


@pytest.mark.parametrize("address", OUTSIDE)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_way_in_is_for_everybody(
    browser: Browser, server: Product, address: str, scheme: Any
) -> None:
    context = browser.new_context(color_scheme=scheme, base_url=server.url)
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert breaches(page) == []
    if address == "/sign-in":
        page.get_by_label("Email").fill("nobody@example.test")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Email")).to_have_value("nobody@example.test")
        assert breaches(page) == []
    context.close()


def test_what_opens_over_a_page_is_for_everybody(page: Page, places: dict[str, str]) -> None:
    page.goto(places["plan"])
    title = page.locator('[data-part="row:m1.s1.ms2"] [data-nav]')
    for keys, shown, where in (
        ("s", page.get_by_role("menu", name="Status"), "#status-menu"),
        ("e", page.get_by_role("textbox", name="Title of m1.s1.ms2"), ".row.editing"),
        ("?", page.get_by_role("dialog", name="Keyboard"), "#keymap"),
    ):
        title.focus()
        page.keyboard.press(keys)
        expect(shown).to_be_visible()
        assert breaches(page, within=where) == []
        page.keyboard.press("Escape")
        expect(shown).to_be_hidden()
    for name in ("switch-menu", "person-menu"):
        page.locator(f'[popovertarget="{name}"]').click()
        expect(page.locator(f"#{name}")).to_be_visible()
        assert breaches(page, within=f"#{name}") == []
        page.keyboard.press("Escape")


def test_the_rail_is_a_sheet_on_small_screens(page: Page, places: dict[str, str]) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(places["plan"])
    rail = page.get_by_role("navigation", name="Main")
    expect(rail).to_be_hidden()
    page.get_by_role("button", name="Open navigation").click()
    expect(rail.get_by_role("link", name="Plan")).to_be_visible()
    assert breaches(page, within="#rail") == []
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    expect(page.get_by_role("button", name="Open navigation")).to_be_focused()


def test_a_chosen_theme_stays(page: Page) -> None:
    page.goto("/projects")
    root = page.locator("html")
    for theme in ("dark", "light"):
        page.locator('[popovertarget="person-menu"]').click()
        page.locator(f'[data-theme-set="{theme}"]').click()
        expect(root).to_have_attribute("data-theme", theme)
        page.reload()
        expect(root).to_have_attribute("data-theme", theme)
    page.locator('[popovertarget="person-menu"]').click()
    page.locator('[data-theme-set="system"]').click()
    page.reload()
    assert root.get_attribute("data-theme") is None


def test_a_key_is_made_and_revoked(page: Page) -> None:
    page.goto("/settings/keys")
    page.get_by_label("Name").fill("night builds")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_text("night builds is ready")).to_be_visible()
    assert breaches(page) == []
    page.get_by_role("button", name="Revoke night builds").first.click()
    dialog = page.get_by_role("dialog", name="Revoke night builds").first
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    assert breaches(page, within="dialog[open]") == []
    dialog.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("The key is revoked")).to_be_visible()


def test_motion_rests_for_those_who_ask(page: Page, places: dict[str, str]) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(places["plan"])
    page.locator('[data-part="row:m1.s1.ms2"] .title').click()
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    spent = drawer.evaluate("drawer => parseFloat(getComputedStyle(drawer).animationDuration)")
    assert spent < 0.001
