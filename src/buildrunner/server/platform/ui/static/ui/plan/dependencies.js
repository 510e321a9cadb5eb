// What an entry waits for: a search that names each entry, its state, and why it cannot be chosen.

import { formOf, saveField } from "./fields.js";
import { base, request } from "./rows.js";

const PAUSE = 80;
const drawer = document.getElementById("drawer");
const optionsOf = (input) => input.parentElement.querySelector("[role=listbox]");
const choices = (input) => [...optionsOf(input).querySelectorAll("[role=option]:not([aria-disabled])")];
const activeOf = (input) => optionsOf(input).querySelector("[aria-selected=true]");
let timer;
let asked = 0;

function close(input) {
  clearTimeout(timer);
  asked += 1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  const options = optionsOf(input);
  options.hidden = true;
  options.replaceChildren();
}

function activate(input, option) {
  activeOf(input)?.setAttribute("aria-selected", "false");
  if (!option) { input.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function search(input) {
  const turn = ++asked;
  const words = input.value.trim();
  const answer = await request(`${input.dataset.picker}?q=${encodeURIComponent(words)}`).catch(() => null);
  // Words typed since have a search of their own coming.
  if (turn !== asked || !answer?.ok || !input.isConnected || input.value.trim() !== words) return;
  const options = optionsOf(input);
  options.dataset.words = words;
  const template = document.createElement("template");
  template.innerHTML = answer.html;
  options.replaceChildren(...template.content.firstElementChild.children);
  options.hidden = false;
  input.setAttribute("aria-expanded", "true");
  activate(input, words ? choices(input)[0] : null);
}

function reference(option) {
  const item = document.createElement("li");
  item.className = "coming";
  const link = document.createElement("a");
  link.href = `${base}/items/${encodeURIComponent(option.dataset.value)}`;
  link.dataset.drawer = "";
  link.append(...[...option.children].slice(0, 3).map((part) => part.cloneNode(true)));
  const value = document.createElement("input");
  value.type = "hidden";
  value.name = "item";
  value.value = option.dataset.value;
  item.append(link, value);
  return item;
}

/** Choose: shown at once, saved, and taken out again by "Take it back" where the server refuses. */
function choose(input, option) {
  const form = formOf(input);
  let list = form.querySelector(".linked");
  if (!list) {
    list = document.createElement("ul");
    list.className = "linked";
    form.querySelector(".picker").before(list);
  }
  list.append(reference(option));
  input.value = "";
  close(input);
  saveField(form);
}

const KEYS = {
  ArrowDown: (input, all, at) => activate(input, all[(at + 1) % all.length]),
  ArrowUp: (input, all, at) => activate(input, all[(at - 1 + all.length) % all.length]),
  Enter: (input, all, at) => { if (all[at]) choose(input, all[at]); },
};

drawer?.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches("[data-picker]") || event.isComposing) return;
  const open = input.getAttribute("aria-expanded") === "true";
  if (event.key === "Enter" || (KEYS[event.key] && open)) {
    event.preventDefault();
    // Who types faster than the answer comes chooses nothing by mistake.
    if (event.key === "Enter" && optionsOf(input).dataset.words !== input.value.trim()) { search(input); return; }
    const all = choices(input);
    KEYS[event.key](input, all, all.indexOf(activeOf(input)));
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    search(input);
  } else if (event.key === "Escape" && (open || input.value)) {
    event.preventDefault();
    event.stopPropagation();
    input.value = "";
    close(input);
  }
}, true);
drawer?.addEventListener("input", (event) => {
  if (!event.target.matches("[data-picker]")) return;
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE, event.target);
});
drawer?.addEventListener("focusout", (event) => {
  if (event.target.matches("[data-picker]")) { event.target.value = ""; close(event.target); }
});
drawer?.addEventListener("pointerdown", (event) => {
  const option = event.target.closest(".picker-options [role=option]");
  if (!option) return;
  event.preventDefault(); // the field keeps the focus
  if (option.getAttribute("aria-disabled")) return;
  choose(option.closest(".picker").querySelector("[data-picker]"), option);
});
drawer?.addEventListener("click", (event) => {
  if (event.target.matches("[data-picker]")) search(event.target);
  const drop = event.target.closest("[data-drop]");
  const form = formOf(drop);
  if (!form) return;
  form.querySelector("[data-picker]").focus({ focusVisible: false });
  drop.closest("li").remove();
  saveField(form);
});
