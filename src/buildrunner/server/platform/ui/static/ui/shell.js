// What every page does: theme, the rail on small screens, dialogs, copying, times, failures.

import { typing } from "./keyboard.js";
import { announce, toast } from "./notices.js";
import "./bell.js";
import "./menus.js";
import "./palette.js";
import "./presence/page.js";

const root = document.documentElement;
const YEAR = 365 * 86400;

// Theme: a cookie, so that the server draws the right one from the first byte.
const choice = document.querySelector("[data-theme-choice]");
function showTheme() {
  const now = root.dataset.theme ?? "system";
  for (const button of choice?.querySelectorAll("[data-theme-set]") ?? []) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === now));
  }
}
choice?.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-theme-set]")?.dataset.themeSet;
  if (!wanted) return;
  if (wanted === "system") delete root.dataset.theme;
  else root.dataset.theme = wanted;
  const age = wanted === "system" ? 0 : YEAR;
  document.cookie = `buildrunner_theme=${wanted}; path=/; max-age=${age}; samesite=lax`;
  showTheme();
});
showTheme();

// The sticky header may wrap; what sticks below it must know its height.
const head = document.querySelector(".page-head");
if (head) {
  new ResizeObserver(() => {
    const sticky = getComputedStyle(head).position === "sticky";
    root.style.setProperty("--header-height", `${sticky ? head.offsetHeight : 0}px`);
  }).observe(head);
}

// On small screens the settings stand in a line that scrolls.
document.querySelector(".settings-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Rail as a sheet under 900 px.
const rail = document.getElementById("rail");
const railOpener = document.querySelector("[data-open-rail]");
let scrim;
function setRail(open) {
  rail.toggleAttribute("data-open", open);
  railOpener.setAttribute("aria-expanded", String(open));
  document.querySelector(".content").inert = open;
  scrim?.remove();
  if (open) {
    scrim = document.createElement("div");
    scrim.className = "rail-scrim";
    scrim.addEventListener("click", () => setRail(false));
    rail.after(scrim);
    rail.querySelector(".rail-item").focus();
  } else {
    railOpener.focus();
  }
}
railOpener?.addEventListener("click", () => setRail(true));
rail?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && rail.hasAttribute("data-open") && !rail.querySelector(":popover-open")) setRail(false);
});

// Dialogs and copying.
document.addEventListener("click", async (event) => {
  // What opens a dialog may be a link to the same question as a page.
  const dialog = document.getElementById(event.target.closest("[data-dialog]")?.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const text = copier.dataset.copy || copier.parentElement.querySelector("[data-copy-source]").textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
      toast(`Copied ${text.length > 40 ? "it" : text}`, { lasts: 2000 });
    } catch {
      toast("The browser does not let this page copy. Select the text and copy it yourself.");
    }
  }
});
for (const dialog of document.querySelectorAll("dialog[data-opened]")) dialog.showModal();

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  if (event.key === "?") {
    event.preventDefault();
    document.getElementById("keymap")?.showModal();
  } else if (event.key === "/") {
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.select(); search.focus(); }
  }
});

// Relative times stay true while the page is open.
const UNITS = [[3600, 60, "min"], [86400, 3600, "h"], [30 * 86400, 86400, "d"]];
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    const size = Math.abs(seconds);
    const unit = size < 60 ? null : UNITS.find(([limit]) => size < limit);
    if (size < 60 && seconds >= 0) time.textContent = "just now";
    else if (unit) {
      const amount = `${Math.floor(size / unit[1])} ${unit[2]}`;
      time.textContent = seconds > 0 ? `${amount} ago` : `in ${amount}`;
    }
  }
}, 30000);

// A request of htmx that fails says so; nothing on the page is lost.
document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. What you see may be out of date."));
document.addEventListener("htmx:responseError", (event) => {
  const id = event.detail.xhr.getResponseHeader("X-Request-ID");
  toast(`The server answered ${event.detail.xhr.status}.${id ? ` Request ${id}.` : ""}`);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const words = event.detail.target?.querySelector?.("[data-say]")?.dataset.say;
  if (words) announce(words);
});
