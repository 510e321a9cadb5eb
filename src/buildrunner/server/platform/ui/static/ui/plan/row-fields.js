// Fields edited where the row shows them: owner, priority, effort, status of many, phase.

import { perform } from "./edits.js";
import { pick } from "./chooser.js";
import { entryById, mayWrite, plan } from "./rows.js";
import { WORDS } from "./save.js";

const NAMES = { owner: "owner", priority: "priority", effort_points: "effort", phase: "phase", status: "status" };
const EFFORTS = [1, 2, 3, 5, 8, 13, 21];
const LONGEST = 200;

/** Values that the plan has already, as the filter menu lists them. */
function known(name) {
  const inputs = document.querySelectorAll(`#filter-menu input[name="${name}"]`);
  return [...inputs].map((input) => input.value).filter((value) => value !== "-");
}

const text = (words) => (words.length > LONGEST
  ? { error: `At most ${LONGEST} characters; this has ${words.length}.` }
  : { value: words, label: `Set to “${words}”` });

const whole = (words) => (/^\d{1,3}$/.test(words) && Number(words) >= 1 && Number(words) <= 100
  ? { value: String(Number(words)), label: words }
  : { error: "Effort is a whole number from 1 to 100." });

function offered(name, current) {
  const none = current || current === undefined ? [{ value: "", label: `No ${NAMES[name]}` }] : [];
  if (name === "status") return { options: Object.entries(WORDS).map(([value, label]) => ({ value, label, glyph: value })) };
  if (name === "priority") return { options: [...["P1", "P2", "P3"].map((value) => ({ value, label: value })), ...none] };
  if (name === "effort_points") {
    return { options: [...EFFORTS.map((value) => ({ value: String(value), label: String(value) })), ...none], free: whole, placeholder: "1 to 100" };
  }
  const listed = new Set(known(name));
  if (current) listed.add(current);
  return { options: [...[...listed].map((value) => ({ value, label: value })), ...none], free: text, placeholder: "Find or type a name" };
}

// A field without a value shows its sign only where one points; one set of signs serves all rows.
const signs = [...document.getElementById("unset-fields")?.content.children ?? []];

function lend(row) {
  if (!mayWrite || !row || row.querySelector(".unset") || row.matches(".editing")) return;
  const meta = row.querySelector(".meta");
  for (const sign of signs) {
    if (!meta.querySelector(`[data-act="${sign.dataset.act}"]`)) meta.append(sign);
    else sign.remove();
  }
}

for (const kind of ["pointerover", "focusin"]) {
  plan?.addEventListener(kind, (event) => {
    if (event.pointerType !== "touch") lend(event.target.closest(".row[data-id]"));
  });
}
plan?.addEventListener("plan:swapping", () => { for (const sign of signs) sign.remove(); });

const buttonOf = (id, name) => entryById(id)?.querySelector(`[data-act="${name}"][data-value]`);

function draw(ids, name, value) {
  const before = ids.map((id) => {
    if (name === "status") return [entryById(id), entryById(id)?.dataset.status];
    const button = buttonOf(id, name);
    return [button?.matches(".unset") ? null : button, button?.innerHTML];
  });
  for (const [element] of before) {
    if (!element) continue;
    if (name === "status") showStatus(element, value);
    else element.textContent = value;
  }
  return () => {
    for (const [element, was] of before) {
      if (!element) continue;
      if (name === "status") showStatus(element, was);
      else element.innerHTML = was;
    }
  };
}

function showStatus(entry, status) {
  entry.dataset.status = status;
  const glyph = entry.querySelector("[data-act=status] .glyph");
  glyph?.setAttribute("class", `glyph ${status}`);
  glyph?.querySelector("use").setAttribute("href", `#glyph-${status}`);
}

/** Give entries one value of a field; "" takes it away. */
export function setField(ids, name, value) {
  const pairs = [["do", "set"], ["field", name], ["value", value], ...ids.map((id) => ["id", id])];
  const what = ids.length === 1 ? ids[0] : `${ids.length} rows`;
  const shown = name === "status" ? WORDS[value].toLowerCase() : value;
  if (ids.length === 1) {
    const entry = entryById(ids[0]);
    if (entry) pairs.push(["base", name === "status" ? entry.dataset.status : buttonOf(ids[0], name)?.dataset.value ?? ""]);
  }
  return perform(pairs, {
    words: shown ? `${what}: ${NAMES[name]} ${shown}` : `${what}: no ${NAMES[name]}`,
    place: ids.length === 1 ? ids[0] : undefined,
    show: () => draw(ids, name, value),
  });
}

/** Let somebody choose a value for a field of entries. */
export async function editField(ids, name, anchor) {
  if (!ids.length) return;
  const entry = entryById(ids[0]);
  const current = ids.length === 1 ? buttonOf(ids[0], name)?.dataset.value ?? entry?.dataset[name] ?? "" : undefined;
  entry?.setAttribute("data-held", "");
  const value = await pick(anchor ?? buttonOf(ids[0], name) ?? entry, {
    ...offered(name, current),
    label: ids.length === 1 ? `${cap(NAMES[name])} of ${ids[0]}` : `${cap(NAMES[name])} of ${ids.length} rows`,
    current,
    back: entry?.querySelector("[data-nav]"),
  });
  for (const held of document.querySelectorAll("#plan [data-held]")) held.removeAttribute("data-held");
  if (value === undefined || value === current) return;
  await setField(ids, name, value);
}

const cap = (word) => word[0].toUpperCase() + word.slice(1);
