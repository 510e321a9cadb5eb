// The plan by keyboard: j k ← → enter s e c esc. `/` and `?` belong to every page.

import { typing } from "../keyboard.js";
import { closeDrawer, shownId } from "./drawer.js";
import { fold, turnCriteria } from "./fold.js";
import { entryById, entryOf, mayWrite, stops } from "./rows.js";
import { openStatusMenu } from "./status.js";
import { editTitle } from "./title.js";

function move(step) {
  const all = stops();
  if (!all.length) return;
  const here = entryOf(document.activeElement)?.closest("#plan .entry") ?? shownEntry();
  const at = here ? all.findIndex((stop) => entryOf(stop) === here) : -1;
  const next = at < 0 ? firstInView(all) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus({ preventScroll: true });
  entryOf(all[next]).scrollIntoView({ block: "nearest" });
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

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowRight: () => turn(true),
  ArrowLeft: () => turn(false),
  s: (entry) => entry?.dataset.kind === "microstep" && mayWrite && openStatusMenu(entry),
  e: (entry) => entry && mayWrite && editTitle(entry),
  c: (entry) => entry?.matches(".row") && turnCriteria(entry),
  Escape: () => closeDrawer(),
};

/** One key press that no field, menu or dialog takes. */
export function onKey(event) {
  const act = ACTS[event.key];
  if (!act || event.defaultPrevented || event.shiftKey || typing(event)) return;
  const done = act(entryOf(document.activeElement));
  if (done !== false) event.preventDefault();
}
