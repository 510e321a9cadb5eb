// The page of agents' runs: one that begins, ends or is lost is shown without asking.

import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";

const BATCH = 400;
const part = document.getElementById("runs");
let timer;

async function catchUp() {
  if (part.contains(document.activeElement)) { later(); return; } // what one reads is not replaced
  try {
    const answer = await fetch(location.href, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("runs");
    if (fresh) part.replaceChildren(...fresh.childNodes);
  } catch {
    // The line is down; the next "open" asks again.
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BATCH);
}

followWithSign(part.dataset.follow, {
  onEvent(event) {
    if (!event.kind.startsWith("agent_run.")) return;
    announce(event.kind === "agent_run.started" ? `${event.actor?.name ?? "An agent"} began a run` : "A run is over");
    later();
  },
  onOpen: (again) => { if (again) later(); },
});
