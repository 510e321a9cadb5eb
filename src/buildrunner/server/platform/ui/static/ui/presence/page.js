// Who else is here: faces in the head of every page of a project, marks on what they are on, and
// the visitor's own place. Arrivals are said aloud, seldom and together.

import { followPassing } from "../live.js";
import { announce } from "../notices.js";
import { place as putBeside } from "../menus.js";
import { doing, drawMarks, face } from "./marks.js";
import { People } from "./people.js";
import { Place } from "./place.js";

const FACES = 4;
const QUIET = 15000; // between two announcements
const LOST = 2000; // after a break everybody asks again, but not in the same moment
const HOLDING = /^claim\./;

const root = document.querySelector("[data-presence]");
if (root) {
  const button = root.querySelector("button");
  const list = document.getElementById("here-list");
  const project = root.dataset.presence;
  const address = `/api/projects/${project}/presence`;
  let arrivals = new Map();
  let saidAt = 0;
  let saying;
  let asked = false;

  const people = new People(root.dataset.me, (arrived) => {
    draw();
    if (asked) tell(arrived);
  });

  function draw() {
    const faces = people.faces();
    root.hidden = !faces.length;
    const shown = faces.slice(0, FACES).map((one) => {
      const mark = face(one, "avatar");
      mark.classList.toggle("types", one.on.some((entry) => entry.doing === "typing"));
      return mark;
    });
    if (faces.length > FACES) {
      const more = document.createElement("span");
      more.className = "avatar here-more";
      more.setAttribute("aria-hidden", "true");
      more.textContent = `+${faces.length - FACES}`;
      shown.push(more);
    }
    button.replaceChildren(...shown);
    const names = faces.slice(0, FACES).map((one) => one.name).join(", ");
    button.setAttribute("aria-label", `Also here: ${names}${faces.length > FACES ? ` and ${faces.length - FACES} more` : ""}`);
    if (list.matches(":popover-open")) fill(faces);
    drawMarks(people.others());
    document.dispatchEvent(new CustomEvent("presence", { detail: people.others() }));
  }

  function fill(faces) {
    list.querySelector("ul").replaceChildren(...faces.map((one) => {
      const item = document.createElement("li");
      const words = document.createElement("div");
      const name = document.createElement("p");
      name.dir = "auto";
      name.textContent = one.name;
      if (one.kind === "agent") name.append(" ", badge("Agent"));
      words.append(name, ...places(one.on).slice(0, 4).map((entry) => where(entry)));
      item.append(face(one, "avatar"), words);
      return item;
    }));
  }

  // One line a part of the project, whatever number of tabs.
  function places(entries) {
    return [...new Map(entries.map((one) => [`${one.entity_type} ${one.entity_id || one.page} ${one.doing}`, one])).values()];
  }

  function where(entry) {
    const line = document.createElement("p");
    line.className = "small muted";
    const verb = { typing: "typing", holding: "working on" }[entry.doing] ?? "looking at";
    if (!entry.entity_id) {
      line.textContent = `${verb} ${entry.doing === "typing" ? "on " : ""}${entry.page || "the project"}`;
      return line;
    }
    const link = document.createElement("a");
    link.className = "id";
    link.textContent = entry.entity_id;
    link.href = ["milestone", "step", "microstep"].includes(entry.entity_type)
      ? `/projects/${project}/plan/items/${encodeURIComponent(entry.entity_id)}` : `/projects/${project}/discussion?type=${entry.entity_type}&id=${encodeURIComponent(entry.entity_id)}`;
    line.append(`${verb}${entry.doing === "typing" ? " on" : ""} `, link);
    return line;
  }

  function badge(words) {
    const mark = document.createElement("span");
    mark.className = "badge";
    mark.textContent = words;
    return mark;
  }

  function tell(arrived) {
    for (const one of arrived) arrivals.set(one.key, one.name);
    if (!arrivals.size) return;
    clearTimeout(saying);
    saying = setTimeout(() => {
      // Who has gone again meanwhile is not worth a word.
      const here = new Set(people.faces().map((one) => one.key));
      const names = [...arrivals].filter(([key]) => here.has(key)).map(([, name]) => name);
      arrivals = new Map();
      if (!names.length) return;
      saidAt = Date.now();
      announce(names.length > 2 ? `${names.length} people came` : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} here`);
    }, Math.max(1000, saidAt + QUIET - Date.now()));
  }

  async function ask() {
    await people.ask(address);
    asked = true;
  }

  list.addEventListener("beforetoggle", (event) => { if (event.newState === "open") fill(people.faces()); });
  list.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "open") putBeside(list, button);
  });

  // Rows are drawn anew when the plan changes; what stands on them is put back.
  let redrawing;
  new MutationObserver(() => {
    redrawing ??= requestAnimationFrame(() => { redrawing = undefined; drawMarks(people.others()); });
  }).observe(document.querySelector("main"), { childList: true, subtree: true });

  let asking;
  followPassing(project, "presence", {
    onItems(items, lost) {
      if (lost) { clearTimeout(asking); asking = setTimeout(ask, Math.random() * LOST); } else people.hear(items);
    },
    onEvent(event) {
      if (HOLDING.test(event.kind)) { clearTimeout(asking); asking = setTimeout(ask, 200 + Math.random() * 300); }
    },
    onState(state) { if (state === "open") ask(); },
  });
  const page = location.pathname.match(/^\/projects\/[^/]+\/([a-z-]{1,32})/)?.[1] ?? "";
  new Place(project, page, (id) => { people.own = id; draw(); }).start();
}
