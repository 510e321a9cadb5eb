// Dragging by the handle, with mouse, pen or finger: a line shows the place, escape cancels.

import { announce } from "../notices.js";
import { setField } from "./row-fields.js";
import { fold } from "./fold.js";
import { occupy } from "./line.js";
import { bodyOf, moveTo, parentOf } from "./move.js";
import { entryById, entryOf, mayWrite, plan } from "./rows.js";
import { selection } from "./selection.js";

const FAR = 5; // px before a press becomes a drag
const EDGE = 72; // px from the top or bottom where the page scrolls along
const OPENS = 600; // ms over a folded milestone before it unfolds

let press = null; // {id, kind, pointer, x, y}
let drag = null; // {ids, kind, ghost, line, free, target, y}
let dragged = false;

const row = (element) => element?.closest?.(".row[data-id]");

function begin(event) {
  const chosen = selection();
  const ids = press.kind === "microstep" && chosen.includes(press.id) ? chosen : [press.id];
  const ghost = document.createElement("div");
  ghost.className = "drag-ghost";
  ghost.textContent = ids.length === 1
    ? entryById(press.id).querySelector("[data-title]").textContent : `${ids.length} rows`;
  const line = document.createElement("div");
  line.className = "drop-line";
  line.hidden = true;
  document.body.append(ghost, line);
  drag = { ids, kind: press.kind, ghost, line, free: occupy(), target: null, y: event.clientY };
  mark(true);
  document.documentElement.classList.add("dragging");
  announce(`Moving ${ids.length === 1 ? ids[0] : `${ids.length} rows`}. Escape cancels.`);
  requestAnimationFrame(scrollAlong);
}

function mark(on) {
  for (const id of drag.ids) {
    const entry = entryById(id);
    if (entry) bodyOf(entry).classList.toggle("lifted", on);
  }
}

/** Where a drop would put it: {parent, after}, or {group} in a flat view, with the line to draw. */
function targetAt(x, y) {
  const at = document.elementFromPoint(x, y);
  if (!at || !plan.contains(at)) return null;
  if (plan.querySelector(".tree").dataset.flat) return groupAt(at);
  if (drag.kind === "microstep") return rowTarget(at, y);
  return sectionTarget(at, y);
}

function groupAt(at) {
  const group = at.closest(".group");
  const { by, value } = group?.querySelector(".milestone-head")?.dataset ?? {};
  if (!by || by === "none" || by === "phase") return null;
  if (drag.ids.every((id) => group.contains(entryById(id)))) return null;
  return { group: { by, value }, box: group.querySelector(".milestone-head").getBoundingClientRect(), whole: true };
}

const lifted = (element) => drag.ids.includes(element.dataset.id);

function rowTarget(at, y) {
  const over = row(at);
  if (over) {
    const box = over.getBoundingClientRect();
    const parent = over.dataset.step;
    const above = y < box.top + box.height / 2;
    const rows = [...plan.querySelectorAll(".row[data-id]")].filter((other) => other.dataset.step === parent);
    const end = above ? rows.indexOf(over) : rows.indexOf(over) + 1;
    const behind = rows.slice(0, end).filter((other) => !lifted(other)).at(-1);
    return { parent, after: behind?.dataset.id ?? null, box, edge: above ? "top" : "bottom" };
  }
  const step = at.closest(".step[data-id]");
  if (step) {
    const head = step.querySelector(".step-head").getBoundingClientRect();
    return { parent: step.dataset.id, after: null, box: head, edge: "bottom" };
  }
  const section = at.closest(".milestone");
  waitAndOpen(section);
  const last = [...section?.querySelectorAll(".step[data-id]") ?? []].at(-1);
  if (!last || !section.hasAttribute("data-open")) return null;
  const behind = [...last.querySelectorAll(".row[data-id]")].filter((other) => !lifted(other)).at(-1);
  const box = (behind ?? last).getBoundingClientRect();
  return { parent: last.dataset.id, after: behind?.dataset.id ?? null, box, edge: "bottom" };
}

