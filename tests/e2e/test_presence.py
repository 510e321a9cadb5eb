"""Two people on one project: each sees that the other is there, on what, typing, and gone again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from buildrunner.client import Client
from kits.company import join
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own: two people of one organization are at home here."""
    running = Product(tmp_path_factory.mktemp("presence") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(house: Product) -> Iterator[Client]:
    with Client(house.url, house.api_key) as found:
        yield found


@pytest.fixture(scope="module")
def people(house: Product, browser: Browser) -> Iterator[tuple[Page, Page]]:
    """The owner, and Grace."""
    contexts = [browser.new_context(base_url=house.url) for _ in range(2)]
    owner, grace = (context.new_page() for context in contexts)
    owner.goto(house.sign_in_url)
    owner.get_by_role("button", name="Sign in").click()
    owner.wait_for_url("**/projects**")
    join(owner, grace, "Grace Hopper", "grace@example.test")
    yield owner, grace
    for context in contexts:
        context.close()


@pytest.fixture
def project(client: Client) -> str:
    made = client.projects.create("Together").id
    client.plans.put(made, checkout_plan())
    return made


def watch(page: Page, what: str) -> None:
    """Note in the page itself when something first stands there: no polling from outside."""
    page.evaluate(
        """selector => {
          window.seen = new Promise((found, failed) => {
            setTimeout(failed, 10000, `${selector} did not come`);
            const look = () => { if (document.querySelector(selector)) { watcher.disconnect(); found(performance.timeOrigin + performance.now()); } };
            const watcher = new MutationObserver(look);
            watcher.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
            look();
          });
        }""",
        what,
    )


def test_two_people_see_each_other(people: tuple[Page, Page], project: str) -> None:
    owner, grace = people
    owner.goto(f"/projects/{project}/plan")
    expect(owner.locator("[data-live]")).to_have_attribute("data-state", "open")
    here = owner.locator(".here-root")
    expect(here).to_be_hidden()
    grace.goto(f"/projects/{project}/plan")
    expect(here.get_by_role("button")).to_have_accessible_name("Also here: Grace Hopper")
    expect(owner.locator("#announce")).to_have_text("Grace Hopper is here")

    # The cursor: the row she stands on.
    grace.locator('.row[data-id="m1.s1.ms2"] .title').focus()
    mark = owner.locator('.row[data-id="m1.s1.ms2"] .here')
    expect(mark).to_have_attribute("title", "Grace Hopper is here")
    grace.locator('.row[data-id="m1.s1.ms1"] .title').focus()
    expect(owner.locator('.row[data-id="m1.s1.ms1"] .here')).to_be_visible()
    expect(mark).to_have_count(0)

    here.get_by_role("button").click()
    said = owner.get_by_role("dialog", name="Who is here")
    expect(said).to_contain_text("Grace Hopper")
    expect(said.get_by_role("link", name="m1.s1.ms1")).to_be_visible()
    owner.keyboard.press("Escape")

    # Another tab closed, and she is gone.
    began = time.monotonic()
    grace.goto("/projects")
    expect(here).to_be_hidden(timeout=10_000)
    print(f"\nwho leaves a page is gone after {time.monotonic() - began:.2f} s")


def test_typing_in_a_thread_and_the_comment_itself(
    people: tuple[Page, Page], project: str, client: Client
) -> None:
    owner, grace = people
    about = f"/projects/{project}/discussion?type=microstep&id=m1.s1.ms2"
    first = client.comments.create(
        project, "Who checks dates?", entity_type="microstep", entity_id="m1.s1.ms2"
    )
    for page in people:
        page.goto(about)
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
    thread = owner.locator("article.thread")
    grace.get_by_text("Answer", exact=True).first.click()
    box = grace.locator(f"#answer-{first.id}")
    box.press_sequentially("I do", delay=20)
    expect(thread.locator(".here-typing")).to_have_text("Grace Hopper is typing…")
    box.fill("")
    grace.get_by_label("Search").focus()
    expect(thread.locator(".here-typing")).to_have_count(0)
    delays = []
    for number in range(5):
        watch(owner, f".answer:nth-child({number + 2}) .prose")
        sent = time.time() * 1000
        client.comments.create(project, f"Answer {number}", parent_id=first.id)
        delays.append(owner.evaluate("window.seen") - sent)
    print(f"\na comment is seen by another after {', '.join(f'{one:.0f}' for one in delays)} ms")
    # Nobody sees a comment twice, who wrote it neither.
    for page in people:
        expect(page.locator(".answer")).to_have_count(5)
        texts = page.locator(".answer .prose").all_inner_texts()
        assert texts == [f"Answer {number}" for number in range(5)]


def test_what_one_says_stands_once_in_both_browsers(
    people: tuple[Page, Page], project: str, client: Client
) -> None:
    owner, grace = people
    asked: list[str] = []
    for page in people:
        # What the line asks for when it opens is through: from here on, only what is said.
        with page.expect_response(lambda one: "br-live" in one.request.headers):
            page.goto(f"/projects/{project}/discussion")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "open")
    owner.on("request", lambda request: asked.append(request.url.partition("/discussion")[2]))
    for number in range(3):
        words = f"Said {number}"
        grace.get_by_label("Say something").fill(words)
        grace.get_by_role("button", name="Comment", exact=True).click()
        # It stands at her place before the server has answered, at the other's soon after.
        expect(grace.locator(".prose", has_text=words)).to_have_count(1)
        expect(owner.locator(".prose", has_text=words)).to_have_count(1)
        expect(grace.locator(".pending")).to_have_count(0)
    shown = ["Said 2", "Said 1", "Said 0"]
    for page in people:
        expect(page.locator(".thread .prose")).to_have_text(shown)
    made = [one.id for one in client.comments.list(project)]
    # The other fetched each comment alone, the page itself never.
    assert asked == [f"/{one}/fragment" for one in made]
    thread = client.comments.create(project, "And later", parent_id=made[0])
    client.comments.delete(thread.id)
    expect(owner.locator(".answer")).to_contain_text("Deleted.")


def test_an_agent_shows_on_what_it_holds(
    people: tuple[Page, Page], project: str, client: Client
) -> None:
    owner, _ = people
    owner.goto(f"/projects/{project}/discussion")
    client.claims.take(project, "m1.s1.ms1", holder="Builder 7")
    button = owner.locator(".here-root").get_by_role("button")
    expect(button).to_have_accessible_name("Also here: Builder 7")
    button.click()
    expect(owner.get_by_role("dialog", name="Who is here")).to_contain_text("working on m1.s1.ms1")
    owner.keyboard.press("Escape")
    client.claims.release(project, "m1.s1.ms1")
    expect(owner.locator(".here-root")).to_be_hidden()


def test_a_browser_without_a_network_is_gone(people: tuple[Page, Page], project: str) -> None:
    owner, grace = people
    for page in people:
        page.goto(f"/projects/{project}/plan")
    here = owner.locator(".here-root")
    expect(here).to_be_visible()
    began = time.monotonic()
    grace.context.set_offline(True)
    try:
        expect(here).to_be_hidden(timeout=20_000)
        seconds = time.monotonic() - began
    finally:
        grace.context.set_offline(False)
    print(f"\nwho loses the network is gone after {seconds:.1f} s")
    assert seconds <= 12  # ten, and what the page waits before it takes a face away
    expect(here).to_be_visible(timeout=20_000)
