// Rows that are still to come keep their place: what stands below them does not jump when they do.

import { plan } from "./rows.js";

const USUAL = 36; // px of a row where none is drawn yet

/** The height that a row takes on this screen, its share of the headings included. */
function rowHeight(list) {
  const rows = list.querySelectorAll(".row[data-id]").length;
  const drawn = [...list.children].filter((part) => !part.matches(".later"));
  const height = drawn.reduce((sum, part) => sum + part.offsetHeight, 0);
  return rows ? height / rows : USUAL;
}

function reserve() {
  for (const later of plan.querySelectorAll(".later[data-left]:not([style])")) {
    later.style.minHeight = `${Math.round(later.dataset.left * rowHeight(later.parentElement))}px`;
  }
}

if (plan) {
  reserve();
  new MutationObserver(reserve).observe(plan, { childList: true, subtree: true });
}
