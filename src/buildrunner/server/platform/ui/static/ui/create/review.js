// Reviewing a draft: boxes follow their parents, j and k walk, x chooses, the button counts.

import "./live.js";
import { typing } from "../keyboard.js";

const tree = document.querySelector("[data-tree]");
const add = document.querySelector("[data-add]");
const boxes = tree ? [...tree.querySelectorAll("[data-pick]")] : [];
const usual = new Map(boxes.map((box) => [box, box.defaultChecked]));
const locked = add?.disabled ?? false;

const below = (box) => [...box.closest("[data-branch]").querySelectorAll("[data-pick]")].filter((one) => one !== box);
const above = (box) => box.closest("[data-branch]").parentElement.closest("[data-branch]")?.querySelector(":scope > .branch-row [data-pick]");

function settle() {
  // From the leaves up: a parent is needed where a child is taken, and half where not all are.
  for (const box of [...boxes].reverse()) {
    const children = below(box);
    if (!children.length) continue;
    const taken = children.filter((one) => one.checked).length;
    if (taken) box.checked = true;
    box.indeterminate = taken > 0 && taken < children.length;
  }
  if (!add) return;
  const count = boxes.filter((box) => box.checked).length;
  add.querySelector("[data-count]").textContent = count;
  add.querySelector("[data-noun]").textContent = count === 1 ? "item" : "items";
  add.disabled = locked || count === 0;
}

function pick(box) {
  for (const child of below(box)) child.checked = box.checked;
  if (box.checked) return;
  // A parent whose last child went is not taken for its own sake.
  for (let parent = above(box); parent; parent = above(parent)) {
    if (!below(parent).some((one) => one.checked && one.dataset.kind === "microstep")) parent.checked = false;
  }
}

tree?.addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick]")) return;
  pick(event.target);
  settle();
});

for (const button of document.querySelectorAll("[data-pick-all]")) {
  button.addEventListener("click", () => {
    const how = button.dataset.pickAll;
    for (const box of boxes) box.checked = how === "all" || (how === "usual" && usual.get(box));
    settle();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const focused = document.activeElement;
  if (typing(event) && !boxes.includes(focused)) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step && boxes.length) {
    const at = boxes.indexOf(focused);
    boxes[Math.min(Math.max(at + step, 0), boxes.length - 1)].focus();
    event.preventDefault();
  } else if (event.key === "x" && boxes.includes(focused)) {
    focused.click();
    event.preventDefault();
  }
});

const picks = document.querySelector("[data-picks]");
if (picks) picks.hidden = false;
settle();
