// The drawer beside the graph: what a node is, fetched when it is opened.

import { toast } from "../notices.js";

const element = document.getElementById("drawer");
let asked = 0;
let back = null;

/** The id it shows, or undefined. */
export const shownId = () => (element.hidden ? undefined : element.querySelector(".drawer-head")?.dataset.id);

/** Show a node; `live`: what is shown already, brought up to date. */
export async function openDrawer(base, id, { focus = true, live = false } = {}) {
  const turn = ++asked;
  const headers = { "HX-Request": "true", Accept: "text/html", ...(live ? { "BR-Live": "1" } : {}) };
  const answer = await fetch(`${base}/items/${encodeURIComponent(id)}`, { headers, credentials: "same-origin" }).catch(() => null);
  if (turn !== asked) return;
  if (!answer?.ok) {
    if (live && answer?.status === 404) closeDrawer();
    else if (!live) toast(answer?.status === 404 ? "This is no longer in the plan." : "The details could not be fetched. Try again in a moment.");
    return;
  }
  if (element.hidden) back = document.activeElement;
  element.innerHTML = await answer.text();
  element.hidden = false;
  element.setAttribute("aria-label", `Details of ${element.querySelector("h2")?.textContent ?? id}`);
  if (focus) { element.scrollTop = 0; element.focus({ preventScroll: true }); }
}

/** Put it away; the focus goes back. False where it was closed. */
export function closeDrawer() {
  asked += 1;
  if (element.hidden) return false;
  const inside = element.contains(document.activeElement);
  element.hidden = true;
  element.replaceChildren();
  if (inside) (back?.isConnected ? back : document.getElementById("flow-canvas")).focus({ preventScroll: true });
  return true;
}

/** `visit(id)` when a linked node is pressed, `closed()` when one closes it. */
export function wireDrawer({ visit, closed }) {
  element.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-drawer]")) { closeDrawer(); closed(); return; }
    const link = event.target.closest("a[data-node]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    visit(link.dataset.node);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    closeDrawer();
    closed();
  });
}
