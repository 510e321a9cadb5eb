// What may not be done yet: told where it stands, with what would prove it.

import { entryById, parse } from "./rows.js";
import { release } from "./swap.js";

/** The box of a refusal for want of proof, if the answer is one. */
export function unprovenIn(html) {
  const box = html ? parse(html) : null;
  return box?.dataset?.part === "unproven" ? box : null;
}

/** Put the box into its entry; false where the page has none. */
export function showUnproven(host, box) {
  if (!host) return false;
  host.querySelector(".failed")?.remove();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "Dismiss";
  button.addEventListener("click", () => { box.remove(); release(box.dataset.refused); });
  box.append(button);
  host.append(box);
  return true;
}

/** Tell those of several that were left out; how many there are. */
export function showLeft(html) {
  const left = [...(html ? parse(html)?.querySelectorAll?.("template[data-left]") ?? [] : [])];
  for (const template of left) {
    const box = template.content.firstElementChild;
    showUnproven(entryById(box.dataset.refused), box);
  }
  return left.length;
}
