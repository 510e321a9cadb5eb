// The drawer: an entry's details beside the list, under an address of its own.

import { typing } from "../keyboard.js";
import { toast } from "../notices.js";
import { patch, strip } from "./patch.js";
import { base, entryById, plan, request } from "./rows.js";

const drawer = document.getElementById("drawer");
// Where the drawer covers the list, the rest of the page is out of reach until it closes.
const rest = document.querySelectorAll(".content, .skip, #rail");
const covering = matchMedia("(max-width: 899px)");
let opener = null;
let asked = 0;

/** The id of the entry that the drawer shows, or undefined. */
export const shownId = () => (drawer.hidden ? undefined : drawer.querySelector(".drawer-head")?.dataset.id);

function mark() {
  const id = shownId();
  for (const row of plan.querySelectorAll(".current")) row.classList.remove("current");
  if (id) entryById(id)?.classList.add("current");
}

function cover() {
  const alone = covering.matches && !drawer.hidden;
  for (const part of rest) part.inert = alone;
  if (alone) {
    drawer.setAttribute("role", "dialog");
    drawer.setAttribute("aria-modal", "true");
  } else {
    drawer.setAttribute("role", "complementary");
    drawer.removeAttribute("aria-modal");
  }
}

function name() {
  const title = drawer.querySelector("h2")?.textContent;
  if (title) drawer.setAttribute("aria-label", `Details of ${title}`);
  mark();
  cover();
}

function show(html) {
  const arriving = drawer.hidden;
  drawer.innerHTML = html;
  strip(drawer);
  drawer.hidden = false;
  drawer.scrollTop = 0;
  if (arriving) {
    drawer.dataset.arriving = "";
    drawer.addEventListener("animationend", () => delete drawer.dataset.arriving, { once: true });
  }
  name();
  drawer.dispatchEvent(new Event("drawer:shown"));
}

const withFilter = (address) => address + location.search;

/** Fetch an address into the drawer; `push` writes it into the history. */
export async function openDrawer(address, { push = true, focus = true } = {}) {
  const turn = ++asked;
  const answer = await request(address).catch(() => null);
  if (turn !== asked) return; // another one was asked for meanwhile
  if (!answer?.ok) {
    toast(answer?.status === 404 ? "This entry is no longer in the plan." : "The details could not be fetched. Try again in a moment.");
    return;
  }
  show(answer.html);
  if (push) history.pushState({ drawer: true }, "", withFilter(address));
  if (focus) drawer.focus({ preventScroll: true });
}

/** Put the drawer away and give the focus back. */
export function closeDrawer({ push = true } = {}) {
  if (drawer.hidden) return false;
  // What is being typed is saved as it loses the focus, before its field is gone.
  if (drawer.contains(document.activeElement)) document.activeElement.blur();
  const id = shownId();
  asked += 1;
  drawer.hidden = true;
  drawer.replaceChildren();
  mark();
  cover();
  if (push) history.pushState({}, "", withFilter(base));
  const back = opener?.isConnected ? opener : id && entryById(id)?.querySelector("[data-nav]");
  back?.focus({ preventScroll: true });
  opener = null;
  return true;
}

/** Put a fresh drawer of the shown entry in place, around what somebody types in. */
export function freshen(content) {
  if (drawer.hidden) return;
  if (content.querySelector(".drawer-head")?.dataset.id !== shownId()) return;
  patch(drawer, content);
  name();
  drawer.dispatchEvent(new Event("drawer:fresh"));
}

let running = false;
let again = false;

/** Bring the drawer up to date; `ids` are the entries that changed, if that is known. */
export async function refreshDrawer(ids) {
  const id = shownId();
  if (!id || (ids && !ids.has(id))) return;
  if (running) { again = true; return; }
  running = true;
  try {
    const answer = await request(`${base}/items/${encodeURIComponent(id)}`, { live: true });
    if (id !== shownId()) return;
    if (answer.ok) {
      const template = document.createElement("template");
      template.innerHTML = answer.html;
      freshen(template.content);
    } else if (answer.status === 404) {
      gone(id);
    }
  } catch {
    // The line is down; the next event asks again.
  } finally {
    running = false;
    if (again) { again = false; refreshDrawer(); }
  }
}

function gone(id) {
  if (drawer.querySelector(".gone")) return;
  const box = document.createElement("p");
  box.className = "gone";
  box.setAttribute("role", "alert");
  box.textContent = `${id} was removed from the plan. What you typed here can still be copied.`;
  drawer.querySelector(".drawer-body").prepend(box);
}

/** The neighbour in the list as it is filtered and sorted, else the one in the plan. */
function neighbour(step) {
  const link = drawer.querySelector(`[data-step="${step}"]`);
  const here = entryById(shownId());
  if (here) {
    const kind = here.dataset.kind;
    const all = [...plan.querySelectorAll(`.entry[data-kind="${kind}"]`)];
    const next = all[all.indexOf(here) + step];
    const href = next?.querySelector("a[data-drawer]")?.getAttribute("href");
    if (href) return href;
  }
  return link?.getAttribute("href");
}

async function turn(step) {
  const href = neighbour(step);
  if (!href) return;
  await openDrawer(href);
  entryById(shownId())?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-drawer]");
  if (link) {
    event.preventDefault();
    if (link.dataset.step) {
      const { step } = link.dataset;
      turn(Number(step)).then(() => drawer.querySelector(`[data-step="${step}"]`)?.focus({ preventScroll: true }));
      return;
    }
    if (!drawer.contains(link)) opener = link;
    openDrawer(link.getAttribute("href"));
  } else if (event.target.closest("[data-close-drawer]")) {
    event.preventDefault();
    closeDrawer();
  }
});

const STEPS = { j: 1, k: -1 };

drawer?.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.key === "Escape") {
    event.preventDefault();
    closeDrawer();
  } else if (STEPS[event.key] && !event.shiftKey && !typing(event)) {
    event.preventDefault();
    turn(STEPS[event.key]);
  }
});

covering.addEventListener("change", cover);

addEventListener("popstate", () => {
  if (location.pathname.startsWith(`${base}/items/`)) openDrawer(location.pathname, { push: false });
  else closeDrawer({ push: false });
});

if (drawer && plan) {
  strip(drawer);
  name();
  // An address of an entry leads to its row in the list, too.
  if (shownId()) entryById(shownId())?.scrollIntoView({ block: "center", behavior: "instant" });
}
