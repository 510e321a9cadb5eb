// The filter form: short addresses, menus by key, and how much is filtered.

import { announce } from "../notices.js";

const form = document.getElementById("filters");
const USUAL = { q: "", group: "milestone", sort: "plan" };

/** Open one of the menus of the toolbar. */
export function openMenuOf(id) {
  const menu = document.getElementById(id);
  if (!menu?.matches(":popover-open")) document.querySelector(`[popovertarget="${id}"]`)?.click();
}

form?.addEventListener("htmx:configRequest", (event) => {
  const { parameters } = event.detail;
  for (const [name, usual] of Object.entries(USUAL)) {
    if (parameters[name] === usual) delete parameters[name];
  }
  if (!parameters.group) delete parameters.sort;
});

form?.addEventListener("change", () => {
  const data = new FormData(form);
  const narrow = ["owner", "priority", "phase", "is"].reduce((sum, name) => sum + data.getAll(name).length, 0);
  const badge = form.querySelector("[data-filters]");
  badge.textContent = String(narrow);
  badge.hidden = !narrow;
  const group = data.get("group");
  const chosen = form.querySelector(`input[name=group][value="${group}"]`);
  form.querySelector("[data-sorts]").disabled = group === "milestone";
  form.querySelector("[data-view]").textContent = group === "milestone" ? "Group" : chosen.nextElementSibling.textContent;
});

// The tree says how much it shows.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "tree" && event.target.id !== "tree") return;
  const words = document.querySelector("#tree .overview p")?.textContent.replace("Show all", "").trim();
  if (words) announce(words.replace(/\s+/g, " "));
});
