"""The Discussion page: say, answer, promote; what others say comes in, what one types stays."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from buildrunner.client import Client
from kits.plan_page import breaches
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_talk_becomes_a_microstep(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Talk").id
        client.plans.put(project, checkout_plan())
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/discussion?type=microstep&id=m1.s1.ms2")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        words = page.get_by_label("Say something about m1.s1.ms2")
        words.fill("Who checks **dates**? <b>me</b>")
        expect(page.locator("#preview strong")).to_have_text("dates")
        page.get_by_role("button", name="Comment", exact=True).click()
        said = page.locator(".comment .prose")
        expect(said).to_have_text("Who checks dates? <b>me</b>")
        expect(page.locator(".comment-head .id")).to_have_text("m1.s1.ms2")

        first = next(iter(client.comments.list(project)))
        began = time.monotonic()
        client.comments.create(project, "An agent does", parent_id=first.id)
        expect(page.locator(".answer .prose")).to_have_text("An agent does")
        print(f"\na comment of somebody else is seen after {time.monotonic() - began:.2f} s")

        page.get_by_text("Answer", exact=True).first.click()
        box = page.get_by_label("Answer")
        box.fill("half a thought")
        client.comments.create(project, "More news", parent_id=first.id)
        client.comments.react(first.id, "👀")
        expect(page.locator(".answer")).to_have_count(2)
        expect(page.locator(".reaction")).to_have_count(1)
        expect(box).to_have_value("half a thought")
        expect(box).to_be_focused()
        client.comments.edit(first.id, "Who checks *dates*?")
        expect(page.locator(".comment .prose em")).to_have_text("dates")
        client.comments.resolve(first.id)
        expect(page.locator(".thread.resolved")).to_have_count(1)
        expect(box).to_have_value("half a thought")
        client.comments.reopen(first.id)
        expect(page.locator(".thread.resolved")).to_have_count(0)
        box.fill("")

        page.get_by_role("button", name="Resolve").click()
        expect(page.locator(".thread.resolved")).to_have_count(1)
        page.locator(".comment-head a.muted").first.click()
        page.get_by_label("Step", exact=True).select_option("m1.s1")
        page.get_by_label("Title", exact=True).fill("Check dates")
        page.get_by_label("Acceptance criteria").fill("A past date is refused\nToday is taken")
        page.get_by_role("button", name="Add to the plan").click()
        page.wait_for_url("**/plan/items/m1.s1.ms*")
        made = page.url.rpartition("/")[2]
        expect(page.locator("body")).to_contain_text("Check dates")
        page.goto(f"{server.url}/projects/{project}/discussion")
        expect(page.locator(".comment-head").first).to_contain_text(f"became {made}")


def test_mentions_complete_files_go_along_and_nothing_is_said_twice(
    server: Product, owner_page: Page, tmp_path: Path
) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Talk at once").id
        client.plans.put(project, checkout_plan())
        org = next(iter(client.organizations.list())).id
        me = client.me()
        team = client.teams.create(org, "harbour", title="Harbour")
        client.teams.add(org, team.id, me.id)
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/discussion")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")

        words = page.get_by_label("Say something")
        words.press_sequentially("Look, @team:h")
        option = page.get_by_role("option", name="@team:harbour")
        expect(option).to_have_attribute("aria-selected", "true")
        expect(words).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
        assert breaches(page) == []
        words.press("Enter")
        expect(words).to_have_value("Look, @team:harbour ")
        words.press_sequentially("@")
        suggestions = page.get_by_role("listbox", name="People, roles and teams")
        expect(suggestions).to_be_visible()
        words.press("Escape")
        expect(suggestions).to_be_hidden()
        words.press("Backspace")

        # The answer of the server is held up: what was said is there already.
        held: list[Route] = []
        page.route("**/discussion/say", lambda route: held.append(route))
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".comment.pending .prose")).to_have_text("Look, @team:harbour")
        expect(words).to_have_value("")
        # Sent twice, as when a line breaks after the server has it: it is one comment.
        held[0].fetch()
        expect(page.locator(".comment:not(.pending) .prose")).to_have_count(1)
        expect(page.locator(".comment.pending")).to_have_count(0)
        held[0].continue_()
        page.unroute("**/discussion/say")
        page.reload()
        expect(page.locator(".comment")).to_have_count(1)
        assert len(list(client.comments.list(project))) == 1

        # Where the line is down nothing is lost, and sending again says it once.
        page.route("**/discussion/say", lambda route: route.abort())
        page.get_by_label("Say something").fill("Later")
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".comment.failed")).to_contain_text("Not sent")
        page.unroute("**/discussion/say")
        page.get_by_role("button", name="Send again").click()
        expect(page.locator(".comment:not(.pending) .prose").first).to_have_text("Later")
        expect(page.locator(".comment")).to_have_count(2)

        trace = tmp_path / "trace.log"
        trace.write_text("line\n" * 100)
        page.locator(".say input[type=file]").first.set_input_files(trace)
        expect(page.get_by_text("trace.log (1 KiB)")).to_be_visible()
        page.get_by_label("Say something").fill("As it went")
        page.get_by_role("button", name="Comment", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="trace.log").click()
        assert download.value.suggested_filename == "trace.log"
        assert download.value.path().read_text() == trace.read_text()
        expect(page.locator(".comment")).to_have_count(3)

        # A file with something in it that acts is refused, and the words come back.
        bad = tmp_path / "x.svg"
        bad.write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
        page.get_by_label("Say something").fill("See the drawing")
        page.locator(".say input[type=file]").first.set_input_files(bad)
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("a handler onload")
        expect(page.get_by_label("Say something")).to_have_value("See the drawing")
        expect(page.locator(".comment")).to_have_count(3)

        page.get_by_label("Tell me of what is said here").select_option("muted")
        expect(page.locator("body")).to_contain_text("only where somebody mentions you")
        expect(page.get_by_label("Tell me of what is said here")).to_have_value("muted")


def test_who_is_named_by_an_agent_hears_of_it_at_once(server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Heard").id
        client.plans.put(project, checkout_plan())
        org = next(iter(client.organizations.list())).id
        agent = client.service_accounts.create(org, "Agent of talk", role="admin")
        key = client.keys.create("talk", ["*"], org_id=org, service_id=agent.id)
        page = owner_page
        page.goto(f"{server.url}/projects/{project}/discussion?type=microstep&id=m1.s1.ms2")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
        bell = page.locator("[data-bell]")
        before = bell.get_attribute("aria-label")
        began = time.monotonic()
        with Client(server.url, key.key) as its:
            its.comments.create(
                project, "@owner, is this done?", entity_type="microstep", entity_id="m1.s1.ms2"
            )
        expect(page.locator(".comment .prose")).to_contain_text("is this done?")
        expect(bell).not_to_have_attribute("aria-label", before or "", timeout=10_000)
        print(f"\nwho is named is told after {time.monotonic() - began:.2f} s")
        notice = next(iter(client.notifications.list()))
        assert (notice.kind, notice.title) == ("comment.mentioned", "Agent of talk mentions you")
        page.goto(notice.url)
        expect(page.locator(".comment.marked .prose")).to_contain_text("is this done?")
