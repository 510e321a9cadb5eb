// The Discussion page: what others say comes in by itself; what one types is never replaced.

import { follow } from "./live.js";
import { completeMentions } from "./mentions.js";
import { announce } from "./notices.js";
import { keepPending, sayAtOnce } from "./saying.js";
import { served } from "./presence/marks.js";
import { Threads } from "./threads.js";

const WORDS = { connecting: "Connecting", open: "Live", offline: "Reconnecting", closed: "Signed out" };
const PATIENCE = 1200;
const BATCH = 30;

const part = document.getElementById("talk");
let timer;
let running = false;
let again = false;
// As the server drew it: scripts add to what stands in the page.
let drawn = part && served(part);

const typing = () => [...part.querySelectorAll("textarea")].some((one) => one.value || one === document.activeElement)
  || part.querySelector(".answering[open]:focus-within") !== null;

async function catchUp(by) {
  if (running || typing()) {
    again = true;
    if (!running) timer = setTimeout(catchUp, PATIENCE, by);
    return;
  }
  running = true;
  try {
    const answer = await fetch(location.href, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("talk");
    if (!fresh || served(fresh) === drawn) return;
    drawn = served(fresh);
    const known = new Set([...part.querySelectorAll(".comment")].map((one) => one.id));
    part.replaceChildren(...fresh.childNodes);
    keepPending(part);
    ready();
    const arrived = [...part.querySelectorAll(".comment")].filter((one) => one.id && !known.has(one.id));
    for (const one of arrived) one.classList.add("arrived");
    if (arrived.length && by) announce(`${by} said something.`);
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    if (again) {
      again = false;
      later(by);
    }
  }
}

const threads = part && new Threads(part, {
  onShown(arrived) {
    keepPending(part);
    ready();
    for (const one of arrived) if (!one.dataset.client) one.classList.add("arrived");
    // The page is no longer as the server drew it as a whole.
    drawn = "";
  },
});

async function bring(id, by) {
  const known = part.querySelector(`#c-${CSS.escape(id)}`);
  if (!await threads.show(id)) return later(by);
  if (!known && by && part.querySelector(`#c-${CSS.escape(id)}:not([data-client])`)) announce(`${by} said something.`);
}

function ready() {
  completeMentions(document);
  sayAtOnce(document, part, (id) => (id ? bring(id, "") : catchUp("")));
}

function later(by) {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BATCH, by);
}

for (const select of document.querySelectorAll("select[data-submits]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

if (part) {
  ready();
  const sign = document.querySelector("[data-live]");
  follow(part.dataset.follow, {
    onEvent(event) {
      if (event.kind.startsWith("comment.")) bring(event.data.comment, event.actor?.name);
      else if (event.kind.startsWith("issue.")) later(event.actor?.name);
    },
    onState(state) {
      sign.dataset.state = state;
      sign.querySelector(".live-words").textContent = WORDS[state];
      // What was said between the drawing of the page and the line's opening is asked for as well.
      if (state === "open") later("");
    },
  });
}
