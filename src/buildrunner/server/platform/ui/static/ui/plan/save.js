// Saving one field: shown at once, taken back when it fails, both values where somebody was first.

import { toast } from "../notices.js";
import { refreshDrawer } from "./drawer.js";
import { addressOf, entryById, parse, plan, request } from "./rows.js";
import { apply, release } from "./swap.js";
import { showUnproven, unprovenIn } from "./unproven.js";

export const WORDS = { todo: "To do", doing: "Doing", blocked: "Blocked", done: "Done" };
const UNREACHED = "The server cannot be reached. Your change is not saved yet.";

function showStatus(entry, status) {
  entry.dataset.status = status;
  const button = entry.querySelector("[data-act=status]");
  button.setAttribute("aria-label", `${WORDS[status]}: change the status of ${entry.dataset.id}`);
  const glyph = button.querySelector(".glyph");
  glyph.setAttribute("class", `glyph ${status}`);
  glyph.querySelector("use").setAttribute("href", `#glyph-${status}`);
}

/** Show a value in the row or heading of an id, as far as one is on the page. */
function show(id, field, value) {
  const entry = entryById(id);
  if (!entry) return;
  if (field === "status") showStatus(entry, value);
  else entry.querySelector("[data-title]").textContent = value;
}

/** Say in `host` what went wrong, with a way to try again. */
function fail(host, id, words, again) {
  host.querySelector(".failed")?.remove();
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
  button("Try again", again);
  button("Dismiss", () => release(id));
  host.append(box);
}

/** Show both values in `host`; returns theirs. */
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
    host.querySelector("[data-nav]")?.focus();
    if (choice === "ours") save(id, field, ours, theirs, host);
    else release(id, { always: true }).then(() => refreshDrawer(new Set([id])));
  });
  return theirs;
}

/**
 * Save a field. `seen` is the value the person saw: where another one stands by now, nothing is
 * written and both are shown in `host` (the entry itself, or the drawer). True when it is saved.
 */
export async function save(id, field, value, seen, host) {
  show(id, field, value);
  const pending = entryById(id);
  pending?.setAttribute("data-pending", "");
  const values = { field, value, base: seen, revision: plan.dataset.revision };
  const answer = await request(addressOf(id), { method: "POST", values })
    .catch(() => ({ ok: false, status: 0, html: "" }));
  pending?.removeAttribute("data-pending");
  if (answer.ok) {
    apply(answer.html);
    refreshDrawer(new Set([id]));
    return true;
  }
  const place = host?.isConnected ? host : entryById(id);
  const unproven = unprovenIn(answer.html);
  if (unproven && place) {
    show(id, field, seen);
    showUnproven(place, unproven);
    return false;
  }
  if (answer.status === 409 && !unproven && place) {
    show(id, field, showConflict(place, id, answer.html));
    return false;
  }
  show(id, field, seen);
  const words = answer.status
    ? parse(answer.html)?.textContent.trim() || "The change was refused."
    : UNREACHED;
  if (place) fail(place, id, words, () => save(id, field, value, seen, host));
  else toast(words);
  return false;
}

/** Save a status and offer to take it back. */
export async function saveStatus(id, to, from, host) {
  if (to === from || !(await save(id, "status", to, from, host))) return;
  toast(`${id} is ${WORDS[to].toLowerCase()}`, {
    label: "Undo",
    action: () => save(id, "status", from, to),
  });
}
