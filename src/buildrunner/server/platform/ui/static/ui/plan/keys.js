// The plan by keyboard. `/`, `?` and the palette belong to every page.

import { typing } from "../keyboard.js";
import { act } from "./actions.js";
import { closeDrawer, shownId } from "./drawer.js";
import { openMenuOf } from "./filters.js";
import { fold, turnCriteria } from "./fold.js";
import { entryById, entryOf, mayWrite, plan, stops } from "./rows.js";
import { clearPicks, pickGroup, pickTo, selecting } from "./selection.js";

function move(step, reach = false) {
  const all = stops();
  if (!all.length) return;
  const here = entryOf(document.activeElement)?.closest("#plan .entry") ?? shownEntry();
  const at = here ? all.findIndex((stop) => entryOf(stop) === here) : -1;
  const next = at < 0 ? firstInView(all) : Math.min(Math.max(at + step, 0), all.length - 1);
  if (reach && mayWrite) pickTo(here);
  all[next].focus({ preventScroll: true });
  entryOf(all[next]).scrollIntoView({ block: "nearest" });
  if (reach && mayWrite) pickTo(entryOf(all[next]));
}

const shownEntry = () => (shownId() ? entryById(shownId()) : undefined);

function firstInView(all) {
  const head = document.querySelector(".page-head").getBoundingClientRect().bottom;
  const seen = all.findIndex((stop) => stop.getBoundingClientRect().top >= head);
  return seen < 0 ? 0 : seen;
}

function turn(open) {
  const section = document.activeElement.closest(".milestone");
  if (!section) return false;
  if (section.hasAttribute("data-open") === open) {
    return false;
  }
  fold(section, open);
  section.querySelector(".twist").focus();
  return true;
}

/** An action on the entry with the focus, or on the selection. */
const does = (name) => (entry) => (mayWrite && (entry || selecting() || name === "add" || name === "undo")
  ? act(name, entry && plan.contains(entry) ? entry : undefined) : false);

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  J: () => move(1, true),
  K: () => move(-1, true),
  ArrowRight: () => turn(true),
  ArrowLeft: () => turn(false),
  s: does("status"),
  e: does("rename"),
  o: does("owner"),
  p: does("priority"),
  w: does("effort_points"),
  a: does("add"),
  A: does("add-child"),
  m: does("move"),
  d: does("split"),
  M: does("merge"),
  x: does("select"),
  X: (entry) => (mayWrite && entry ? pickGroup(entry) : false),
  z: does("undo"),
  ".": (entry) => (mayWrite && entry ? act("more", entry) : false),
  Delete: does("remove"),
  Backspace: does("remove"),
  c: (entry) => (entry?.matches(".row") ? turnCriteria(entry) : false),
  f: () => openMenuOf("filter-menu"),
  v: () => openMenuOf("view-menu"),
  Escape: () => clearPicks() || closeDrawer(),
};

const WITH_ALT = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "before", ArrowRight: "behind" };

const inField = (at) => at instanceof HTMLElement && (at.isContentEditable || at.closest("input, textarea, select, dialog, [popover]"));

/** One key press that no field, menu or dialog takes. */
export function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const entry = entryOf(document.activeElement)?.closest("#plan .entry");
  if (event.altKey && WITH_ALT[event.key] && !event.ctrlKey && !event.metaKey) {
    if (!entry || !mayWrite || inField(event.target)) return;
    event.preventDefault();
    act(WITH_ALT[event.key], entry);
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey && !inField(event.target)) {
    event.preventDefault();
    does("undo")();
    return;
  }
  const doing = ACTS[event.key];
  if (!doing || typing(event) || (event.shiftKey && !/^[A-Z]$/.test(event.key))) return;
  if (doing(entry) !== false) event.preventDefault();
}
