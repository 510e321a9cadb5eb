// The Timeline page: what happens comes in by itself, the picture is drawn anew only when the plan
// is another one, and h and l walk through time. What one reads is never replaced.

import { drawCharts } from "../charts.js";
import { typing } from "../keyboard.js";
import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";

const PATIENCE = 1200;
const BATCH = 400;
const TINT = 2000;

const part = document.getElementById("timeline");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  const step = { h: "earlier", l: "later" }[event.key];
  if (step) document.querySelector(`[data-step="${step}"]`)?.click();
});

const scroller = () => part.querySelector(".lanes-scroll");
// The newest stand at the end; on a narrow screen they would be out of sight.
const toNewest = () => { const place = scroller(); if (place) place.scrollLeft = place.scrollWidth; };
toNewest();

const stands = () => part.querySelector("details[open]") || document.querySelector(":popover-open") || part.querySelector(".lanes-scroll a:focus");

let timer;
let running = false;
let again = false;

async function catchUp() {
  if (running || stands()) {
    again = true;
    if (!running) timer = setTimeout(catchUp, PATIENCE);
    return;
  }
  running = true;
  again = false;
  try {
    const answer = await fetch(location.href, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The line is down; the next "open" asks again.
  } finally {
    running = false;
    if (again) later();
  }
}

function swap(page) {
  const fresh = page.getElementById("timeline");
  if (!fresh) return;
  const known = new Set([...part.querySelectorAll(".event")].map((one) => one.id));
  const chart = part.querySelector("#timeline-chart");
  const next = fresh.querySelector("#timeline-chart");
  const same = chart && next && chart.dataset.revision === next.dataset.revision;
  // A picture that still holds stays where it is, so that nothing flickers.
  if (same) next.replaceWith(chart);
  const left = scroller()?.scrollLeft;
  const focused = document.activeElement?.closest("#timeline a")?.getAttribute("href");
  part.replaceChildren(...fresh.childNodes);
  if (scroller() && left !== undefined) scroller().scrollLeft = left;
  if (!same) drawCharts(part);
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const news = [...part.querySelectorAll(".event")].filter((one) => !known.has(one.id));
  for (const one of news) {
    one.classList.add("arrived");
    setTimeout(() => one.classList.remove("arrived"), TINT);
  }
  if (news.length) announce(news.length === 1 ? news[0].querySelector(".event-words").textContent.trim().replace(/\s+/g, " ") : `${news.length} new events`);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(catchUp, BATCH);
}

followWithSign(part.dataset.follow, {
  onEvent: later,
  onOpen(wasOpen) {
    if (wasOpen) later();
  },
});
