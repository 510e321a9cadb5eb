// Lists in the drawer (criteria, links, demo): a field for each item. Enter goes on to the next,
// ↑ and ↓ on the handle (or alt with the arrows) move it, several pasted lines become several items.

import { announce } from "../notices.js";
import { formOf, saveField } from "./fields.js";
import { dirty } from "./patch.js";

const drawer = document.getElementById("drawer");
const listOf = (element) => formOf(element)?.querySelector("[data-items]");
const itemOf = (element) => element.closest(".items > .item");
const inputOf = (item) => item.querySelector("textarea");
const BULLET = /^\s*(?:[-*•–]\s+(?:\[[ xX]?\]\s+)?|\d{1,3}[.)]\s+|\[[ xX]?\]\s+)/;

/** Pasted lines as items: without bullets, numbers and empty lines. */
export const linesOf = (text) => text.split(/\r?\n/).map((line) => line.replace(BULLET, "").trim()).filter(Boolean);

/** Numbers, labels and keys of all items, after they came, went or moved. */
function renumber(list) {
  const { one } = list.dataset;
  const all = [...list.children];
  all.forEach((item, at) => {
    const place = `${at + 1} of ${all.length}`;
    const [handle, input, drop] = [item.querySelector(".handle"), inputOf(item), item.querySelector(".drop")];
    handle.dataset.key = `handle:${at}`;
    handle.setAttribute("aria-label", `Move ${one} ${place}: arrow keys`);
    input.dataset.key = `item:${at}`;
    input.setAttribute("aria-label", `${one} ${place}`);
    drop.dataset.key = `drop:${at}`;
    drop.setAttribute("aria-label", `Remove ${one} ${at + 1}`);
  });
}

function makeItem(list, text) {
  const pattern = document.getElementById("item-pattern").content.firstElementChild;
  const item = pattern.cloneNode(true);
  inputOf(item).value = text;
  return item;
}

function save(list) {
  renumber(list);
  saveField(formOf(list));
}

function move(item, step) {
  const list = item.parentElement;
  const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  const at = document.activeElement;
  // The neighbour moves, so that what has the focus stays where it is in the document.
  if (step < 0) item.after(other);
  else item.before(other);
  at.focus({ preventScroll: true });
  save(list);
  announce(`Moved to ${[...list.children].indexOf(item) + 1} of ${list.children.length}`);
}

function remove(item) {
  const list = item.parentElement;
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const focus = next ? inputOf(next) : formOf(list).querySelector("[data-new-item]");
  focus.focus();
  item.remove();
  save(list);
  announce("Removed");
}

function add(input, texts) {
  const list = listOf(input);
  list.append(...texts.map((text) => makeItem(list, text)));
  input.value = "";
  save(list);
}

/** What was typed in an item counts when one leaves it; an emptied item goes. */
function leave(input) {
  const item = itemOf(input);
  if (!item) {
    const texts = linesOf(input.value);
    if (texts.length) add(input, texts);
    return;
  }
  if (!dirty(input)) return;
  const list = item.parentElement;
  if (!input.value.trim()) item.remove();
  save(list);
}

drawer?.addEventListener("keydown", (event) => {
  const list = listOf(event.target);
  if (!list || event.isComposing) return;
  const item = itemOf(event.target);
  const input = event.target.matches("textarea") ? event.target : null;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (item && step && (event.altKey || event.target.matches(".handle"))) {
    event.preventDefault();
    move(item, step);
  } else if (item && event.target.matches(".handle") && ["Delete", "Backspace"].includes(event.key)) {
    event.preventDefault();
    remove(item);
  } else if (input && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (item) {
      const next = item.nextElementSibling;
      (next ? inputOf(next) : formOf(list).querySelector("[data-new-item]")).focus();
    } else {
      leave(input);
    }
  } else if (item && input && event.key === "Backspace" && !input.value) {
    event.preventDefault();
    remove(item);
  } else if (input && event.key === "Escape" && dirty(input)) {
    event.preventDefault();
    event.stopPropagation();
    input.value = input.defaultValue;
  }
}, true);

drawer?.addEventListener("focusout", (event) => {
  if (event.target.matches("textarea") && listOf(event.target) && event.target.isConnected) leave(event.target);
});
drawer?.addEventListener("click", (event) => {
  const drop = event.target.closest(".items .drop");
  if (drop) remove(itemOf(drop));
});
drawer?.addEventListener("paste", (event) => {
  const input = event.target;
  if (!listOf(input) || !input.matches?.("textarea")) return;
  const texts = linesOf(event.clipboardData.getData("text/plain"));
  if (texts.length < 2) return;
  event.preventDefault();
  const item = itemOf(input);
  if (!item) { add(input, [...linesOf(input.value), ...texts]); return; }
  const list = item.parentElement;
  if (!input.value.trim()) input.value = texts.shift();
  item.after(...texts.map((text) => makeItem(list, text)));
  save(list);
});

// Dragging by the handle, with a mouse, a pen or a finger.
let dragged = null;
drawer?.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".items .handle");
  if (!handle || event.button) return;
  dragged = itemOf(handle);
  dragged.dataset.order = [...dragged.parentElement.children].indexOf(dragged);
  handle.setPointerCapture(event.pointerId);
});
/** Let the neighbours pass until the dragged item stands under the pointer; it stays captured. */
function carry(event) {
  if (!dragged?.isConnected) return;
  const middle = (item) => item.getBoundingClientRect().top + item.offsetHeight / 2;
  for (let other; (other = dragged.previousElementSibling) && event.clientY < middle(other);) dragged.after(other);
  for (let other; (other = dragged.nextElementSibling) && event.clientY > middle(other);) dragged.before(other);
}
drawer?.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  dragged.classList.add("dragged");
  carry(event);
});
function drop(event) {
  if (!dragged) return;
  if (event.type === "pointerup" && dragged.matches(".dragged")) carry(event);
  const item = dragged;
  dragged = null;
  item.classList.remove("dragged");
  const list = item.parentElement;
  const moved = list && Number(item.dataset.order) !== [...list.children].indexOf(item);
  delete item.dataset.order;
  if (moved) save(list);
}
drawer?.addEventListener("pointerup", drop);
drawer?.addEventListener("pointercancel", drop);
