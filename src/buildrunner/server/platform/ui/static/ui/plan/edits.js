// Gestures on the list: shown at once, sent in line, taken back when refused, undone on wish.

import { announce, toast } from "../notices.js";
import { refreshDrawer } from "./drawer.js";
import { inLine } from "./line.js";
import { base, entryById, pageQuery, parse, request } from "./rows.js";
import { apply, release } from "./swap.js";
import { showLeft, showUnproven, unprovenIn } from "./unproven.js";

const UNREACHED = { ok: false, status: 0, html: "", headers: new Headers() };
const UNREACHED_WORDS = "The server cannot be reached. Nothing was changed.";

const undoable = [];
let waiting = 0;
let skipped = false;

/** Send one gesture when its turn comes; `pairs` are names and values, or a function for them. */
function send(pairs) {
  return inLine(() => request(`${base}/edits?${pageQuery()}`, {
    method: "POST",
    values: typeof pairs === "function" ? pairs() : pairs,
  }).catch(() => UNREACHED));
}

/** The words of a refusal. */
export const wordsOf = (answer) => (answer.status
  ? parse(answer.html)?.textContent.trim() || "The change was refused."
  : UNREACHED_WORDS);

/**
 * Carry out a gesture.
 *
 * `show` draws the outcome at once and returns what takes it back; `words` stand in the notice
 * with Undo; `place` is the entry that a refusal or a conflict is told at (a notice otherwise);
 * `onRefusal` tells it itself. Returns {ok, saved, made} (`made`: the id of what was added).
 */
export async function perform(pairs, { show, words, place, onRefusal, before, again = true } = {}) {
  const takeBack = show?.();
  waiting += 1;
  const answer = await send(pairs);
  waiting -= 1;
  const saved = Number(answer.headers.get("BR-Saved")) || 0;
  const made = answer.headers.get("BR-Made") ?? "";
  if (answer.ok) {
    if (saved) undoable.push(saved);
    before?.({ made });
    settle(answer, takeBack, saved);
    const left = showLeft(answer.html);
    if (left) {
      const told = `${left} ${left === 1 ? "stays as it was and says" : "stay as they were and say"} why.${saved ? " The rest is changed." : ""}`;
      toast(told, saved ? { label: "Undo", action: () => undo(saved), lasts: 12000 } : { lasts: 12000 });
      return { ok: Boolean(saved), saved, made };
    }
    if (saved && words) offerUndo(typeof words === "function" ? words({ made }) : words, saved);
    return { ok: true, saved, made };
  }
  takeBack?.();
  const unproven = unprovenIn(answer.html);
  if (unproven && showUnproven(entryById(unproven.dataset.refused), unproven)) return { ok: false, code: "not_proven" };
  if (onRefusal?.(answer)) return { ok: false };
  const host = place && entryById(place);
  if (answer.status === 409 && answer.html.includes('data-part="conflict"') && host) {
    showConflict(host, place, answer.html, (theirs) => perform(withBase(pairs, theirs), { show, words, place }));
  } else {
    fail(host, wordsOf(answer), again && (() => perform(pairs, { show, words, place, onRefusal })));
  }
  return { ok: false, code: answer.headers.get("BR-Code") };
}

/** What the server says stands, unless more is on its way: then the last answer counts. */
function settle(answer, takeBack, saved) {
  if (waiting) { skipped = true; return; }
  if (!saved) takeBack?.();
  if (answer.html) apply(answer.html);
  refreshDrawer();
  if (skipped) { skipped = false; refresh(); }
}

/** Fetch what the page lacks, without a word. */
async function refresh() {
  const query = pageQuery();
  query.set("since", "0");
  const answer = await request(`${base}/rows?${query}`).catch(() => null);
  if (answer?.ok && answer.html) apply(answer.html);
}

const withBase = (pairs, theirs) => [...pairs.filter(([name]) => name !== "base"), ["base", theirs]];

function fail(host, words, again) {
  if (!host) {
    toast(words, again ? { label: "Try again", action: again, lasts: 12000 } : { lasts: 12000 });
    return;
  }
  host.querySelector(".failed")?.remove();
  const box = document.createElement("p");
  box.className = "failed";
  box.setAttribute("role", "alert");
  box.append(words);
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button small";
    made.textContent = label;
    made.addEventListener("click", () => { box.remove(); act(); });
    box.append(made);
  };
  if (again) button("Try again", again);
  button("Dismiss", () => release(host.dataset.id));
  host.append(box);
}

function showConflict(host, id, html, saveMine) {
  const box = parse(html);
  host.querySelector(".conflict")?.remove();
  host.append(box);
  box.querySelector("[data-resolve=ours]").focus();
  box.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-resolve]")?.dataset.resolve;
    if (!choice) return;
    box.remove();
    host.querySelector("[data-nav]")?.focus();
    if (choice === "ours") saveMine(box.dataset.theirs);
    else release(id, { always: true });
  });
}

function offerUndo(words, revision) {
  toast(words, { label: "Undo", action: () => undo(revision), lasts: 8000 });
}

/** Take a revision back; without one, the last edit of this page. */
export async function undo(revision = undoable.at(-1)) {
  if (!revision) {
    announce("There is nothing to undo on this page");
    return;
  }
  const at = undoable.indexOf(revision);
  if (at >= 0) undoable.splice(at, 1);
  const answer = await perform([["do", "undo"], ["revision", revision]], { again: false });
  if (!answer.ok) return;
  undoable.splice(undoable.indexOf(answer.saved), 1); // an undo is not what `z` takes back next
  toast("Undone", answer.saved ? { label: "Redo", action: () => redo(answer.saved) } : {});
}

async function redo(revision) {
  const answer = await perform([["do", "undo"], ["revision", revision]], { again: false });
  if (answer.ok) toast("Done again", answer.saved ? { label: "Undo", action: () => undo(answer.saved) } : {});
}

/** Remember where elements stand; the function that comes back puts them there again. */
export function keepPlaces(elements) {
  const places = elements.map((element) => {
    const mark = document.createComment("");
    element.before(mark);
    return { element, mark };
  });
  return () => {
    for (const { element, mark } of places) if (mark.isConnected) mark.replaceWith(element);
  };
}