function sectionTarget(at, y) {
  const section = at.closest(".milestone");
  if (!section) return null;
  const over = drag.kind === "step" ? at.closest(".step[data-id]") : section;
  if (!over) {
    waitAndOpen(section);
    const box = section.querySelector(".milestone-head").getBoundingClientRect();
    return section.hasAttribute("data-open") ? { parent: section.dataset.id, after: null, box, edge: "bottom" } : null;
  }
  const box = over.getBoundingClientRect();
  const above = y < box.top + box.height / 2;
  const all = drag.kind === "step"
    ? [...section.querySelectorAll(".step[data-id]")] : [...plan.querySelectorAll(".milestone")];
  const behind = all.slice(0, all.indexOf(over) + (above ? 0 : 1)).filter((other) => !lifted(other)).at(-1);
  const parent = drag.kind === "step" ? section.dataset.id : "";
  return { parent, after: behind?.dataset.id ?? null, box, edge: above ? "top" : "bottom" };
}

function waitAndOpen(section) {
  if (drag.over === section) return;
  clearTimeout(drag.opening);
  drag.over = section;
  if (!section || section.hasAttribute("data-open")) return;
  drag.opening = setTimeout(() => drag && fold(section, true), OPENS);
}

function show(x, y) {
  drag.x = x;
  drag.y = y;
  drag.ghost.style.transform = `translate(${Math.round(x + 12)}px, ${Math.round(y + 8)}px)`;
  drag.target = targetAt(x, y);
  const { line, target } = drag;
  line.hidden = !target;
  if (!target) return;
  const { box, edge, whole } = target;
  line.classList.toggle("whole", Boolean(whole));
  line.style.left = `${Math.round(box.left)}px`;
  line.style.width = `${Math.round(box.width)}px`;
  line.style.top = `${Math.round(whole || edge === "top" ? box.top : box.bottom)}px`;
  line.style.height = whole ? `${Math.round(box.height)}px` : "";
}

function scrollAlong() {
  if (!drag) return;
  const low = innerHeight - EDGE - drag.y;
  const high = drag.y - EDGE - 60;
  if (low < 0) scrollBy({ top: Math.ceil(-low / 4), behavior: "instant" });
  else if (high < 0) scrollBy({ top: Math.floor(high / 4), behavior: "instant" });
  if ((low < 0 || high < 0) && drag.x !== undefined) show(drag.x, drag.y);
  requestAnimationFrame(scrollAlong);
}

function end() {
  if (!drag) return null;
  const { ids, kind, target, ghost, line, free } = drag;
  clearTimeout(drag.opening);
  mark(false);
  ghost.remove();
  line.remove();
  document.documentElement.classList.remove("dragging");
  drag = null;
  free();
  return { ids, kind, target };
}

function drop() {
  const done = end();
  if (!done?.target) return;
  const { ids, target } = done;
  if (target.group) {
    setField(ids, target.group.by, target.group.value);
    return;
  }
  const first = entryById(ids[0]);
  const list = ids.length === 1 && first && parentOf(first) === target.parent;
  if (list && stays(first, target.after)) return;
  moveTo(ids, target);
}

function stays(entry, after) {
  let before = bodyOf(entry).previousElementSibling;
  while (before && !before.dataset.id) before = before.previousElementSibling;
  return (before?.dataset.id ?? null) === after;
}

plan?.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  dragged = false;
  if (!grip || !mayWrite || event.button) return;
  const { id, kind } = entryOf(grip).dataset;
  press = { id, kind, pointer: event.pointerId, x: event.clientX, y: event.clientY };
});
document.addEventListener("pointermove", (event) => {
  if (press?.pointer !== event.pointerId) return;
  if (!drag) {
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) < FAR) return;
    begin(event);
  }
  event.preventDefault();
  show(event.clientX, event.clientY);
});
document.addEventListener("pointerup", (event) => {
  if (press?.pointer !== event.pointerId) return;
  dragged = Boolean(drag);
  press = null;
  drop();
});
function cancel() {
  press = null;
  if (!drag) return;
  dragged = true;
  end();
  announce("The move is cancelled");
}
document.addEventListener("pointercancel", cancel);
addEventListener("blur", cancel);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  event.preventDefault();
  event.stopPropagation();
  cancel();
}, true);
// The click that ends a drag opens nothing.
document.addEventListener("click", (event) => {
  if (!dragged) return;
  dragged = false;
  if (event.target.closest(".grip")) { event.preventDefault(); event.stopPropagation(); }
}, true);
