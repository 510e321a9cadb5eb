// The policy editor: line numbers with marks where something is wrong, and saving only what is
// valid. The pages of governance follow the project: what one types in is never replaced.

import { follow } from "./live.js";
import { announce } from "./notices.js";

const text = document.querySelector("[data-policy] textarea");

if (text) {
  const gutter = document.querySelector("[data-gutter]");
  const draw = () => {
    const marks = new Map();
    for (const one of document.querySelectorAll("#findings [data-line]")) {
      const line = Number(one.dataset.line);
      if (marks.get(line) !== "error") marks.set(line, one.dataset.severity);
    }
    const count = text.value.split("\n").length;
    const lines = [];
    for (let line = 1; line <= count; line += 1) {
      const one = document.createElement("span");
      one.textContent = String(line);
      if (marks.has(line)) one.className = marks.get(line);
      lines.push(one);
    }
    gutter.replaceChildren(...lines);
    gutter.style.height = `${text.clientHeight}px`;
    gutter.scrollTop = text.scrollTop;
  };
  const settle = () => {
    const valid = document.getElementById("save-state")?.dataset.valid === "1";
    for (const button of document.querySelectorAll("[data-save]")) button.disabled = !valid;
    draw();
  };
  text.addEventListener("input", draw);
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  new ResizeObserver(draw).observe(text);
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("htmx:oobAfterSwap", settle);
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-goto]")?.closest("[data-line]");
    if (!place) return;
    const before = text.value.split("\n").slice(0, Number(place.dataset.line) - 1).join("\n");
    const start = before.length + (before || Number(place.dataset.line) > 1 ? 1 : 0) + Number(place.dataset.column) - 1;
    text.focus();
    text.setSelectionRange(start, start);
    text.scrollTop = Math.max(0, (Number(place.dataset.line) - 5) * 20);
  });
  settle();
}

const part = document.querySelector("#live-part[data-follow]");
const HEARD = /^(policy|approval|emergency|waiver|governance)\./;

if (part) {
  let timer;
  const busy = () => document.querySelector("dialog[open]") || document.getElementById("live-part").contains(document.activeElement?.closest("form"));
  const catchUp = async () => {
    if (busy()) {
      timer = setTimeout(catchUp, 1500);
      return;
    }
    timer = undefined;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live-part");
      if (fresh && !busy()) {
        document.getElementById("live-part").replaceChildren(...fresh.childNodes);
        announce("Updated");
      }
    } catch {
      // The line is down; the next event asks again.
    }
  };
  follow(part.dataset.follow, {
    onEvent: (event) => {
      if (HEARD.test(event.kind) && !timer) timer = setTimeout(catchUp, 300);
    },
    onState: () => {},
  });
}
