// A title edited where it stands, by `e` or a double click: enter saves, esc cancels.

import { announce } from "../notices.js";
import { entryById, entryOf, mayWrite, plan } from "./rows.js";
import { save } from "./save.js";
import { release } from "./swap.js";

/** A title as it is kept: on one line, without space around it. */
export const tidy = (text) => text.trim().replace(/\s+/g, " ");

/** Turn the title of a row or heading into a field. */
export function editTitle(entry) {
  const title = entry.querySelector("[data-title]");
  if (!title || entry.classList.contains("editing")) return;
  const { id } = entry.dataset;
  const seen = title.textContent;
  const form = document.getElementById("edit-form").content.firstElementChild.cloneNode(true);
  const input = form.elements.value;
  input.value = seen;
  input.setAttribute("aria-label", `Title of ${id}`);
  entry.classList.add("editing");
  const shown = entry.querySelector(".title");
  (shown.closest("h2, h3") ?? shown).after(form);
  input.focus();
  input.select();

  let over = false;
  const leave = () => {
    over = true; // taking the field away blurs it
    form.remove();
    entry.classList.remove("editing");
  };
  const back = () => entryById(id)?.querySelector("[data-nav]")?.focus({ preventScroll: true });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
    back();
    release(id);
  });
  // What was typed stays until it is saved or cancelled; an untouched field just goes.
  input.addEventListener("blur", () => {
    if (over || input.value !== seen || !document.hasFocus()) return;
    leave();
    release(id);
  });
  input.addEventListener("input", () => input.setCustomValidity(""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = tidy(input.value);
    if (!value) {
      input.setCustomValidity("A title cannot be empty.");
      input.reportValidity();
      return;
    }
    leave();
    back();
    if (value === seen) release(id);
    else if (await save(id, "title", value, seen, entry)) announce(`Title of ${id} saved`);
  });
}

plan?.addEventListener("dblclick", (event) => {
  const entry = entryOf(event.target);
  if (!mayWrite || !entry || !event.target.closest(".title")) return;
  event.preventDefault();
  editTitle(entry);
});
