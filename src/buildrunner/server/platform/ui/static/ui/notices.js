// Short notices at the foot of the page, and words for screen readers.

const LASTS = 6000;
const area = () => document.getElementById("toasts");

/** Say something in the live region without showing it. */
export function announce(words) {
  const region = document.getElementById("announce");
  // A changed text is read; the same text again is read only after it was away.
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = words; });
}

/** Show a notice, with at most one action; returns a function that takes it away. */
export function toast(words, { label, action, lasts = LASTS } = {}) {
  const box = document.createElement("div");
  box.className = "toast";
  const text = document.createElement("span");
  text.textContent = words;
  box.append(text);
  const remove = () => box.remove();
  if (label) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { remove(); action(); });
    box.append(button);
  }
  area().replaceChildren(box);
  announce(words);
  let timer = setTimeout(remove, lasts);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("focusin", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => { timer = setTimeout(remove, lasts); });
  return remove;
}
