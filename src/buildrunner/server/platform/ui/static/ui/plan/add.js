// Adding where one is: a line opens below, enter saves it and opens the next, escape ends.

import { announce } from "../notices.js";
import { perform, wordsOf } from "./edits.js";
import { fold } from "./fold.js";
import { entryById, focusEntry, mayWrite, part, plan } from "./rows.js";
import { saveWords } from "./swap.js";
import { tidy } from "./title.js";

const WHAT = { milestone: "milestone", step: "step", microstep: "microstep" };
const CHILD = { milestone: "step", step: "microstep" };

let open = null; // {box, input, kind, parent, after, first, anchor}

const sectionOf = (id) => part(`milestone:${id}`, plan);
const stepOf = (id) => part(`step:${id}`, plan);
const listsOf = (step) => [...plan.querySelectorAll("[data-rows]")].filter((list) => list.dataset.rows === step);

/** Put the open line where it belongs; false where that place is not on the page. */
function stand({ box, kind, parent, after, anchor }) {
  const beside = anchor ? entryById(anchor) : null;
  if (beside && kind === "microstep" && beside.matches(".row")) beside.after(box);
  else if (kind === "microstep") {
    const lists = listsOf(parent);
    const list = after ? lists.at(-1) : lists[0];
    if (!list) return false;
    if (after) list.append(box);
    else list.prepend(box);
  } else if (kind === "step") {
    const behind = after && stepOf(after);
    const body = sectionOf(parent)?.querySelector(".milestone-body");
    if (behind) behind.after(box);
    else if (body) body.prepend(box);
    else return false;
  } else {
    const behind = after && sectionOf(after);
    if (behind) behind.after(box);
    else document.getElementById("tree").append(box);
  }
  return true;
}

function end({ back = true } = {}) {
  if (!open) return;
  const { box, after, anchor, parent } = open;
  open = null;
  box.remove();
  if (back) focusEntry(after || anchor || parent);
}

/** The parent, and the sibling to stand behind, of something new beside or inside an entry. */
function placeFor(entry, inside) {
  const { id, kind } = entry.dataset;
  if (inside && kind !== "microstep") return { kind: CHILD[kind], parent: id, after: null };
  if (kind === "microstep" && inside) return placeFor(entryById(entry.dataset.step) ?? entry, false);
  if (kind === "microstep") return { kind, parent: entry.dataset.step, after: id, anchor: id };
  if (kind === "step") return { kind, parent: entry.closest(".milestone").dataset.id, after: id, anchor: id };
  return { kind: "milestone", parent: "", after: id, anchor: id };
}

/** Open a line for a sibling of an entry, or with `inside` for the first thing in it. */
export async function startAdd(entry, { inside = false } = {}) {
  if (!mayWrite) return;
  const flat = plan.querySelector(".tree").dataset.flat;
  let place;
  if (!entry || entry.dataset.kind === "group") {
    place = { kind: "milestone", parent: "", after: [...plan.querySelectorAll(".milestone:not(.group)")].at(-1)?.dataset.id ?? null };
    if (flat) { announce("Group by milestone to add one"); return; }
  } else place = placeFor(entry, inside);
  const section = entry?.closest(".milestone");
  if (section && !section.hasAttribute("data-open") && place.kind !== "milestone") await fold(section, true);
  begin(place);
}

function begin(place) {
  end({ back: false });
  const form = document.getElementById("add-form").content.firstElementChild.cloneNode(true);
  const box = document.createElement(place.kind === "microstep" ? "li" : "div");
  box.className = `adding ${place.kind}`;
  box.append(form);
  const input = form.elements.title;
  const name = `Title of the new ${WHAT[place.kind]}`;
  input.id = "add-title";
  input.placeholder = `New ${WHAT[place.kind]}`;
  form.querySelector("label").htmlFor = input.id;
  form.querySelector("label").textContent = name;
  open = { ...place, box, input };
  if (!stand(open)) { open = null; return; }
  input.focus();
  input.scrollIntoView({ block: "nearest", behavior: "instant" });
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(open); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });
  // An empty line goes when one turns away; what was typed stays until it is saved.
  input.addEventListener("blur", () => setTimeout(() => {
    const waits = box.querySelector(".waiting");
    if (open?.box === box && !input.value.trim() && !waits && document.hasFocus() && !box.contains(document.activeElement)) end({ back: false });
  }, 0));
}

/** A line above the field: a title on its way to the server. */
function waitingLine({ box }, title) {
  const line = document.createElement("p");
  line.className = "waiting";
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = title;
  line.append(words);
  box.querySelector("form").before(line);
  return line;
}

function submit(place) {
  const title = tidy(place.input.value);
  if (!title) { end(); return; }
  place.input.value = "";
  put(place, title, waitingLine(place, title));
}

async function put(place, title, line) {
  const pairs = () => [
    ["do", "add"], ["parent", place.parent], ["title", title],
    ...(place.after ? [["after", place.after]] : [["first", "1"]]),
  ];
  line.classList.remove("failed");
  await perform(pairs, {
    again: false,
    words: ({ made }) => `Added ${made || title}`,
    before({ made }) {
      line.remove();
      if (!made) return;
      place.after = made;
      if (!plan.querySelector(".tree").dataset.flat) place.anchor = made;
    },
    onRefusal: (answer) => {
      line.className = "waiting failed";
      line.setAttribute("role", "alert");
      line.querySelector(".why")?.remove();
      const why = document.createElement("span");
      why.className = "why";
      why.textContent = wordsOf(answer);
      const again = document.createElement("button");
      again.type = "button";
      again.className = "button small";
      again.textContent = "Try again";
      again.addEventListener("click", () => { why.remove(); put(place, title, line); place.input.focus(); });
      const away = document.createElement("button");
      away.type = "button";
      away.className = "button small";
      away.textContent = "Dismiss";
      away.addEventListener("click", () => { line.remove(); place.input.focus(); });
      why.append(" ", again, " ", away);
      line.append(why);
      return true;
    },
  });
}

// A fresh list comes without the open line: it goes back with all that was typed.
plan?.addEventListener("plan:swapping", () => {
  if (!open) return;
  open.had = open.box.contains(document.activeElement);
  open.range = [open.input.selectionStart, open.input.selectionEnd];
  open.box.remove();
});
plan?.addEventListener("plan:swapped", () => {
  if (!open) return;
  if (!stand(open)) {
    const words = open.input.value.trim();
    open = null;
    if (words) saveWords("The place of the new entry", words);
    return;
  }
  if (!open.had) return;
  open.input.focus({ preventScroll: true });
  open.input.setSelectionRange(...open.range);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-add], [data-add-milestone]")) startAdd(null);
});
