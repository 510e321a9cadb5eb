// Menus: placed beside what opened them, walked with the arrow keys.

const GAP = 4;
const EDGE = 8;

/** Put an open popover below (or above) its anchor, inside the window. */
export function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + GAP;
  const fits = below + height <= innerHeight - EDGE;
  const top = fits ? below : Math.max(EDGE, box.top - GAP - height);
  const left = Math.min(Math.max(EDGE, box.left), innerWidth - EDGE - width);
  menu.style.top = `${Math.round(top)}px`;
  menu.style.left = `${Math.round(left)}px`;
}

// An item is a button or link, or a label around the box that is to be ticked.
const items = (menu) => [...menu.querySelectorAll(".menu-item:not(:disabled, [hidden])")]
  .map((item) => item.querySelector("input") ?? item).filter((item) => !item.matches(":disabled"));

/** Arrow keys, Home and End move between the items of an open menu. */
export function walk(menu, event) {
  const list = items(menu);
  const at = list.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % list.length,
    ArrowUp: (at - 1 + list.length) % list.length,
    Home: 0,
    End: list.length - 1,
  }[event.key];
  if (to === undefined || !list.length) return false;
  event.preventDefault();
  list[to].focus();
  return true;
}

for (const menu of document.querySelectorAll("[data-menu]")) {
  const opener = document.querySelector(`[popovertarget="${menu.id}"]`);
  menu.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    opener.setAttribute("aria-expanded", String(open));
    if (!open) {
      // What had the focus before may have been drawn anew meanwhile.
      if (menu.contains(document.activeElement)) opener.focus({ preventScroll: true });
      return;
    }
    place(menu, opener);
    (menu.querySelector("[aria-current], [aria-pressed='true'], input[type=radio]:checked") ?? items(menu)[0])?.focus();
  });
  menu.addEventListener("keydown", (event) => walk(menu, event));
}
