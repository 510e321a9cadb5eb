// Create follows the project: the list of drafts is drawn anew, and a draft that is being looked
// through says what somebody else did to it. What one chose or typed is never replaced.

import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";

const WORDS = {
  "draft.answered": "drafted this anew",
  "draft.accepted": "added this to the plan",
  "draft.discarded": "discarded this draft",
  "plan.revised": "changed the plan",
};

const list = document.getElementById("drafts");
const elsewhere = document.getElementById("elsewhere");
let timer;

async function redraw() {
  timer = undefined;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("drafts");
    if (fresh) list.replaceChildren(...fresh.childNodes);
  } catch {
    // The line is down; its return asks again.
  }
}

const later = () => { timer ??= setTimeout(redraw, 300); };

if (list) {
  followWithSign(list.dataset.follow, {
    onEvent: (event) => { if (event.kind.startsWith("draft.")) later(); },
    onOpen: later,
  });
} else if (elsewhere) {
  followWithSign(elsewhere.dataset.follow, {
    onEvent(event) {
      if (!WORDS[event.kind] || (event.kind !== "plan.revised" && event.subject !== elsewhere.dataset.draft)) return;
      const words = `${event.actor?.name || "Somebody"} ${WORDS[event.kind]}.`;
      elsewhere.querySelector("[data-words]").textContent = words;
      elsewhere.hidden = false;
      announce(words);
    },
  });
}
