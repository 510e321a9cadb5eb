// The history: j and k walk, new revisions come in at the top as they are written.

import { follow } from "../live.js";
import { typing } from "../keyboard.js";
import { announce } from "../notices.js";

const list = document.querySelector(".revisions[data-follow]");
const TINT = 2000;

function walk(step) {
  const page = document.querySelector(step > 0 ? "[data-older]" : "[data-newer]");
  if (page) { page.click(); return true; }
  const stops = [...document.querySelectorAll(".revisions [data-nav]")];
  if (!stops.length) return false;
  const at = stops.indexOf(document.activeElement);
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (step && !event.defaultPrevented && !event.shiftKey && !typing(event) && walk(step)) event.preventDefault();
});

let running = false;
let again = false;

async function catchUp(by) {
  if (running) { again = true; return; }
  running = true;
  try {
    const address = `${list.dataset.address}?since=${list.dataset.revision}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.headers.get("HX-Redirect")) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const known = Number(list.dataset.revision);
    const fresh = [...template.content.children].filter((line) => Number(line.dataset.revision) > known);
    if (!fresh.length) return;
    // What one points at or reads stays where it is.
    const top = list.getBoundingClientRect().top;
    const before = document.documentElement.scrollHeight;
    list.prepend(...fresh);
    if (top < 0) scrollBy({ top: document.documentElement.scrollHeight - before, behavior: "instant" });
    list.dataset.revision = fresh[0].dataset.revision;
    const head = document.querySelector("[data-head]");
    if (head) head.textContent = `r${list.dataset.revision}`;
    for (const line of fresh) {
      line.classList.add("arrived");
      setTimeout(() => line.classList.remove("arrived"), TINT);
    }
    announce(`${by || "Somebody"} wrote revision ${list.dataset.revision}`);
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    if (again) { again = false; catchUp(by); }
  }
}

if (list) {
  follow(list.dataset.project, {
    onEvent(event) {
      if (event.kind === "plan.revised") catchUp(event.actor?.name);
    },
    onState(state) {
      list.dataset.state = state;
      if (state === "open") catchUp();
    },
  });
}
