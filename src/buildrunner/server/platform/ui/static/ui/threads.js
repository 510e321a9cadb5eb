// Puts what was said into the threads of a page: each comment is asked for by itself, so that
// nothing else is drawn anew, and by its id, so that none stands there twice.

import { served } from "./presence/marks.js";

const idOf = (comment) => comment?.id.slice(2) ?? "";
const standing = (part, id) => part.querySelector(`#c-${CSS.escape(id)}`);

/** What a page does with news of comments. `onShown(arrived)` is called after each change. */
export class Threads {
  constructor(part, { onShown }) {
    this.part = part;
    this.onShown = onShown;
    this.asking = new Map();
  }

  /** Ask for a comment and show it; news of it meanwhile are asked for after. False where the
   *  server did not answer. */
  async show(id) {
    if (this.asking.has(id)) { this.asking.set(id, true); return true; }
    try {
      do {
        this.asking.set(id, false);
        const answer = await fetch(`${this.part.dataset.base}/${id}/fragment${location.search}`, { headers: { "BR-Live": "1" }, credentials: "same-origin" });
        if (answer.redirected || answer.status >= 500 || answer.status === 429) return false;
        if (answer.status === 200) this.take(await answer.text());
        else if (answer.status === 204) this.drop(id);
      } while (this.asking.get(id));
      return true;
    } catch {
      return false;
    } finally {
      this.asking.delete(id);
    }
  }

  take(html) {
    const root = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (!root) return;
    const still = keepStill(this.part);
    const arrived = root.matches(".thread") ? this.thread(root) : this.answer(root);
    this.onShown(arrived);
    still();
  }

  answer(root) {
    const fresh = root.querySelector(".comment");
    const old = standing(this.part, idOf(fresh));
    if (old) { replace(old, fresh); return []; }
    const thread = standing(this.part, root.dataset.parent)?.closest(".thread");
    // An answer to a thread that is not in the page: the thread may belong there now.
    if (!thread) { this.show(root.dataset.parent); return []; }
    return [put(thread, root)];
  }

  thread(root) {
    const first = root.querySelector(".comment");
    const old = standing(this.part, idOf(first))?.closest(".thread");
    if (!old) return this.add(root, idOf(first));
    const arrived = [];
    for (const comment of root.querySelectorAll(".comment")) {
      const same = standing(this.part, idOf(comment));
      if (same) replace(same, comment);
      else arrived.push(put(old, comment.closest(".answer")));
    }
    old.classList.toggle("resolved", root.classList.contains("resolved"));
    settle(old, root);
    return arrived;
  }

  add(root, id) {
    const page = new URLSearchParams(location.search);
    if ("only" in this.part.dataset || page.has("before")) return [];
    const others = [...this.part.querySelectorAll(".thread")];
    const after = others.find((one) => { const its = idOf(one.querySelector(".comment")); return its && its < id; });
    const older = this.part.querySelector(".more");
    if (!after && older) return [];
    const empty = this.part.querySelector(".empty");
    if (empty) empty.hidden = true;
    if (after) after.before(root);
    else if (others.length) others.at(-1).after(root);
    else this.part.append(root);
    return [root.querySelector(".comment")];
  }

  /** A thread that no longer belongs here, unless somebody is writing in it. */
  drop(id) {
    const thread = standing(this.part, id)?.closest(".thread");
    const writing = thread && [...thread.querySelectorAll("textarea")].some((one) => one.value || one === document.activeElement);
    if (thread && !writing) thread.remove();
  }
}

function put(thread, root) {
  const id = idOf(root.querySelector(".comment"));
  const after = [...thread.querySelectorAll(".answer")].find((one) => idOf(one.querySelector(".comment")) > id);
  (after ?? thread.querySelector(".answer .pending")?.closest(".answer") ?? thread.querySelector(".thread-foot")).before(root);
  return root.querySelector(".comment");
}

function replace(old, fresh) {
  if (old.classList.contains("marked")) fresh.classList.add("marked");
  if (served(old) === served(fresh)) return;
  const reached = [...old.querySelectorAll("a[href], button")].indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (reached >= 0) [...fresh.querySelectorAll("a[href], button")].at(reached)?.focus();
}

/** The foot says whether a thread is resolved; the answer that is being written there stays. */
function settle(thread, fresh) {
  const foot = thread.querySelector(".thread-foot");
  const its = fresh.querySelector(".thread-foot");
  if (served(foot) === served(its)) return;
  for (const what of [":scope > span", ":scope > form"]) {
    const old = foot.querySelector(what);
    const one = its.querySelector(what);
    if (old && one) old.replaceWith(one);
    else if (old) old.remove();
    else if (one) what.endsWith("span") ? foot.prepend(one) : foot.append(one);
  }
}

/** What one types in or points at stays where it is on the screen while things come in above it. */
function keepStill(part) {
  const typing = document.activeElement?.matches("textarea, input") ? document.activeElement : null;
  const anchor = typing ?? [...part.querySelectorAll(":hover")].at(-1);
  const before = anchor?.getBoundingClientRect().top;
  return () => {
    if (!anchor?.isConnected) return;
    const moved = anchor.getBoundingClientRect().top - before;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
  };
}
