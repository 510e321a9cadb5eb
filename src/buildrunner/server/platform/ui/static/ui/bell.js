// The bell: how much is unread, live; what it opens; and that opening a notice reads it.

import { followOwn } from "./live.js";
import { announce, toast } from "./notices.js";

const BATCH = 60;
const MOST = 99;
const bell = document.querySelector("[data-bell]");
const count = document.querySelector("[data-bell-count]");
const flyout = document.getElementById("bell-flyout");
const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
let known = Number(count?.textContent.replace("+", "") || 0);
let timer;
let first = true;

function show({ unread, urgent }) {
  if (unread > known && !first) announce(`${unread} unread notifications`);
  known = unread;
  count.hidden = !unread;
  count.textContent = unread > MOST ? `${MOST}+` : String(unread);
  count.classList.toggle("urgent", urgent > 0);
  bell.setAttribute("aria-label", unread ? `Notifications, ${unread} unread` : "Notifications");
}

async function ask() {
  try {
    const answer = await fetch("/api/notifications/unread", { headers: { Accept: "application/json", "BR-Live": "1" } });
    if (!answer.ok) return;
    show(await answer.json());
    first = false;
    if (flyout.matches(":popover-open")) await fill();
    await refreshInbox();
  } catch {
    // The line is down; the next "open" asks again.
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, BATCH);
}

async function fill() {
  const answer = await fetch("/notifications/flyout", { headers: { "BR-Live": "1" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  flyout.replaceChildren(...fresh.body.childNodes);
}

// The inbox page itself: others' news come in, what one points at stays.
async function refreshInbox() {
  const part = document.querySelector("[data-inbox]");
  if (!part || part.contains(document.activeElement) || location.search.includes("before=")) return;
  const answer = await fetch(location.href, { headers: { "BR-Live": "1" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-inbox]");
  if (!fresh || fresh.innerHTML === part.innerHTML) return;
  const before = new Set([...part.querySelectorAll("[data-notice]")].map((one) => one.dataset.notice));
  part.replaceChildren(...fresh.childNodes);
  for (const one of part.querySelectorAll("[data-notice]")) {
    if (!before.has(one.dataset.notice)) one.classList.add("arrived");
  }
}

function place() {
  const box = bell.getBoundingClientRect();
  flyout.style.top = `${Math.round(box.bottom + 6)}px`;
  flyout.style.left = `${Math.round(Math.max(8, Math.min(box.right - flyout.offsetWidth, innerWidth - flyout.offsetWidth - 8)))}px`;
}

async function open() {
  try {
    await fill();
  } catch {
    location.assign(bell.href);
    return;
  }
  flyout.showPopover();
  place();
  flyout.focus({ preventScroll: true });
}

const post = (path, method, body) => fetch(path, {
  method, keepalive: true, body: JSON.stringify(body),
  headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
});

if (bell && flyout) {
  bell.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (flyout.matches(":popover-open")) flyout.hidePopover();
    else open();
  });
  bell.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); bell.click(); }
  });
  flyout.addEventListener("toggle", (event) => {
    const shown = event.newState === "open";
    bell.setAttribute("aria-expanded", String(shown));
    if (!shown && (flyout.contains(document.activeElement) || document.activeElement === document.body)) bell.focus({ preventScroll: true });
  });
  flyout.addEventListener("keydown", (event) => {
    const links = [...flyout.querySelectorAll(".notice-title")];
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || !links.length) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
  });
  flyout.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-read-all]")) return;
    event.preventDefault();
    const answer = await post("/api/notifications/read", "POST", {});
    if (answer.ok) { await ask(); flyout.focus({ preventScroll: true }); }
    else toast("They could not be marked as read. Try again.");
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-open-notice]");
    if (link?.closest(".unread")) post(`/api/notifications/${link.dataset.openNotice}`, "PATCH", { read: true });
  });
  followOwn({
    onEvent: later,
    onState(state) { if (state === "open") later(); },
  });
}
