// Everything that can be done with an entry, by whatever way it is asked for: key, menu, bar, palette.

import { announce } from "../notices.js";
import { place, walk } from "../menus.js";
import { startAdd } from "./add.js";
import { askMerge, askSplit, remove } from "./dialogs.js";
import { undo } from "./edits.js";
import { editField } from "./row-fields.js";
import { bodyOf, moveAcross, moveBy, moveSomewhere, siblingsOf } from "./move.js";
import { entryById, entryOf, mayWrite, plan } from "./rows.js";
import { meantBy, selecting, selection, turnPick } from "./selection.js";
import { openStatusMenu } from "./status.js";
import { editTitle } from "./title.js";

const menu = document.getElementById("row-menu");
const bar = document.getElementById("bar");
let menuEntry = null;
let menuClosed = 0;

const kindOf = (entry) => entry?.dataset.kind;
const isRow = (entry) => kindOf(entry) === "microstep";
const fits = (entry, ...kinds) => kinds.includes(kindOf(entry));

/** The rows an action is about, or [] where it is about no rows. */
const rowsFor = (entry) => (isRow(entry) || (!entry && selecting()) ? meantBy(entry) : []);

function field(name) {
  return (entry, anchor) => {
    const ids = rowsFor(entry);
    if (ids.length) editField(ids, name, anchor);
  };
}

function status(entry, anchor) {
  const ids = rowsFor(entry);
  if (ids.length === 1 && entry) openStatusMenu(entryById(ids[0]));
  else if (ids.length) editField(ids, "status", anchor);
}

function mergeNext(entry) {
  if (selection().length > 1) { askMerge(selection()); return; }
  const siblings = siblingsOf(entry);
  const next = siblings[siblings.indexOf(bodyOf(entry)) + 1];
  if (next) askMerge([entry.dataset.id, next.dataset.id]);
  else announce(`Nothing stands behind ${entry.dataset.id} to merge with. Select rows with x first.`);
}

const ACTS = {
  select: (entry) => turnPick(entry),
  status,
  owner: field("owner"),
  priority: (entry, anchor) => (kindOf(entry) === "milestone" ? ACTS.phase(entry, anchor) : field("priority")(entry, anchor)),
  effort_points: field("effort_points"),
  phase: (entry, anchor) => fits(entry, "milestone") && editField([entry.dataset.id], "phase", anchor),
  rename: (entry) => fits(entry, "microstep", "step", "milestone") && editTitle(entry),
  add: (entry) => startAdd(entry),
  "add-child": (entry) => startAdd(entry, { inside: true }),
  up: (entry) => fits(entry, "microstep", "step", "milestone") && moveBy(entry, -1),
  down: (entry) => fits(entry, "microstep", "step", "milestone") && moveBy(entry, 1),
  before: (entry) => fits(entry, "microstep", "step") && moveAcross(meantBy(entry), entry, -1),
  behind: (entry) => fits(entry, "microstep", "step") && moveAcross(meantBy(entry), entry, 1),
  move: (entry) => {
    const ids = fits(entry, "step", "milestone") ? [entry.dataset.id] : rowsFor(entry);
    if (ids.length) moveSomewhere(ids, entry);
  },
  split: (entry) => fits(entry, "microstep", "step") && askSplit(entry.dataset.id),
  merge: mergeNext,
  remove: (entry) => {
    const ids = fits(entry, "step", "milestone") ? [entry.dataset.id] : rowsFor(entry);
    if (ids.length) remove(ids);
  },
  more: (entry, anchor) => openMenu(entry, anchor),
  undo: () => undo(),
};

/** Do something with an entry; without one, with the selection. */
export function act(name, entry, anchor) {
  if (!mayWrite || (!entry && !selecting() && !["add", "undo"].includes(name))) return false;
  ACTS[name]?.(entry, anchor);
  return true;
}

/** The menu of everything that can be done with an entry. */
export function openMenu(entry, anchor = entry.querySelector("[data-act=more]")) {
  if (!menu || !fits(entry, "microstep", "step", "milestone")) return;
  menuEntry = entry;
  entry.setAttribute("data-held", "");
  for (const item of menu.querySelectorAll("[data-act]")) {
    item.hidden = !item.dataset.kinds.split(" ").includes(kindOf(entry));
    item.tabIndex = -1;
  }
  menu.querySelector(".menu-item:not([hidden])").tabIndex = 0;
  menu.querySelector("[data-title-of]").textContent = entry.querySelector("[data-title]").textContent;
  menu.showPopover();
  place(menu, anchor ?? entry);
  anchor?.setAttribute("aria-expanded", "true");
  menu.querySelector(".menu-item:not([hidden])").focus();
}

menu?.addEventListener("toggle", (event) => {
  if (event.newState === "open" || !menuEntry) return;
  menuClosed = performance.now();
  menuEntry.removeAttribute("data-held");
  menuEntry.querySelector("[data-act=more]")?.removeAttribute("aria-expanded");
  if (menu.contains(document.activeElement) || document.activeElement === document.body) {
    entryById(menuEntry.dataset.id)?.querySelector("[data-nav]")?.focus({ preventScroll: true });
  }
  menuEntry = null;
});
menu?.addEventListener("keydown", (event) => {
  if (event.key === "Tab") menu.hidePopover();
  else walk(menu, event);
});
menu?.addEventListener("click", (event) => {
  const item = event.target.closest("[data-act]");
  if (!item) return;
  const { id } = menuEntry.dataset;
  menu.hidePopover();
  const entry = entryById(id);
  if (!entry) return;
  entry.querySelector("[data-nav]").focus({ preventScroll: true });
  act(item.dataset.act, entry);
});

const BUTTONS = ["owner", "priority", "effort_points", "phase", "more", "move", "add-child"];
plan?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || !BUTTONS.includes(button.dataset.act)) return;
  if (button.dataset.act === "more" && performance.now() - menuClosed < 150) return;
  act(button.dataset.act, entryOf(button), button);
});
bar?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || button.dataset.act === "clear") return;
  act(button.dataset.act, undefined, button);
});
bar?.addEventListener("keydown", (event) => {
  const all = [...bar.querySelectorAll("button:not(:disabled)")];
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  all[(all.indexOf(document.activeElement) + way + all.length) % all.length].focus();
});

const OFFERED = [
  ["owner", "Set the owner"], ["priority", "Set the priority"], ["effort_points", "Set the effort"],
  ["phase", "Set the phase"], ["add", "Add below"], ["add-child", "Add inside"],
  ["move", "Move to another place"], ["split", "Split"], ["remove", "Remove"],
];
document.addEventListener("palette:collect", ({ detail: { add } }) => {
  if (!mayWrite) return;
  const entry = plan?.contains(document.activeElement) ? entryOf(document.activeElement) : undefined;
  if (fits(entry, "microstep", "step", "milestone")) {
    for (const [name, title] of OFFERED) {
      const item = menu.querySelector(`[data-act="${name}"]`);
      if (!item.dataset.kinds.split(" ").includes(kindOf(entry))) continue;
      add({ section: `On ${entry.dataset.id}`, title, run: () => act(name, entryById(entry.dataset.id)) });
    }
  }
  add({ section: "Plan", title: "Undo the last change", run: () => act("undo") });
});
