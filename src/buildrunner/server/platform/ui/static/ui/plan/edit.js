// Changing a title or a status where it stands: shown at once, taken back when it fails.

import { place, walk } from "../menus.js";
import { announce, toast } from "../notices.js";
import { refreshDrawer } from "./drawer.js";
import { addressOf, entryById, entryOf, mayWrite, parse, plan, request } from "./rows.js";
import { apply, release } from "./swap.js";

const WORDS = { todo: "To do", doing: "Doing", blocked: "Blocked", done: "Done" };
const UNREACHED = "The server cannot be reached. Your change is not saved yet.";
const menu = document.getElementById("status-menu");

/** Everything on the page that shows the status of an id: its row and the drawer. */
function showStatus(id, status) {
  const row = entryById(id);
  if (row?.matches(".row")) {
    row.dataset.status = status;
    const button = row.querySelector("[data-act=status]");
    button.setAttribute("aria-label", `${WORDS[status]}: change the status of ${id}`);
    const glyph = button.querySelector(".glyph");
    glyph.setAttribute("class", `glyph ${status}`);
    glyph.querySelector("use").setAttribute("href", `#glyph-${status}`);
  }
}

const showTitle = (entry, title) => { entry.querySelector("[data-title]").textContent = title; };

/** Say below the entry what went wrong, with a way to try again. */
function fail(entry, words, again) {
  entry.querySelector(".failed")?.remove();
  const box = document.createElement("p");
  box.className = "failed";
  box.setAttribute("role", "alert");
  box.append(words);
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button small";
    made.textContent = label;
    made.addEventListener("click", () => { box.remove(); act(); });
    box.append(made);
  };
  if (again) button("Try again", again);
  button("Dismiss", () => release(entry.dataset.id));
  entry.append(box);
}

/** Both values of a field that somebody else changed first, in place; returns theirs. */
function showConflict(host, id, html) {
  const box = parse(html);
  const { field, theirs, ours } = box.dataset;
  host.querySelector(".conflict")?.remove();
  host.append(box);
  box.querySelector("[data-resolve=ours]").focus();
  box.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-resolve]")?.dataset.resolve;
    if (!choice) return;
    box.remove();
    if (choice === "ours") save(id, field, ours, theirs, host);
    else release(id, { always: true }).then(() => refreshDrawer(new Set([id])));
    host.querySelector("[data-nav]")?.focus();
  });
  return theirs;
}

/**
 * Save one field. `seen` is the value the person saw: where another one stands by now, nothing is
 * written and both are shown in `host`.
 */
async function save(id, field, value, seen, host = entryById(id)) {
  const entry = entryById(id);
  const optimistic = (shown) => {
    if (field === "status") showStatus(id, shown);
    else if (entry) showTitle(entry, shown);
  };
  optimistic(value);
  const values = { field, value, base: seen, revision: plan.dataset.revision };
  let answer;
  try {
    answer = await request(addressOf(id), { method: "POST", values });
  } catch {
    answer = { ok: false, status: 0 };
  }
  if (answer.ok) {
    apply(answer.html);
    refreshDrawer(new Set([id]));
    return true;
  }
  if (answer.status === 409) optimistic(showConflict(host ?? entryById(id), id, answer.html));
  else {
    optimistic(seen);
    const words = answer.status ? parse(answer.html)?.textContent?.trim() || "The change was refused." : UNREACHED;
    if (host) fail(host, words, () => save(id, field, value, seen, host));
    else toast(words);
  }
  return false;
}

/** Change a status and offer to take it back. */
async function changeStatus(id, to, from, host) {
  if (to === from || !(await save(id, "status", to, from, host))) return;
  toast(`${id} is ${WORDS[to].toLowerCase()}`, { label: "Undo", action: () => save(id, "status", from, to) });
}

// The status menu.
let menuEntry = null;
let menuClosed = 0;

/** Open the status menu at a row. */
export function openStatusMenu(entry) {
  const button = entry.querySelector("[data-act=status]");
  if (!button || !menu) return;
  menuEntry = entry;
  for (const item of menu.children) {
    item.setAttribute("aria-checked", String(item.dataset.status === entry.dataset.status));
  }
  menu.showPopover();
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("[aria-checked=true]").focus();
}

