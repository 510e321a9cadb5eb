// Small faces on the rows that others are on, and who is typing below a thread.

import { partsOf } from "./entities.js";
import { initials } from "./people.js";

const MOST = 3;
const HOSTS = ":scope > .meta > .signs, :scope > h2, :scope > h3, :scope > .proof-head > .proof-facts, :scope [data-here]";

/** A face: the letters of a person, or the sign of an agent. */
export function face(one, className = "avatar tiny") {
  const mark = document.createElement("span");
  mark.className = `${className} here-${one.kind}`;
  mark.setAttribute("aria-hidden", "true");
  if (one.kind === "agent") mark.append(icon("here-bot"));
  else mark.textContent = initials(one.name);
  return mark;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** What somebody is doing there, in words. */
export function doing(one) {
  if (one.doing === "typing") return `${one.name} is typing`;
  return one.doing === "holding" ? `${one.name} works on it` : `${one.name} is here`;
}

function signature(all) {
  return all.map((one) => `${one.id} ${one.doing} ${one.name}`).join("\n");
}

function mark(host, all) {
  const words = signature(all);
  let marks = host.querySelector(":scope > .here");
  if (marks?.dataset.words === words) return;
  if (!marks) {
    marks = document.createElement("span");
    marks.className = "here";
    host.append(marks);
  }
  marks.dataset.words = words;
  marks.title = all.map(doing).join(", ");
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = ` ${marks.title}`;
  const types = all.some((one) => one.doing === "typing");
  marks.classList.toggle("types", types);
  const dots = document.createElement("span");
  dots.className = "here-dots";
  dots.setAttribute("aria-hidden", "true");
  dots.append("•", "•", "•");
  const more = document.createElement("span");
  more.className = "small muted";
  more.setAttribute("aria-hidden", "true");
  if (all.length > MOST) more.textContent = `+${all.length - MOST}`;
  marks.replaceChildren(...all.slice(0, MOST).map((one) => face(one)), ...(more.textContent ? [more] : []), ...(types ? [dots] : []), said);
}

function say(thread, all) {
  const names = [...new Set(all.filter((one) => one.doing === "typing").map((one) => one.name))];
  let line = thread.querySelector(":scope > .here-typing");
  if (!names.length) { line?.remove(); return; }
  if (!line) {
    line = document.createElement("p");
    line.className = "here-typing small muted";
    thread.append(line);
  }
  const who = names.length > 2 ? `${names.length} people are` : names.length === 2 ? `${names.join(" and ")} are` : `${names[0]} is`;
  if (line.textContent !== `${who} typing…`) line.textContent = `${who} typing…`;
}

/** Whether a part drawn afresh is what stands in the page; marks and form tokens are no difference. */
export function same(fresh, part) {
  return served(fresh) === served(part);
}

/** The HTML of a part as the server drew it, but for what is never twice the same. */
export function served(part) {
  const copy = part.cloneNode(true);
  for (const mark of copy.querySelectorAll(".here, .here-typing, [name=csrfmiddlewaretoken]")) mark.remove();
  return copy.innerHTML;
}

/** Draw what `entries` are on, and take away what is no longer so. */
export function drawMarks(entries) {
  const by = new Map();
  for (const one of entries) {
    if (!one.entity_id) continue;
    const key = `${one.entity_type}:${one.entity_id}`;
    if (!by.has(key)) by.set(key, []);
    by.get(key).push(one);
  }
  const kept = new Set();
  for (const all of by.values()) {
    for (const part of partsOf(all[0].entity_type, all[0].entity_id)) {
      if (part.matches("[data-thread]")) { say(part, all); kept.add(part.querySelector(":scope > .here-typing")); continue; }
      // A claim that the row shows already needs no second sign.
      const fresh = all.filter((one) => one.doing !== "holding" || !part.querySelector("[title^='Held by']"));
      if (!fresh.length) continue;
      const host = part.querySelector(HOSTS) ?? part;
      mark(host, unique(fresh));
      kept.add(host.querySelector(":scope > .here"));
    }
  }
  for (const old of document.querySelectorAll(".here, .here-typing")) if (!kept.has(old)) old.remove();
}

/** One a person, whatever number of tabs; typing goes before looking on. */
export function unique(all) {
  const found = new Map();
  for (const one of all) {
    const key = one.kind === "person" ? one.person_id : one.name;
    if (!found.has(key) || one.doing === "typing") found.set(key, one);
  }
  return [...found.values()];
}
