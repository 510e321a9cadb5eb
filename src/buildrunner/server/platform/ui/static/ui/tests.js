// The Tests page: j and k walk, a chosen milestone shows at once, and evidence comes in as it is
// uploaded. What one types in or points a dialog at is never replaced.

import { followWithSign } from "./live-sign.js";
import { typing } from "./keyboard.js";
import { announce } from "./notices.js";
import { same } from "./presence/marks.js";

// While somebody types or a dialog is open, the page waits.
const PATIENCE = 1200;
const BATCH = 300;
const TINT = 2000;
const HEARD = /^(evidence|check)\.|^plan\.revised$/;

const part = document.querySelector("[data-follow]");

document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.defaultPrevented || event.shiftKey || typing(event)) return;
  const stops = [...document.querySelectorAll("#proof [data-nav]")];
  if (!stops.length) return;
  const at = stops.indexOf(document.activeElement);
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
  event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

const stands = () => document.querySelector("dialog[open]") || part.contains(document.activeElement?.closest("form, details"));

let timer;
let running = false;
let again = "";

async function catchUp(by) {
  if (running || stands()) {
    again = by || "Somebody";
    if (!running) timer = setTimeout(catchUp, PATIENCE, by);
    return;
  }
  running = true;
  try {
    const answer = await fetch(location.href, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    swap(page, by);
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    const waiting = again;
    again = "";
    if (waiting) later(waiting);
  }
}

function swap(page, by) {
  const fresh = page.getElementById("proof");
  if (!fresh || same(fresh, part)) return;
  const before = new Set([...part.querySelectorAll(".proof-item, .criterion-card, tbody tr")].map((one) => one.textContent));
  const focused = document.activeElement?.getAttribute("href");
  part.replaceChildren(...fresh.childNodes);
  for (const dialog of page.querySelectorAll("dialog[id]")) {
    const known = document.getElementById(dialog.id);
    if (known) known.replaceWith(dialog);
    else document.body.append(dialog);
  }
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const one of part.querySelectorAll(".proof-item, .criterion-card, tbody tr")) {
    if (before.has(one.textContent)) continue;
    one.classList.add("arrived");
    setTimeout(() => one.classList.remove("arrived"), TINT);
  }
  announce(`${by || "Somebody"} brought news: ${part.querySelector(".proof-figure, .proof-top")?.textContent.trim().replace(/\s+/g, " ") ?? ""}`);
}

function later(by) {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BATCH, by);
}

if (part) {
  followWithSign(part.dataset.follow, {
    onEvent(event) {
      if (HEARD.test(event.kind)) later(event.actor?.name);
    },
    onOpen(again) {
      if (again) later("");
    },
  });
}
