// One small window to choose from a list, by typing or with the arrow keys: owners, priorities,
// places to move to. The list is at hand, or fetched for what was typed.

import { place } from "../menus.js";

const chooser = document.getElementById("chooser");
const input = chooser?.querySelector("input");
const list = chooser?.querySelector("[role=listbox]");
const failed = chooser?.querySelector(".failed");
const WAIT = 120;

let ask = null;

const options = () => [...list.querySelectorAll("[role=option]")];

function activate(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function item({ value, label, glyph }) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.dataset.value = value;
  if (glyph) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", `glyph ${glyph}`);
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#glyph-${glyph}`);
    svg.append(use);
    option.append(svg);
  }
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = label;
  option.append(words);
  return option;
}

function settle() {
  for (const [place, option] of options().entries()) {
    option.id = `chooser-option-${place}`;
    option.classList.toggle("current", option.dataset.value === ask.current);
  }
  const current = !input.value && options().find((option) => option.classList.contains("current"));
  activate(current || options()[0]);
}

function draw() {
  const words = input.value.trim();
  failed.hidden = true;
  if (ask.fetch) {
    clearTimeout(ask.timer);
    const asked = ask;
    ask.timer = setTimeout(async () => {
      const html = await asked.fetch(words).catch(() => null);
      if (ask !== asked) return;
      if (html === null) tell("The list could not be fetched. Type again to retry.");
      else { list.innerHTML = html; settle(); }
    }, ask.drawn ? WAIT : 0);
    ask.drawn = true;
    return;
  }
  const wanted = words.toLowerCase();
  const found = ask.options.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, 100);
  const made = words && ask.free ? ask.free(words) : null;
  if (made?.error) tell(made.error);
  else if (made && !found.some(({ label }) => label.toLowerCase() === wanted)) found.unshift(made);
  list.replaceChildren(...found.map(item));
  settle();
}

function tell(words) {
  failed.textContent = words;
  failed.hidden = false;
}

function close(value) {
  const done = ask;
  ask = null;
  if (chooser.matches(":popover-open")) chooser.hidePopover();
  done?.back?.focus({ preventScroll: true });
  done?.resolve(value);
}

/**
 * Let somebody choose; the value, or undefined when they did not.
 *
 * `options` are {value, label, glyph?}; `free(words)` makes one of typed words, {error}, or null;
 * `fetch(words)` gives the options as HTML instead. The focus goes to `back` afterwards.
 */
export function pick(anchor, { label, placeholder = "", options: given = [], current, free, fetch, back }) {
  close(undefined);
  return new Promise((resolve) => {
    ask = { options: given, current, free, fetch, back, resolve };
    chooser.querySelector("label").textContent = label;
    input.placeholder = placeholder;
    input.value = "";
    list.replaceChildren();
    failed.hidden = true;
    chooser.showPopover();
    draw();
    place(chooser, anchor);
    input.focus();
  });
}

chooser?.addEventListener("toggle", (event) => {
  if (event.newState === "closed" && ask) close(undefined);
});
input?.addEventListener("input", draw);
input?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const to = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    PageDown: Math.min(at + 8, all.length - 1),
    PageUp: Math.max(at - 8, 0),
  }[event.key];
  if (to !== undefined && all.length) {
    event.preventDefault();
    activate(all[to]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (all[at] && failed.hidden) close(all[at].dataset.value);
  } else if (event.key === "Tab") {
    event.preventDefault();
    close(undefined);
  }
});
list?.addEventListener("pointerdown", (event) => event.preventDefault());
list?.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) close(option.dataset.value);
});
