// What others change, as it happens; after a break, everything since the revision on the page.

import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";
import { refreshDrawer } from "./drawer.js";
import { settled } from "./line.js";
import { base, pageQuery, plan, request } from "./rows.js";
import { apply } from "./swap.js";


let running = false;
let next;

/**
 * Fetch and show whatever the page lacks, at least up to revision `upto`; `by` is who wrote it,
 * null when that is not known.
 */
async function catchUp(by = null, upto = 0) {
  if (running) { next = { by, upto }; return; }
  running = true;
  try {
    // Edits of our own that are under way bring their revisions themselves.
    await settled();
    if (upto && upto <= Number(plan.dataset.revision)) return;
    const query = pageQuery();
    query.set("since", plan.dataset.revision);
    const answer = await request(`${base}/rows?${query}`, { live: true });
    if (answer.ok && answer.html) tell(apply(answer.html, { by }), by);
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    const waiting = next;
    next = undefined;
    if (waiting) catchUp(waiting.by, waiting.upto);
  }
}

function tell(ids, by) {
  refreshDrawer(); // it shows fields that no row does
  if (!ids.length) return;
  const what = ids.length === 1 ? ids[0] : `${ids.length} rows`;
  announce(`${by || "Somebody"} changed ${what}`);
}

async function refreshClaims(id) {
  const answer = await request(`${base}/rows?ids=${encodeURIComponent(id)}`, { live: true }).catch(() => null);
  if (answer?.ok && answer.html) apply(answer.html);
  refreshDrawer(new Set([id]));
}

function onEvent(event) {
  if (event.kind === "plan.revised") {
    if (plan.hasAttribute("data-empty")) location.reload();
    else if (event.data.revision > Number(plan.dataset.revision)) catchUp(event.actor?.name || "", event.data.revision);
  } else if (event.kind.startsWith("claim.") && event.subject) {
    refreshClaims(event.subject);
  }
}

/** Follow the project of the page and say how the line is. */
export function startLive() {
  followWithSign(plan.dataset.project, {
    onEvent,
    onOpen(again) {
      // The page is older than the stream: something may have happened in between.
      if (!plan.hasAttribute("data-empty")) catchUp();
      else if (again) location.reload();
    },
  });
}
