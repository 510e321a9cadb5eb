// Rows that are selected, and the bar that acts on them.

import { announce } from "../notices.js";
import { entryById, mayWrite, plan, shownRows } from "./rows.js";

const picked = new Set();
const bar = document.getElementById("bar");
let last = null;

/** The ids that are selected, in the order of the list. */
export const selection = () => shownRows().map((row) => row.dataset.id).filter((id) => picked.has(id));

/** Whether anything is selected. */
export const selecting = () => picked.size > 0;

/** What an action is about: the selection where the entry is part of it (or none is given). */
export function meantBy(entry) {
  const id = entry?.dataset.id;
  if (picked.size && (!id || picked.has(id))) return selection();
  return id ? [id] : [];
}

function mark(row, on) {
  row.classList.toggle("picked", on);
  row.querySelector(".pick")?.setAttribute("aria-checked", String(on));
}

function show({ say = true } = {}) {
  const count = picked.size;
  plan.toggleAttribute("data-selecting", count > 0);
  bar.hidden = !count;
  bar.querySelector("[data-count]").textContent = `${count} selected`;
  bar.querySelector("[data-act=merge]").disabled = count < 2;
  if (say) announce(count ? `${count} selected` : "Selection cleared");
}

/** Select a row, or no longer. */
export function turnPick(row, on = !picked.has(row.dataset.id)) {
  if (!mayWrite || !row?.matches(".row[data-id]")) return;
  last = row.dataset.id;
  if (on) picked.add(last);
  else picked.delete(last);
  mark(row, on);
  show();
}

/** Select everything between the row last touched and this one. */
export function pickTo(row) {
  const rows = shownRows();
  const [from, to] = [rows.findIndex((other) => other.dataset.id === last), rows.indexOf(row)];
  if (from < 0 || to < 0) {
    turnPick(row, true);
    return;
  }
  for (const other of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    picked.add(other.dataset.id);
    mark(other, true);
  }
  show();
}

/** Select all rows of the group or step that a row stands in; when they all are, none of them. */
export function pickGroup(entry) {
  const place = entry?.closest(".group, .step, .milestone");
  const rows = shownRows().filter((row) => place?.contains(row));
  if (!rows.length) return;
  const on = !rows.every((row) => picked.has(row.dataset.id));
  for (const row of rows) {
    if (on) picked.add(row.dataset.id);
    else picked.delete(row.dataset.id);
    mark(row, on);
  }
  show();
}

/** Select nothing; false when nothing was. */
export function clearPicks({ say = true } = {}) {
  if (!picked.size) return false;
  for (const id of picked) {
    const row = entryById(id);
    if (row) mark(row, false);
  }
  picked.clear();
  show({ say });
  return true;
}

// Fresh rows come without marks, and what left the page is not acted on unseen.
plan?.addEventListener("plan:swapping", () => {
  for (const row of plan.querySelectorAll(".row.picked")) mark(row, false);
});
function remark() {
  if (!picked.size) return;
  for (const id of [...picked]) {
    const row = entryById(id);
    if (row?.matches(".row")) mark(row, true);
    else picked.delete(id);
  }
  show({ say: false });
}
plan?.addEventListener("plan:swapped", remark);
document.addEventListener("htmx:afterSwap", remark);

plan?.addEventListener("click", (event) => {
  const row = event.target.closest(".row[data-id]");
  const button = event.target.closest("[data-act=pick]");
  if (!row || !mayWrite) return;
  if (button) {
    event.preventDefault();
    if (event.shiftKey) pickTo(row);
    else turnPick(row);
  } else if (event.shiftKey && event.target.closest(".title, .id")) {
    event.preventDefault();
    event.stopPropagation();
    getSelection()?.removeAllRanges();
    pickTo(row);
  }
}, true);
bar?.querySelector("[data-act=clear]").addEventListener("click", () => {
  const id = last;
  clearPicks();
  entryById(id)?.querySelector("[data-nav]")?.focus();
});
