// Moving by keys and by name: among siblings, to the parent before or behind, to any place.

import { announce, toast } from "../notices.js";
import { keepPlaces, perform } from "./edits.js";
import { pick } from "./chooser.js";
import { base, entryById, focusEntry, part, plan, request } from "./rows.js";

const flat = () => plan.querySelector(".tree").dataset.flat;

/** What moves when an entry moves: a row itself, a step or milestone with all in it. */
export const bodyOf = (entry) => (entry.dataset.kind === "microstep" ? entry : entry.closest(`.${entry.dataset.kind}`));
const rowsIn = (step) => [...plan.querySelectorAll(".row[data-id]")].filter((row) => row.dataset.step === step);
const stepsIn = (milestone) => [...part(`milestone:${milestone}`, plan)?.querySelectorAll(".step[data-id]") ?? []];
const milestones = () => [...plan.querySelectorAll(".milestone:not(.group)")];

/** The siblings of an entry as elements, itself among them. */
export function siblingsOf(entry) {
  const { kind } = entry.dataset;
  if (kind === "microstep") return rowsIn(entry.dataset.step);
  return kind === "step" ? stepsIn(parentOf(entry)) : milestones();
}

/** The id of what an entry lies in, "" for the plan. */
export function parentOf(entry) {
  if (entry.dataset.kind === "microstep") return entry.dataset.step;
  return entry.dataset.kind === "step" ? entry.closest(".milestone").dataset.id : "";
}

/** Draw the entries behind `after` (or first) in `parent`, as far as that is on the page. */
function draw(ids, parent, after) {
  const bodies = ids.map((id) => entryById(id)).filter(Boolean).map(bodyOf);
  const back = keepPlaces(bodies);
  if (flat()) return back;
  const behind = after && entryById(after);
  const kind = bodies[0]?.matches(".row") ? "microstep" : bodies[0]?.matches(".step") ? "step" : "milestone";
  if (behind) bodyOf(behind).after(...bodies);
  else if (kind === "microstep") part(`step:${parent}`, plan)?.querySelector(".rows")?.prepend(...bodies);
  else if (kind === "step") part(`milestone:${parent}`, plan)?.querySelector(".milestone-body")?.prepend(...bodies);
  else milestones()[0]?.before(...bodies);
  if (kind === "microstep") for (const body of bodies) body.dataset.step = parent;
  return back;
}

/** Move entries behind `after` in `parent`; without `after` to the first place, `last`: the last. */
export function moveTo(ids, { parent, after = null, last = false }, words) {
  const focused = document.activeElement.closest?.(".entry")?.dataset.id;
  const steps = new Map(ids.map((id) => [id, entryById(id)?.dataset.step]));
  const place = last ? [] : after ? [["after", after]] : [["first", "1"]];
  return perform([["do", "move"], ...ids.map((id) => ["id", id]), ["parent", parent], ...place], {
    words: words ?? (ids.length === 1 ? `${ids[0]} moved` : `${ids.length} rows moved`),
    place: ids[0],
    show() {
      const back = last ? () => {} : draw(ids, parent, after);
      if (focused) focusEntry(focused);
      return () => {
        back();
        for (const [id, step] of steps) if (step) entryById(id)?.setAttribute("data-step", step);
        if (focused) focusEntry(focused);
      };
    },
  });
}

const SAID = { milestone: "in the plan", step: "in its milestone", microstep: "in its step" };

/** One place up or down among the siblings. */
export function moveBy(entry, way) {
  if (flat()) {
    toast("Rows keep their place in the plan here. Press m to move one to another step.");
    return;
  }
  const siblings = siblingsOf(entry);
  const at = siblings.indexOf(bodyOf(entry));
  const to = at + way;
  if (to < 0 || to >= siblings.length) {
    announce(`${entry.dataset.id} is the ${way < 0 ? "first" : "last"} ${SAID[entry.dataset.kind]}`);
    return;
  }
  const after = way > 0 ? siblings[to] : siblings[to - 1];
  moveTo([entry.dataset.id], { parent: parentOf(entry), after: after?.dataset.id ?? null })
    .then(({ ok }) => ok && announce(`${entry.dataset.id} is at place ${to + 1} of ${siblings.length}`));
}

/** Into the parent before or behind: its end when going up, its beginning when going down. */
export function moveAcross(ids, entry, way) {
  if (flat() || entry.dataset.kind === "milestone") return moveSomewhere(ids, entry);
  const parents = entry.dataset.kind === "microstep"
    ? [...plan.querySelectorAll(".step[data-id]")] : milestones();
  const at = parents.findIndex((parent) => parent.dataset.id === parentOf(entry));
  const to = parents[at + way];
  if (!to) return moveSomewhere(ids, entry);
  const { id: parent } = to.dataset;
  const inside = entry.dataset.kind === "microstep" ? rowsIn(parent) : stepsIn(parent);
  const after = way < 0 ? inside.at(-1)?.dataset.id ?? null : null;
  return moveTo(ids, { parent, after }, `${ids.length === 1 ? ids[0] : `${ids.length} rows`} moved to ${parent}`);
}

/** Ask where to, with a search over the whole plan; to the end of what is chosen. */
export async function moveSomewhere(ids, entry) {
  const first = entry ?? entryById(ids[0]);
  const { kind } = first.dataset;
  if (kind === "milestone") {
    announce("Milestones move with alt and the arrow keys, or by dragging");
    return;
  }
  const parent = await pick(first.querySelector("[data-act=more]") ?? first, {
    label: ids.length === 1 ? `Move ${ids[0]} to` : `Move ${ids.length} rows to`,
    placeholder: kind === "microstep" ? "Find a step" : "Find a milestone",
    back: first.querySelector("[data-nav]"),
    fetch: async (words) => {
      const answer = await request(`${base}/places?${new URLSearchParams({ kind, q: words })}`);
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.html;
    },
  });
  if (parent === undefined) return;
  const answer = await moveTo(ids, { parent, last: true }, `${ids.length === 1 ? ids[0] : `${ids.length} rows`} moved to ${parent}`);
  if (answer.ok) focusEntry(ids[0]);
}
