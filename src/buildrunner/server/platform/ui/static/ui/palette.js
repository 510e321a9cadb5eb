// The command palette: places from the page's own navigation, what the server finds, and commands
// that the page offers. A page offers one by listening to `palette:collect` on the document and
// calling `event.detail.add({ section, title, detail?, glyph?, run })`.

import { announce } from "./notices.js";

const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector(".palette-list");
const nothing = dialog?.querySelector(".palette-empty");
const WAIT = 120;
const MOST = 60;

let offered = [];
let found = [];
let shown = [];
let at = 0;
let timer;
let asking;
let opener;

function collect() {
  const entries = [];
  const add = (entry) => entries.push(entry);
  document.dispatchEvent(new CustomEvent("palette:collect", { detail: { add } }));
  const seen = new Set();
  for (const link of document.querySelectorAll("a[data-go]")) {
    const title = link.querySelector("span").textContent.trim();
    const section = link.dataset.go;
    const group = section === "Settings" ? link.closest("[role=group]")?.getAttribute("aria-label") : "";
    if (seen.has(link.href)) continue;
    seen.add(link.href);
    add({ section, title, detail: group, href: link.href, icon: link.querySelector("svg") });
  }
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    add({ section: "Theme", title: button.textContent.trim(), icon: button.querySelector("svg"), run: () => button.click() });
  }
  const keymap = document.getElementById("keymap");
  if (keymap) add({ section: "Help", title: "Show the keyboard map", run: () => keymap.showModal() });
  const out = document.querySelector("form[action='/sign-out']");
  if (out) add({ section: "Account", title: "Sign out", run: () => out.requestSubmit() });
  return entries;
}

/** How well an entry fits: every word must occur; the start of a word counts most. */
function score(entry, words) {
  const title = entry.title.toLowerCase();
  const rest = `${entry.section} ${entry.detail ?? ""}`.toLowerCase();
  let total = 0;
  for (const word of words) {
    const place = title.indexOf(word);
    if (place === 0) total += 4;
    else if (place > 0) total += /\W/.test(title[place - 1]) ? 3 : 2;
    else if (rest.includes(word)) total += 1;
    else return 0;
  }
  return total;
}

function fitting(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return offered;
  return offered
    .map((entry) => [score(entry, words), entry])
    .filter(([points]) => points > 0)
    .sort((one, other) => other[0] - one[0])
    .map(([, entry]) => entry);
}

function mark(entry) {
  if (entry.glyph) {
    const glyph = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    glyph.setAttribute("class", `glyph ${entry.glyph}`);
    glyph.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#glyph-${entry.glyph}`);
    glyph.append(use);
    return glyph;
  }
  if (entry.icon) return entry.icon.cloneNode(true);
  const empty = document.createElement("span");
  empty.className = "palette-mark";
  return empty;
}

function optionOf(entry, number) {
  const option = document.createElement("div");
  option.className = "palette-option";
  option.id = `palette-${number}`;
  option.setAttribute("role", "option");
  option.dataset.number = String(number);
  const title = document.createElement("span");
  title.className = "palette-title";
  title.dir = "auto";
  title.textContent = entry.title;
  option.append(mark(entry), title);
  if (entry.detail) {
    const detail = document.createElement("span");
    detail.className = "palette-detail";
    detail.textContent = entry.detail;
    option.append(detail);
  }
  return option;
}

function draw() {
  const own = fitting(field.value.trim());
  // Sections keep together, in the order of their best entry.
  const sections = new Map();
  for (const entry of [...own, ...found].slice(0, MOST)) {
    if (!sections.has(entry.section)) sections.set(entry.section, []);
    sections.get(entry.section).push(entry);
  }
  shown = [];
  const parts = [];
  for (const [name, entries] of sections) {
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", name);
    const heading = document.createElement("p");
    heading.className = "menu-label";
    heading.setAttribute("aria-hidden", "true");
    heading.textContent = name;
    group.append(heading);
    for (const entry of entries) {
      group.append(optionOf(entry, shown.length));
      shown.push(entry);
    }
    parts.push(group);
  }
  list.replaceChildren(...parts);
  nothing.hidden = shown.length > 0;
  point(0);
}

function point(number) {
  at = Math.min(Math.max(number, 0), shown.length - 1);
  for (const option of list.querySelectorAll("[role=option]")) {
    const chosen = Number(option.dataset.number) === at;
    option.setAttribute("aria-selected", String(chosen));
    if (!chosen) continue;
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  if (!shown.length) field.removeAttribute("aria-activedescendant");
}

async function ask(text) {
  asking?.abort();
  if (text.length < 2) {
    found = [];
    return;
  }
  asking = new AbortController();
  const { signal } = asking;
  const address = new URL(list.dataset.search, location.href);
  address.searchParams.set("q", text);
  try {
    const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    found = (await answer.json()).items;
  } catch {
    return; // a newer question took its place, or the server is away: places still work
  }
  const before = at;
  draw();
  if (before) point(before);
  announce(`${shown.length} results`);
}

function take(entry) {
  dialog.close();
  if (entry.run) entry.run();
  else location.assign(entry.href);
}

/** Open the palette with nothing typed. */
export function openPalette() {
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return;
  opener = document.activeElement;
  offered = collect();
  found = [];
  field.value = "";
  dialog.showModal();
  draw();
}

field?.addEventListener("input", () => {
  draw();
  clearTimeout(timer);
  timer = setTimeout(() => ask(field.value.trim()), WAIT);
});
dialog?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step) {
    event.preventDefault();
    const last = shown.length - 1;
    point(at === last && step === 1 ? 0 : at === 0 && step === -1 ? last : at + step);
  } else if (event.key === "Enter" && event.target === field && shown[at]) {
    event.preventDefault();
    take(shown[at]);
  }
});
list?.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) take(shown[Number(option.dataset.number)]);
});
list?.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && Number(option.dataset.number) !== at) point(Number(option.dataset.number));
});
dialog?.addEventListener("close", () => {
  clearTimeout(timer);
  asking?.abort();
  if (opener?.isConnected) opener.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-palette]")) openPalette();
});
document.addEventListener("keydown", (event) => {
  const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? event.metaKey : event.ctrlKey;
  if (!mod || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  openPalette();
});
for (const key of document.querySelectorAll("[data-mod]")) {
  if (/Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = `⌘ ${key.dataset.mod}`;
}
// The organization chosen last is kept, so that pages outside any organization show its projects.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-organization]")?.dataset.organization;
  if (chosen) document.cookie = `buildrunner_organization=${chosen}; path=/; max-age=${365 * 86400}; samesite=lax`;
});