function pick(status) {
  const entry = menuEntry;
  menu.hidePopover();
  entry.querySelector("[data-nav]").focus();
  changeStatus(entry.dataset.id, status, entry.dataset.status);
}

menu?.addEventListener("toggle", (event) => {
  if (event.newState === "open") return;
  menuClosed = performance.now();
  const entry = menuEntry;
  menuEntry = null;
  if (!entry) return;
  entry.querySelector("[data-act=status]")?.removeAttribute("aria-expanded");
  release(entry.dataset.id);
});
menu?.addEventListener("click", (event) => {
  const item = event.target.closest("[data-status]");
  if (item) pick(item.dataset.status);
});
menu?.addEventListener("keydown", (event) => {
  const item = menu.children[Number(event.key) - 1];
  if (item) pick(item.dataset.status);
  else if (event.key === "Tab") menu.hidePopover();
  else walk(menu, event);
});

// The title, in place.
/** Turn the title of an entry into a field. */
export function editTitle(entry) {
  const title = entry.querySelector("[data-title]");
  if (!title || entry.classList.contains("editing")) return;
  const { id } = entry.dataset;
  const seen = title.textContent;
  const form = document.getElementById("edit-form").content.firstElementChild.cloneNode(true);
  const input = form.elements.value;
  input.value = seen;
  input.setAttribute("aria-label", `Title of ${id}`);
  entry.classList.add("editing");
  const shown = entry.querySelector(".title");
  (shown.closest("h2, h3") ?? shown).after(form);
  input.focus();
  input.select();

  let over = false;
  const leave = () => {
    over = true; // taking the field away blurs it
    form.remove();
    entry.classList.remove("editing");
  };
  const end = () => {
    leave();
    entryById(id)?.querySelector("[data-nav]")?.focus({ preventScroll: true });
  };
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
    release(id);
  });
  // What was typed stays until it is saved or cancelled; an untouched field just goes.
  input.addEventListener("blur", () => {
    if (over || input.value !== seen || !document.hasFocus()) return;
    leave();
    release(id);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = input.value.trim().replace(/\s+/g, " ");
    if (!value) { input.setCustomValidity("A title cannot be empty."); input.reportValidity(); return; }
    end();
    if (value === seen) { release(id); return; }
    if (await save(id, "title", value, seen)) announce(`Title of ${id} saved`);
  });
  input.addEventListener("input", () => input.setCustomValidity(""));
}

plan?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=status]");
  // The press of a click on the button has just closed the menu that stood open.
  const closing = performance.now() - menuClosed < 150;
  if (button && mayWrite && !closing) openStatusMenu(entryOf(button));
});
plan?.addEventListener("dblclick", (event) => {
  const entry = entryOf(event.target);
  if (mayWrite && entry && event.target.closest(".title")) { event.preventDefault(); editTitle(entry); }
});

// The forms of the drawer.
let settle;
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-save=status]");
  if (!form) return;
  const host = form.closest(".drawer").querySelector(".drawer-body");
  const id = form.closest(".drawer").querySelector(".entry").dataset.id;
  clearTimeout(settle);
  // The arrow keys pass through the values in between; only where they stop is meant.
  settle = setTimeout(() => changeStatus(id, form.elements.value.value, form.elements.base.value, host), 350);
});
async function saveDrawerTitle(form) {
  const input = form.elements.value;
  const value = input.value.trim().replace(/\s+/g, " ");
  const seen = form.elements.base.value;
  if (!value || value === seen) { input.value = seen; return; }
  const id = form.closest(".drawer").querySelector(".entry").dataset.id;
  form.elements.base.value = value;
  if (await save(id, "title", value, seen, form.parentElement)) announce(`Title of ${id} saved`);
  else form.elements.base.value = seen;
}
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-save]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.save === "title") saveDrawerTitle(form);
});
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form[data-save=title]");
  if (form && event.target.matches("textarea")) saveDrawerTitle(form);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-save=title]");
  if (!form || event.isComposing) return;
  if (event.key === "Enter") { event.preventDefault(); saveDrawerTitle(form); }
  else if (event.key === "Escape" && event.target.value !== form.elements.base.value) {
    event.preventDefault();
    event.stopPropagation();
    event.target.value = form.elements.base.value;
  }
}, true);
