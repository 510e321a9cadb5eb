// What happened to the entry in the drawer, fetched when somebody unfolds it.

import { request } from "./rows.js";

const drawer = document.getElementById("drawer");
let wanted = false;

async function load(place, address) {
  const answer = await request(address).catch(() => null);
  if (!place.isConnected) return;
  if (!answer?.ok) {
    const words = document.createElement("p");
    words.className = "small muted";
    words.textContent = "What happened could not be fetched. Fold and unfold to try again.";
    place.replaceChildren(words);
    return;
  }
  const template = document.createElement("template");
  template.innerHTML = answer.html;
  return template.content;
}

async function fill(details) {
  const place = details.querySelector("[data-later]");
  const content = await load(place, place.dataset.later);
  if (content) place.replaceChildren(content);
}

// "toggle" does not bubble, so it is caught on the way down.
drawer?.addEventListener("toggle", (event) => {
  if (!event.target.matches(".activity")) return;
  wanted = event.target.open;
  if (wanted) fill(event.target);
}, true);
drawer?.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-older]");
  if (!button) return;
  button.disabled = true;
  const place = button.closest("[data-later]");
  const content = await load(place, button.dataset.older);
  if (!content) return;
  button.remove();
  const first = content.querySelector(".activity-list > li");
  place.append(content);
  first?.querySelector("a")?.focus();
});
// Who reads along goes on reading along: in the next entry, and as news come in.
drawer?.addEventListener("drawer:shown", () => {
  const details = drawer.querySelector(".activity");
  if (details && wanted) details.open = true;
});
drawer?.addEventListener("drawer:fresh", () => {
  const details = drawer.querySelector(".activity[open]");
  if (details && !details.querySelector("[data-later]").contains(document.activeElement)) fill(details);
});
