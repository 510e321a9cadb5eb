// The Workbench: j and k walk, s starts, d finishes, c copies the context; what others do comes in.

import { followWithSign } from "../live-sign.js";
import { typing } from "../keyboard.js";
import { announce, toast } from "../notices.js";
import { same } from "../presence/marks.js";

// While somebody types or a dialog is open, the page waits.
const PATIENCE = 1200;
const BATCH = 300;
const TINT = 2000;
const HEARD = /^(claim|evidence|check)\.|^plan\.revised$/;

const part = document.querySelector("[data-follow]");

async function copyContext(button) {
  try {
    const answer = await fetch(button.dataset.copyContext, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    await navigator.clipboard.writeText(await answer.text());
    toast("The context is copied");
  } catch {
    toast("The context could not be copied; open it and copy by hand");
  }
}

const KEYS = {
  s: () => (document.activeElement?.closest(".bench-row")?.querySelector("[data-start]") ?? document.querySelector("[data-act-start]"))?.click(),
  d: () => document.querySelector("[data-act-done]")?.click(),
  c: () => { const button = document.querySelector("[data-copy-context]"); if (button) copyContext(button); },
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.shiftKey || typing(event)) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const stops = [...document.querySelectorAll("#bench [data-nav]")];
    if (!stops.length) return;
    const at = stops.indexOf(document.activeElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
    event.preventDefault();
  } else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-context]");
  if (button) copyContext(button);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

const stands = () => document.querySelector("dialog[open]");
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
    if (answer.ok && !answer.redirected) swap(new DOMParser().parseFromString(await answer.text(), "text/html"), by);
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
  const fresh = page.getElementById("bench");
  if (!fresh || same(fresh, part)) return;
  const before = new Set([...part.querySelectorAll(".bench-row")].map((one) => one.textContent));
  const focused = document.activeElement?.getAttribute("href");
  part.replaceChildren(...fresh.childNodes);
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const one of part.querySelectorAll(".bench-row")) {
    if (before.has(one.textContent)) continue;
    one.classList.add("arrived");
    setTimeout(() => one.classList.remove("arrived"), TINT);
  }
  announce(`${by || "Somebody"} changed something here`);
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
