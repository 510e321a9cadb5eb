// The fields of the drawer: each is saved by itself as one leaves it. What was typed stays in its
// field until the server has it; where another value stands by now, both are shown.

import { announce } from "../notices.js";
import { freshen, refreshDrawer, shownId } from "./drawer.js";
import { inLine } from "./line.js";
import { dirty } from "./patch.js";
import { parse, request } from "./rows.js";
import { apply } from "./swap.js";

const UNREACHED = "The server cannot be reached. What you typed is kept here; it is not saved yet.";

const drawer = document.getElementById("drawer");
export const formOf = (element) => element?.closest?.("form[data-field]");
export const sectionOf = (element) => element.closest("[data-section]");
const controls = (form) => [...form.querySelectorAll("textarea, select, input:not([type=hidden])")];
const again = new WeakSet();

/** What a form would send, as pairs; what is typed to be added or searched for is not in it yet. */
function pairs(form) {
  const found = [...new FormData(form)].filter(([name]) => name !== "lines");
  return [...found, ["drawer", "1"]];
}

function box(section, words, buttons) {
  clear(section);
  const made = document.createElement("div");
  made.className = "failed";
  made.setAttribute("role", "alert");
  const text = document.createElement("span");
  text.textContent = words;
  made.append(text);
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = label;
    button.addEventListener("click", () => { made.remove(); act(); });
    made.append(button);
  }
  section.append(made);
}

function clear(section) {
  for (const old of section.querySelectorAll(".failed, .conflict, .newer")) old.remove();
}

/** Drop what was typed and show what the server holds. */
async function takeBack(form) {
  const section = sectionOf(form);
  clear(section);
  section.removeAttribute("data-pending");
  form.reset();
  // Nothing in it counts as typed any more, so that the fresh section takes its place.
  for (const control of controls(form)) if (dirty(control)) control.value = control.defaultValue;
  form.elements.namedItem("base").value = "\u0000";
  await refreshDrawer();
  drawer.querySelector(`[data-section="${CSS.escape(section.dataset.section)}"] :is(textarea, input:not([type=hidden]), select)`)?.focus();
}

function showConflict(form, html) {
  const section = sectionOf(form);
  clear(section);
  const made = parse(html);
  section.append(made);
  made.querySelector("[data-resolve=ours]").focus();
  made.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-resolve]")?.dataset.resolve;
    if (!choice) return;
    const theirs = made.dataset.exact;
    made.remove();
    if (choice === "ours") {
      form.elements.namedItem("base").value = theirs;
      saveField(form);
    } else {
      takeBack(form);
    }
  });
}

/** Whether two lists of pairs say the same. */
const equal = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function settle(form, sent, answer) {
  const made = parse(answer.html);
  const template = made?.querySelector("template[data-drawer]");
  apply(answer.html);
  if (!template) return;
  // The form now starts from what it sent; what was typed since is the next edit.
  form.elements.namedItem("base").value = template.dataset.sent;
  if (equal(pairs(form).filter(([name]) => name !== "base"), sent.filter(([name]) => name !== "base"))) {
    for (const control of controls(form)) {
      if (control.name === "lines") continue;
      control.defaultValue = control.value;
      if (control.options) for (const option of control.options) option.defaultSelected = option.selected;
    }
  }
  sectionOf(form).removeAttribute("data-pending");
  freshen(template.content);
}

/**
 * Save a field as its form stands. A second call while one is under way is done after it.
 * True when the server has it.
 */
export async function saveField(form) {
  const section = sectionOf(form);
  if (section.hasAttribute("data-pending")) { again.add(form); return false; }
  clear(section);
  section.setAttribute("data-pending", "");
  const sent = pairs(form);
  const id = shownId();
  const answer = await inLine(async () => {
    const said = await request(form.action, { method: "POST", values: sent })
      .catch(() => ({ ok: false, status: 0, html: "" }));
    if (said.ok && id === shownId()) settle(form, sent, said);
    return said;
  });
  if (id !== shownId()) {
    // The drawer went on to another entry; a refusal must not go unseen.
    if (answer.ok) apply(answer.html);
    else announce(`${id} was not saved`);
    return answer.ok;
  }
  if (answer.ok) {
    announce("Saved");
    if (again.delete(form) && form.isConnected) return saveField(form);
    return true;
  }
  again.delete(form);
  section.removeAttribute("data-pending");
  if (answer.status === 409 && answer.html.includes("data-resolve")) {
    showConflict(form, answer.html);
    return false;
  }
  const words = answer.status ? parse(answer.html)?.textContent.trim() || "The change was refused." : UNREACHED;
  box(section, words, [["Try again", () => saveField(form)], ["Take it back", () => takeBack(form)]]);
  return false;
}

/** Save a plain field if it holds something new. */
function saveIfNew(form) {
  if (form.querySelector("[data-items], [data-picker]")) return;
  if (controls(form).some(dirty)) saveField(form);
}

drawer?.addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (form) saveIfNew(form);
});
drawer?.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  event.preventDefault();
  saveIfNew(form);
});
drawer?.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing || form.querySelector("[data-items], [data-picker]")) return;
  const at = event.target;
  if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && at.matches("textarea")) {
    event.preventDefault();
    saveIfNew(form);
  } else if (event.key === "Escape" && at.matches("input, textarea") && dirty(at)) {
    // The first escape takes the typing back, the second closes the drawer.
    event.preventDefault();
    event.stopPropagation();
    at.value = at.defaultValue;
    clear(sectionOf(at));
  }
}, true);
