// The status menu: one for all rows, opened by a click or by `s`.

import { place, walk } from "../menus.js";
import { entryOf, mayWrite, plan } from "./rows.js";
import { saveStatus } from "./save.js";
import { release } from "./swap.js";

const menu = document.getElementById("status-menu");
let entry = null;
let closed = 0;

/** Open the menu at a row. */
export function openStatusMenu(row) {
  const button = row.querySelector("[data-act=status]");
  if (!button || !menu) return;
  entry = row;
  for (const item of menu.children) {
    item.setAttribute("aria-checked", String(item.dataset.status === row.dataset.status));
  }
  menu.showPopover();
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("[aria-checked=true]").focus();
}

function pick(status) {
  const { id, status: before } = entry.dataset;
  const row = entry;
  menu.hidePopover();
  row.querySelector("[data-nav]").focus();
  saveStatus(id, status, before, row);
}

menu?.addEventListener("toggle", (event) => {
  if (event.newState === "open") return;
  closed = performance.now();
  entry?.querySelector("[data-act=status]")?.removeAttribute("aria-expanded");
  if (entry) release(entry.dataset.id);
  entry = null;
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

plan?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=status]");
  // The press of a click on the button has just closed the menu that stood open.
  const closing = performance.now() - closed < 150;
  if (button && mayWrite && !closing) openStatusMenu(entryOf(button));
});
