// The Reconcile page: j and k walk, o, t and b decide the conflict one stands on, and what clones
// report comes in as it is told. What one types in is never replaced.

import { followWithSign } from "../live-sign.js";
import { typing } from "../keyboard.js";
import { announce } from "../notices.js";

// While somebody types or a dialog is open, the page waits.
const PATIENCE = 1200;
const BATCH = 300;
const TINT = 2000;
const HEARD = /^(drift|conflict|evidence|claim)\.|^plan\.revised$/;
const ROWS = ".conflict, .finding, .meeting, tbody tr, .decided li";

const part = document.querySelector("[data-follow]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const stops = [...document.querySelectorAll("#drift [data-nav]")];
    if (!stops.length) return;
    const at = stops.indexOf(document.activeElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
    event.preventDefault();
    return;
  }
  // Only where nothing was decided: a letter does not overturn a decision.
  const card = document.activeElement?.closest(".conflict:not(.is-decided)");
  const button = card && [...card.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!button) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

const stands = () => document.querySelector("dialog[open]") || part.querySelector("details[open]") || part.contains(document.activeElement?.closest("form"));

let timer;
let running = false;
let again = null;

async function catchUp(by) {
  if (running || stands()) {
    again = by;
    if (!running) timer = setTimeout(catchUp, PATIENCE, by);
    return;
  }
  running = true;
  again = null;
  try {
    const answer = await fetch(location.href, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"), by);
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    if (again !== null) later(again);
  }
}

function swap(page, by) {
  const fresh = page.getElementById("drift");
  if (!fresh || fresh.textContent === part.textContent) return; // tokens of forms differ each time
  const before = new Set([...part.querySelectorAll(ROWS)].map((one) => one.textContent));
  const focused = document.activeElement?.getAttribute("href");
  part.replaceChildren(...fresh.childNodes);
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const one of part.querySelectorAll(ROWS)) {
    if (before.has(one.textContent)) continue;
    one.classList.add("arrived");
    setTimeout(() => one.classList.remove("arrived"), TINT);
  }
  announce(`${by || "Somebody"} brought news: ${part.querySelector(".drift-figure")?.textContent.trim().replace(/\s+/g, " ") ?? ""}`);
}

function later(by) {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BATCH, by);
}

if (part) {
  followWithSign(part.dataset.follow, {
    onEvent(event) {
      if (HEARD.test(event.kind)) later(event.actor?.name ?? "");
    },
    onOpen(again) {
      if (again) later("");
    },
  });
}
