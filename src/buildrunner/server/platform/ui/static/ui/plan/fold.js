// Folding milestones and criteria; what is folded is fetched when it is first unfolded.

import { announce, toast } from "../notices.js";
import { plan, request } from "./rows.js";

const bodyOf = (section) => section.querySelector(".milestone-body");
const twistOf = (section) => section.querySelector(".twist");

/** Show or hide a milestone's steps. */
export async function fold(section, open) {
  const body = bodyOf(section);
  const twist = twistOf(section);
  if (open && body.dataset.later) {
    const address = body.dataset.later;
    delete body.dataset.later;
    twist.setAttribute("aria-busy", "true");
    const answer = await request(address).catch(() => ({ ok: false }));
    twist.removeAttribute("aria-busy");
    if (!answer.ok) {
      body.dataset.later = address;
      toast("The milestone could not be fetched. Try again in a moment.");
      return;
    }
    body.innerHTML = answer.html;
    globalThis.htmx?.process(body);
  }
  section.toggleAttribute("data-open", open);
  twist.setAttribute("aria-expanded", String(open));
  // Find-in-page may open what is folded but already here.
  if (open) body.removeAttribute("hidden");
  else body.setAttribute("hidden", body.dataset.later ? "" : "until-found");
}

/** Show or hide the criteria of a row. */
export function showCriteria(row, open) {
  const button = row.querySelector("[data-act=criteria]");
  const list = row.querySelector(".criteria");
  if (!button || !list) return;
  button.setAttribute("aria-expanded", String(open));
  if (open) list.removeAttribute("hidden");
  else list.setAttribute("hidden", "until-found");
}

const criteriaShown = (row) => row.querySelector("[data-act=criteria]")?.getAttribute("aria-expanded") === "true";

/** Turn the criteria of a row over. */
export const turnCriteria = (row) => showCriteria(row, !criteriaShown(row));

/** Give a fresh row the unfolded criteria of the one it replaces. */
export function keepCriteria(from, to) {
  if (criteriaShown(from)) showCriteria(to, true);
}

plan?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button?.dataset.act === "fold") {
    const section = button.closest(".milestone");
    fold(section, !section.hasAttribute("data-open"));
  } else if (button?.dataset.act === "criteria") {
    turnCriteria(button.closest(".row"));
  }
});

plan?.addEventListener("beforematch", (event) => {
  const section = event.target.closest(".milestone");
  if (event.target.matches(".criteria")) showCriteria(event.target.closest(".row"), true);
  if (section && !section.hasAttribute("data-open")) fold(section, true);
});

document.addEventListener("click", (event) => {
  const criteria = event.target.closest("[data-criteria-all]");
  const folding = event.target.closest("[data-fold-all]");
  if (!criteria && !folding) return;
  const button = criteria ?? folding;
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  if (criteria) {
    for (const row of plan.querySelectorAll(".row")) showCriteria(row, on);
    announce(on ? "Criteria shown" : "Criteria hidden");
  } else {
    const sections = [...plan.querySelectorAll(".milestone")];
    // Unfolding all opens what is here; far parts of a large plan stay folded.
    for (const section of sections) if (!on ? !bodyOf(section).dataset.later : true) fold(section, !on);
    announce(on ? "All milestones folded" : "Milestones unfolded");
  }
});
