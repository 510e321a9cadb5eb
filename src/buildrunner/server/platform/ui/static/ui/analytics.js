// Anomalies, sources and reports follow the project: what one types in is never replaced.

import { follow } from "./live.js";
import { announce } from "./notices.js";

const HEARD = /^(anomaly|usage_source|report)\./;
const PAUSE = 300;
const LATER = 1500;
const part = () => document.getElementById("live-part");
const project = part()?.dataset.follow;

if (project) {
  let timer;
  const busy = () => document.querySelector("dialog[open]") || part().contains(document.activeElement?.closest("form"));
  const catchUp = async () => {
    if (busy()) {
      timer = setTimeout(catchUp, LATER);
      return;
    }
    timer = undefined;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live-part");
      if (fresh && !busy()) {
        part().replaceChildren(...fresh.childNodes);
        announce("Updated");
      }
    } catch {
      // The line is down; the next event asks again.
    }
  };
  follow(project, {
    onEvent: (event) => {
      if (HEARD.test(event.kind) && !timer) timer = setTimeout(catchUp, PAUSE);
    },
    onState: () => {},
  });
}
