// Says something at once: what was typed stands in the thread before the server has it, marked as
// on its way. Each saying has an id of its own, so that sending it again never says it twice and
// what comes in by the stream takes its place.

import { announce } from "./notices.js";

const LARGEST = 10 * 1024 * 1024;
const MOST = 10;
const pending = new Map();

/** A random UUID, also where the page is not served over TLS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Puts what is on its way back into a part that was drawn anew, unless it has arrived. */
export function keepPending(part) {
  for (const [id, one] of pending) {
    if (part.querySelector(`[data-client="${id}"]`)) forget(id);
    else if (!one.node.isConnected) place(part, one);
  }
}

/** Lets the forms below say things without leaving the page; `catchUp(id)` asks for what is there. */
export function sayAtOnce(below, part, catchUp) {
  for (const form of below.querySelectorAll("form[data-say]:not([data-ready])")) {
    form.dataset.ready = "1";
    takeFiles(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form, part, catchUp);
    });
    form.querySelector("textarea").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }
}

function begin(form, part, catchUp) {
  const area = form.querySelector("textarea");
  const words = area.value.trim();
  if (!words) return;
  refuse(form, "");
  const id = uuid();
  form.elements.client_id.value = id;
  const data = new FormData(form);
  const one = { id, data, form, words, address: form.action, parent: form.elements.parent?.value ?? "", node: drawn(form.dataset.name, words) };
  pending.set(id, one);
  place(part, one);
  area.value = "";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  const input = form.elements.files;
  if (input) { input.value = ""; input.dispatchEvent(new Event("change")); }
  form.closest("details")?.removeAttribute("open");
  send(one, part, catchUp);
}

async function send(one, part, catchUp) {
  mark(one, "Sending", false);
  let answer;
  try {
    answer = await fetch(one.address, { method: "POST", body: one.data, headers: { "BR-Live": "1" }, credentials: "same-origin" });
  } catch {
    return mark(one, "Not sent: the line is down.", true, () => send(one, part, catchUp));
  }
  if (answer.status === 201) {
    announce("Said.");
    return catchUp((await answer.json()).id);
  }
  let detail = "It could not be said. Reload the page and try again.";
  try { detail = (await answer.json()).detail ?? detail; } catch { /* no words of ours */ }
  if (answer.status >= 500) return mark(one, `Not sent: ${detail}`, true, () => send(one, part, catchUp));
  // Refused: the words go back to where they were typed.
  forget(one.id);
  const form = one.form.isConnected ? one.form : part.ownerDocument.querySelector("form[data-say]");
  const area = form.querySelector("textarea");
  area.value = area.value ? `${one.words}\n\n${area.value}` : one.words;
  form.closest("details")?.setAttribute("open", "");
  refuse(form, detail);
  area.focus();
}

function drawn(name, words) {
  const node = document.createElement("div");
  node.className = "comment pending";
  const head = document.createElement("p");
  head.className = "comment-head";
  const who = document.createElement("strong");
  who.textContent = name;
  who.dir = "auto";
  const state = document.createElement("span");
  state.className = "muted small pending-state";
  head.append(who, state);
  const body = document.createElement("div");
  body.className = "prose";
  body.dir = "auto";
  const text = document.createElement("p");
  text.className = "as-typed";
  text.textContent = words;
  body.append(text);
  node.append(head, body);
  return node;
}

function place(part, one) {
  const thread = one.parent && part.querySelector(`#c-${CSS.escape(one.parent)}`)?.closest(".thread");
  if (thread) {
    const answer = document.createElement("div");
    answer.className = "answer";
    answer.append(one.node);
    thread.querySelector(".thread-foot").before(answer);
    one.shell = answer;
  } else {
    const article = document.createElement("article");
    article.className = "thread";
    article.append(one.node);
    part.querySelector(".empty")?.setAttribute("hidden", "");
    (part.querySelector(".thread") ?? part.firstElementChild ?? part).before?.(article);
    if (!article.isConnected) part.prepend(article);
    one.shell = article;
  }
}

function mark(one, words, failed, again) {
  const state = one.node.querySelector(".pending-state");
  state.textContent = words;
  one.node.classList.toggle("failed", failed);
  one.node.querySelector(".pending-acts")?.remove();
  if (!failed) return;
  announce(words);
  const acts = document.createElement("p");
  acts.className = "cluster pending-acts";
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "button small";
  retry.textContent = "Send again";
  retry.addEventListener("click", again);
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "button small";
  drop.textContent = "Discard";
  drop.addEventListener("click", () => forget(one.id));
  acts.append(retry, drop);
  one.node.append(acts);
}

function forget(id) {
  const one = pending.get(id);
  pending.delete(id);
  one?.shell?.remove();
}

function refuse(form, words) {
  const place = form.querySelector(".refusal");
  place.textContent = words;
  place.hidden = !words;
}

// Files: chosen, pasted or dropped; shown with their sizes before they go.

function takeFiles(form) {
  const input = form.elements.files;
  const area = form.querySelector("textarea");
  const shown = form.querySelector(".chosen");
  if (!input) return;
  const keep = (files) => {
    const all = new DataTransfer();
    for (const one of files) all.items.add(one);
    input.files = all.files;
    draw();
  };
  const add = (files) => {
    const large = files.find((one) => one.size > LARGEST);
    const every = [...input.files, ...files.filter((one) => one.size <= LARGEST)];
    refuse(form, large ? `${large.name} is larger than 10 MiB.` : every.length > MOST ? `A comment has at most ${MOST} files.` : "");
    keep(every.slice(0, MOST));
  };
  const draw = () => {
    shown.hidden = input.files.length === 0;
    shown.replaceChildren(...[...input.files].map((one) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = `${one.name} (${Math.max(1, Math.round(one.size / 1024)).toLocaleString()} KiB)`;
      name.dir = "auto";
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "button small";
      drop.textContent = "Remove";
      drop.setAttribute("aria-label", `Remove ${one.name}`);
      drop.addEventListener("click", () => { keep([...input.files].filter((other) => other !== one)); area.focus(); });
      item.append(name, drop);
      return item;
    }));
  };
  input.addEventListener("change", draw);
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) { event.preventDefault(); add(files); }
  });
  area.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  area.addEventListener("drop", (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) { event.preventDefault(); add(files); }
  });
}
