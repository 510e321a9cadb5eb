// The drawer: an entry's details beside the list, under an address of its own.

import { toast } from "../notices.js";
import { base, entryById, plan, request } from "./rows.js";

const drawer = document.getElementById("drawer");
let opener = null;

/** The id of the entry that the drawer shows, or undefined. */
export const shownId = () => (drawer.hidden ? undefined : drawer.querySelector(".entry")?.dataset.id);

function mark() {
  const id = shownId();
  for (const row of plan.querySelectorAll(".current")) row.classList.remove("current");
  if (id) {
    const entry = entryById(id);
    entry?.classList.add("current");
  }
}

function show(html) {
  const arriving = drawer.hidden;
  drawer.innerHTML = html;
  drawer.hidden = false;
  drawer.scrollTop = 0;
  if (arriving) {
    drawer.dataset.arriving = "";
    drawer.addEventListener("animationend", () => delete drawer.dataset.arriving, { once: true });
  }
  const title = drawer.querySelector("h2")?.textContent;
  if (title) drawer.setAttribute("aria-label", `Details of ${title}`);
  mark();
}

const withFilter = (address) => address + location.search;

/** Fetch an address into the drawer; `push` writes it into the history. */
export async function openDrawer(address, { push = true, focus = true } = {}) {
  const answer = await request(address).catch(() => null);
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
  const id = shownId();
  drawer.hidden = true;
  drawer.replaceChildren();
  mark();
  if (push) history.pushState({}, "", withFilter(base));
  const back = opener?.isConnected ? opener : id && entryById(id)?.querySelector("[data-nav]");
  back?.focus({ preventScroll: true });
  opener = null;
  return true;
}

/** Draw the drawer anew after others changed its entry, unless somebody types in it. */
export async function refreshDrawer(ids) {
  const id = shownId();
  if (!id || (ids && !ids.has(id))) return;
  if (drawer.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
  const inside = drawer.contains(document.activeElement);
  await openDrawer(location.pathname, { push: false, focus: inside });
}

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-drawer]");
  if (link) {
    event.preventDefault();
    if (!drawer.contains(link)) opener = link;
    openDrawer(link.getAttribute("href"));
  } else if (event.target.closest("[data-close-drawer]")) {
    event.preventDefault();
    closeDrawer();
  }
});

drawer?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) {
    event.preventDefault();
    closeDrawer();
  }
});

addEventListener("popstate", () => {
  if (location.pathname.startsWith(`${base}/items/`)) openDrawer(location.pathname, { push: false });
  else closeDrawer({ push: false });
});

if (drawer && plan) {
  mark();
  // An address of an entry leads to its row in the list, too.
  if (shownId()) entryById(shownId())?.scrollIntoView({ block: "center", behavior: "instant" });
}
