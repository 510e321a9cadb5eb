// Splitting, merging and removing: what goes where is asked, and what goes is named.

import { toast } from "../notices.js";
import { keepPlaces, perform, wordsOf } from "./edits.js";
import { bodyOf } from "./move.js";
import { base, entryById, focusEntry, plan, request, stops, entryOf } from "./rows.js";
import { clearPicks } from "./selection.js";

const dialog = document.getElementById("edit-dialog");
const SURE = 1; // microsteps that go without a question, when nothing depends on them

const query = (ids) => new URLSearchParams(ids.map((id) => ["id", id]));

/** What stands beside entries, to give the focus to once they are gone. */
function neighbour(ids) {
  const gone = new Set(ids);
  const all = stops().map(entryOf);
  const at = all.findIndex((entry) => gone.has(entry.dataset.id));
  const stays = (entry) => entry && !ids.some((id) => gone.has(entry.dataset.id) || bodyOf(entryById(id) ?? entry)?.contains(entry));
  return (all.slice(at + 1).find(stays) ?? all.slice(0, Math.max(at, 0)).reverse().find(stays))?.dataset.id;
}

/** Fetch one of the dialogs for some entries and open it. */
async function ask(name, ids) {
  const answer = await request(`${base}/${name}?${query(ids)}`).catch(() => null);
  if (!answer?.ok) {
    toast(answer ? wordsOf(answer) : "The server cannot be reached.");
    return;
  }
  dialog.innerHTML = answer.html;
  dialog.dataset.back = ids[0];
  dialog.showModal();
  if (name === "split") prepareSplit(dialog.querySelector("form"));
  dialog.querySelector("[autofocus], textarea, input:not([type=hidden])")?.focus();
}

export const askSplit = (id) => ask("split", [id]);
export const askMerge = (ids) => ask("merge", ids);

/** Remove entries: a row at once, with undo; more, or what others need, after a question. */
export async function remove(ids) {
  const rows = ids.every((id) => entryById(id)?.dataset.kind === "microstep");
  if (!rows || ids.length > SURE) {
    await ask("remove", ids);
    return;
  }
  const next = neighbour(ids);
  const { code } = await perform([["do", "remove"], ["id", ids[0]]], {
    words: `${ids[0]} removed`,
    place: ids[0],
    onRefusal: (answer) => answer.headers.get("BR-Code") === "still_needed",
    show() {
      const row = entryById(ids[0]);
      const back = keepPlaces([row]);
      row.remove();
      if (next) focusEntry(next);
      return () => { back(); focusEntry(ids[0]); };
    },
  }).then((done) => (done.ok ? {} : { code: entryById(ids[0])?.querySelector(".failed") ? "told" : "still_needed" }));
  if (code === "still_needed") await ask("remove", ids);
}

function tell(form, field, words) {
  for (const box of form.querySelectorAll("[data-error]")) box.hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  const box = form.querySelector(`[data-error="${CSS.escape(field)}"]`) ?? form.querySelector('[data-error=""]');
  box.textContent = words;
  box.hidden = false;
  const input = form.elements[field];
  if (input instanceof HTMLElement) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
}

dialog?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { gesture, typed } = form.dataset;
  if (typed && form.querySelector("#remove-typed").value.trim() !== typed) {
    tell(form, "typed", `Type ${typed} exactly.`);
    form.querySelector("#remove-typed").focus();
    return;
  }
  const pairs = [...new FormData(form)];
  const ids = pairs.filter(([name]) => name === "id").map(([, value]) => value);
  const next = gesture === "remove" ? neighbour(ids) : pairs.find(([name]) => name === "keep")?.[1] ?? ids[0];
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const done = await perform(pairs, {
    words: said(gesture, ids, pairs),
    onRefusal: (answer) => {
      if (!dialog.open) return false;
      tell(form, answer.headers.get("BR-Field") ?? "", wordsOf(answer));
      return true;
    },
  });
  button.disabled = false;
  if (!done.ok) return;
  dialog.dataset.back = next ?? "";
  clearPicks({ say: false });
  dialog.close();
});

function said(gesture, ids, pairs) {
  const what = ids.length === 1 ? ids[0] : `${ids.length} entries`;
  if (gesture === "remove") return `${what} removed`;
  if (gesture === "merge") return `${what} merged into ${pairs.find(([name]) => name === "keep")?.[1] ?? ids[0]}`;
  return `${what} split`;
}

dialog?.addEventListener("close", () => {
  const { back } = dialog.dataset;
  dialog.replaceChildren();
  if (!back || !focusEntry(back)) plan.querySelector("[data-nav]")?.focus({ preventScroll: true });
});

// The title of a merge follows the one that stays, as long as nobody wrote another.
dialog?.addEventListener("change", (event) => {
  const title = dialog.querySelector("#merge-title");
  if (event.target.name !== "keep" || !title) return;
  const names = [...dialog.querySelectorAll("[name=keep]")].map((radio) => radio.dataset.name);
  if (names.includes(title.value)) title.value = event.target.dataset.name;
});

function prepareSplit(form) {
  const titles = form.elements.titles;
  const selects = [...form.querySelectorAll("select[name=at]")];
  const fresh = form.querySelector("[data-fresh]");
  const steps = form.dataset.kind === "step";
  const lines = () => titles.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const short = (text) => (text.length > 48 ? `${text.slice(0, 47)}…` : text);

  const named = (number, title) => `A criterion for ${Number(number) + 1}. ${short(title)}`;

  function options() {
    const parts = lines();
    for (const [place, select] of selects.entries()) {
      const chosen = select.dataset.touched ? Number(select.value) : Math.floor((place * parts.length) / selects.length);
      select.replaceChildren(...parts.map((title, number) => new Option(`${number + 1}. ${short(title)}`, String(number))));
      select.value = String(Math.max(0, Math.min(chosen, parts.length - 1)));
    }
    empty(parts);
  }

  // A part without a criterion gets a field for one: nothing would say when it is done.
  function empty(parts) {
    if (steps) return;
    const used = new Set(selects.map((select) => select.value));
    const typed = new Map([...fresh.querySelectorAll("input[data-part]")].map((input) => [input.dataset.part, input.value]));
    const wanted = parts.map((title, number) => [String(number), title]).filter(([number]) => !used.has(number));
    if (wanted.map(([number]) => number).join() === [...typed.keys()].join()) {
      for (const [number, title] of wanted) fresh.querySelector(`[for="split-fresh-${number}"]`).textContent = named(number, title);
      return;
    }
    fresh.replaceChildren(...wanted.map(([number, title]) => {
      const box = document.createElement("div");
      box.className = "field";
      const label = document.createElement("label");
      label.htmlFor = `split-fresh-${number}`;
      label.textContent = named(number, title);
      const input = document.createElement("input");
      input.className = "input";
      input.id = label.htmlFor;
      input.dataset.part = number;
      input.autocomplete = "off";
      input.value = typed.get(number) ?? "";
      box.append(label, input);
      return box;
    }));
  }

  titles.addEventListener("input", options);
  form.addEventListener("change", (event) => {
    if (event.target.name !== "at") return;
    event.target.dataset.touched = "";
    empty(lines());
  });
  form.addEventListener("formdata", (event) => {
    for (const input of fresh.querySelectorAll("input[data-part]")) {
      if (input.value.trim()) event.formData.append("fresh", `${input.dataset.part}:${input.value}`);
    }
  });
  options();
  titles.setSelectionRange(titles.value.length, titles.value.length);
}
