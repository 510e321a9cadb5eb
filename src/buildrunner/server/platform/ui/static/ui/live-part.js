// The part of a page that follows what happens: `#live-part`.
//
// data-follow  a project: its events of the kinds that `data-hears` begins with renew the part
// data-hears   such as "anomaly. report."
// data-marked  the page tells with `?mark=1` where its numbers stand; asked for while it is looked at
//
// What one types in is never replaced; what is unfolded, and where one is, stays.

import { drawCharts } from "./charts.js";
import { follow } from "./live.js";
import { announce } from "./notices.js";

const PAUSE = 300; // a burst of events is one look
const BETWEEN = 1000;
const LATER = 1500; // while one types
const LOOK = 2000;
const part = document.getElementById("live-part");

const changed = (one) => (one.matches("select")
  ? [...one.options].some((option) => option.selected !== option.defaultSelected && one.options.length > 1 && one.selectedIndex > 0)
  : one.type === "checkbox" || one.type === "radio" ? one.checked !== one.defaultChecked : one.value !== one.defaultValue);

function busy() {
  return document.querySelector("dialog[open]")
    || part.contains(document.activeElement?.closest("form"))
    || [...part.querySelectorAll("input:not([type=hidden]), textarea, select")].some(changed);
}

// Masked anew in each answer, and no news.
const said = (root) => [...root.childNodes].map((one) => one.textContent).join("\n");

function unfolded(root) {
  return [...root.querySelectorAll("details")].map((one) => ({ one, name: one.querySelector("summary")?.textContent.trim() }));
}

function place() {
  const here = document.activeElement;
  if (!part.contains(here)) return () => {};
  const links = [...part.querySelectorAll("a[href], button, summary, [tabindex]")];
  const index = links.indexOf(here);
  const wanted = here.getAttribute("href");
  return () => {
    const fresh = [...part.querySelectorAll("a[href], button, summary, [tabindex]")];
    const same = here.id ? document.getElementById(here.id) : wanted ? fresh.find((one) => one.getAttribute("href") === wanted) : fresh[index];
    same?.focus({ preventScroll: true });
  };
}

async function replace(fresh) {
  const open = new Map(unfolded(part).map(({ one, name }) => [name, one.open]));
  const back = place();
  // Pictures are drawn after they are put in: until then the page keeps its height.
  part.style.minHeight = `${part.offsetHeight}px`;
  part.replaceChildren(...fresh.childNodes);
  for (const { one, name } of unfolded(part)) if (open.has(name)) one.open = open.get(name);
  back();
  await drawCharts(part);
  part.style.minHeight = "";
}

if (part) {
  let timer;
  let shown = said(part);
  const look = (after = PAUSE) => { timer ??= setTimeout(catchUp, after); };
  const catchUp = async () => {
    timer = undefined;
    if (busy()) return look(LATER);
    const started = Date.now();
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live-part");
      if (!fresh || said(fresh) === shown) return;
      if (busy()) return look(LATER);
      shown = said(fresh);
      await replace(fresh);
      announce("Updated");
    } catch {
      // The line is down; the next event asks again.
    } finally {
      nextLook = Math.max(nextLook, started + BETWEEN);
    }
  };
  let nextLook = 0;
  const soon = () => look(Math.max(PAUSE, nextLook - Date.now()));

  const project = part.dataset.follow;
  const hears = (part.dataset.hears ?? "").split(" ").filter(Boolean);
  if (project && hears.length) {
    let lost = false;
    follow(project, {
      onEvent: (event) => { if (hears.some((kind) => event.kind.startsWith(kind))) soon(); },
      onState: (state) => {
        if (state === "open" && lost) soon();
        lost = state === "offline";
      },
    });
  }

  if ("marked" in part.dataset) {
    let mark;
    const address = new URL(location.href);
    address.searchParams.set("mark", "1");
    const ask = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const answer = await fetch(address, { credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        const told = await answer.text();
        if (mark !== undefined && told !== mark) soon();
        mark = told;
      } catch {
        // Asked again in a moment.
      }
    };
    setInterval(ask, LOOK);
    document.addEventListener("visibilitychange", ask);
    ask();
  }
}
