// Title and status in the drawer: they save by themselves; without scripts they have buttons.

import { announce } from "../notices.js";
import { save, saveStatus } from "./save.js";
import { tidy } from "./title.js";

// The arrow keys pass through the statuses in between; only the one they stop at is meant.
const PAUSE = 350;

const drawer = document.getElementById("drawer");
const shownId = () => drawer.querySelector(".drawer-head").dataset.id;
const titleForm = (element) => element.closest?.("form[data-save=title]");
let timer;

async function saveTitle(form) {
  const { value: input, base } = form.elements;
  const value = tidy(input.value);
  const seen = base.value;
  if (!value || value === seen) {
    input.value = seen;
    return;
  }
  const id = shownId();
  base.value = value; // leaving the field after enter saves nothing twice
  input.defaultValue = value; // nor is it held back as something unsaved
  if (await save(id, "title", value, seen, form.closest("[data-section]"))) announce(`Title of ${id} saved`);
  else {
    base.value = seen;
    input.defaultValue = seen;
  }
}

drawer?.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-save=status]");
  if (!form) return;
  clearTimeout(timer);
  const { value, base } = form.elements;
  const host = form.closest("[data-section]");
  timer = setTimeout(async () => {
    await saveStatus(shownId(), value.value, base.value, host);
    if (host.isConnected) value.value = base.value; // it was refused: the box beside it says why
  }, PAUSE);
});
drawer?.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-save]");
  if (!form) return;
  event.preventDefault();
  if (titleForm(form)) saveTitle(form);
});
drawer?.addEventListener("focusout", (event) => {
  if (titleForm(event.target)) saveTitle(titleForm(event.target));
});
drawer?.addEventListener("keydown", (event) => {
  const form = titleForm(event.target);
  if (!form || event.isComposing) return;
  const { value: input, base } = form.elements;
  if (event.key === "Enter") {
    event.preventDefault();
    saveTitle(form);
  } else if (event.key === "Escape" && input.value !== base.value) {
    event.preventDefault();
    event.stopPropagation();
    input.value = base.value;
  }
}, true);
