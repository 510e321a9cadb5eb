// Putting fresh fragments in place of old ones: only what differs moves, nothing that somebody is
// typing in or pointing a menu at, and the focus stays where it is.

import { keepCriteria } from "./fold.js";
import { base, part, parse, plan, request } from "./rows.js";

const TINT = 2000;
const stale = new Set();

const held = (entry) => entry.matches(".editing, [data-pending], [data-held]")
  || entry.querySelector("[data-act=status][aria-expanded=true], .conflict, .failed") !== null;

/** What the page, not the server, knows of an old node goes over to the fresh one. */
function keepState(old, fresh) {
  settleTint(old);
  if (old.classList.contains("current")) fresh.classList.add("current");
  if (old.matches(".row")) keepCriteria(old, fresh);
  const twist = old.querySelector(".twist");
  if (twist) fresh.querySelector(".twist").setAttribute("aria-expanded", twist.getAttribute("aria-expanded"));
}

function settleTint(entry) {
  entry.classList.remove("changed");
  entry.querySelector(".by")?.remove();
  entry.removeAttribute("data-arrived");
  if (!entry.className) entry.removeAttribute("class");
}

function tint(entry, by) {
  entry.classList.add("changed");
  if (by) {
    const mark = document.createElement("span");
    mark.className = "avatar tiny by";
    mark.title = by;
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = by.split(/\s+/).slice(0, 2).map((word) => word[0]).join("").toUpperCase();
    entry.append(mark);
  }
  setTimeout(() => settleTint(entry), TINT);
}

/** How to find the focused control again in a fresh copy of its entry. */
function focusPath(old) {
  const at = document.activeElement;
  if (!old.contains(at)) return null;
  if (at.matches("input")) return "input";
  return at.dataset.act ? `[data-act="${at.dataset.act}"]` : "[data-nav]";
}

/** Replace one part; true when it showed something else before. */
function replace(old, fresh, by) {
  if (old.closest(":popover-open")) return false;
  if (old.matches(".entry")) {
    if (held(old)) { stale.add(old.dataset.id); return false; }
    keepState(old, fresh);
  }
  if (old.isEqualNode(fresh)) return false;
  const focus = focusPath(old);
  const counted = fresh.matches(".entry") && old.querySelector("[data-title]")?.textContent === fresh.querySelector("[data-title]")?.textContent && !fresh.matches(".row");
  old.replaceWith(fresh);
  if (focus) fresh.querySelector(focus)?.focus({ preventScroll: true });
  // Headings whose counts alone moved are not news; the row that moved them is.
  if (!fresh.matches(".entry") || counted) return false;
  if (by !== undefined) tint(fresh, by);
  return true;
}

function replaceTree(fresh, by) {
  const old = document.getElementById("tree");
  const changed = [];
  const focused = document.activeElement.closest?.(".entry");
  const anchor = focused && plan.contains(focused) ? focused : firstShown();
  const top = anchor?.getBoundingClientRect().top;
  const path = anchor?.dataset.part;
  // Read before anything moves: a node that is moved loses the focus.
  const focus = anchor === focused && anchor ? focusPath(focused) : null;
  const known = new Map([...old.querySelectorAll(".entry[data-part]")].map((entry) => [entry.dataset.part, entry]));
  for (const row of [...fresh.querySelectorAll(".entry")]) {
    const before = known.get(row.dataset.part);
    known.delete(row.dataset.part);
    if (before && held(before)) { stale.add(row.dataset.id); row.replaceWith(before); continue; }
    if (before) keepState(before, row);
    const moved = before && listOf(before) !== listOf(row);
    let shown = row;
    if (before?.isEqualNode(row)) { row.replaceWith(before); shown = before; }
    if (shown.matches(".row") && (shown === row || moved)) changed.push(shown);
    if (!before || moved) shown.toggleAttribute("data-arrived", by !== undefined);
  }
  for (const section of fresh.querySelectorAll(".milestone[data-open]")) {
    const before = part(section.dataset.part, old);
    if (before && !before.hasAttribute("data-open")) foldQuietly(section);
  }
  old.replaceWith(fresh);
  globalThis.htmx?.process(fresh);
  for (const gone of known.values()) keepTyped(gone, fresh);
  const again = path && part(path, fresh);
  if (again) {
    scrollBy({ top: again.getBoundingClientRect().top - top, behavior: "instant" });
    if (focus) again.querySelector(focus)?.focus({ preventScroll: true });
  }
  if (by !== undefined) for (const row of changed) tint(row, by);
  return changed.map((row) => row.dataset.id);
}

/** An entry that is gone while somebody typed in it: the words stay, to be copied. */
function keepTyped(entry, tree) {
  const input = entry.querySelector(".edit input");
  if (input?.value && input.value !== input.defaultValue) saveWords(entry.dataset.id, input.value, tree);
}

/** Show words that have lost their place. */
export function saveWords(id, words, tree = document.getElementById("tree")) {
  const box = document.createElement("p");
  box.className = "lost failed";
  box.setAttribute("role", "alert");
  box.append(`${id} is no longer in this list. What you had typed: `);
  const kept = document.createElement("q");
  kept.textContent = words;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "button small";
  copy.dataset.copy = words;
  copy.textContent = "Copy";
  const away = document.createElement("button");
  away.type = "button";
  away.className = "button small";
  away.textContent = "Dismiss";
  away.addEventListener("click", () => box.remove());
  box.append(kept, copy, away);
  tree.prepend(box);
}

const listOf = (entry) => entry.closest("[data-rows]")?.dataset.rows;

function foldQuietly(section) {
  section.removeAttribute("data-open");
  section.querySelector(".milestone-body").setAttribute("hidden", "until-found");
  section.querySelector(".twist").setAttribute("aria-expanded", "false");
}

function firstShown() {
  const head = document.querySelector(".page-head").getBoundingClientRect().bottom;
  return [...plan.querySelectorAll(".entry")].find((entry) => entry.getBoundingClientRect().top >= head);
}

/**
 * Put the server's changes into the page. With `by` (a name, or null for somebody) what changed is
 * tinted. Returns the ids that show something else now.
 */
export function apply(html, { by } = {}) {
  const changes = parse(html);
  if (!changes) return [];
  const revision = Number(changes.dataset.revision);
  const tree = changes.querySelector("#tree");
  // A whole tree that was overtaken on its way says nothing new.
  if (tree && revision < Number(plan.dataset.revision)) return [];
  plan.dispatchEvent(new CustomEvent("plan:swapping"));
  const ids = tree ? replaceTree(tree, by) : [];
  for (const fresh of [...changes.querySelectorAll("[data-part]")]) {
    const root = fresh.matches(".entry") ? plan : document;
    const old = part(fresh.dataset.part, root);
    if (old && replace(old, fresh, by)) ids.push(fresh.dataset.id);
  }
  const behind = Number(plan.dataset.revision);
  // A save of our own may have jumped over somebody else's revision; that one is still to come.
  if (tree || by !== undefined || revision === behind + 1) plan.dataset.revision = String(Math.max(revision, behind));
  plan.dispatchEvent(new CustomEvent("plan:swapped", { detail: { ids } }));
  return ids;
}

/** An entry is free again: bring it up to date if it was passed over meanwhile (or `always`). */
export async function release(id, { always = false } = {}) {
  if (!stale.delete(id) && !always) return;
  const answer = await request(`${base}/rows?ids=${encodeURIComponent(id)}`).catch(() => null);
  if (answer?.ok && answer.html) apply(answer.html);
}
