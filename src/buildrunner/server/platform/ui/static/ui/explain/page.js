// Choices take effect at once, and what is read follows the plan.
import { followWithSign } from "../live-sign.js";
import { announce } from "../notices.js";

document.documentElement.classList.add("scripted");
document.addEventListener("change", (event) => {
  const form = event.target.closest(".explain-choice");
  if (form) form.requestSubmit();
});

const part = document.getElementById("explain");
const HEARD = /^(plan|evidence)\./;
let timer;

async function catchUp() {
  timer = undefined;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("explain");
    if (!fresh) return;
    if (part.classList.contains("empty") !== fresh.classList.contains("empty")) {
      location.reload();
      return;
    }
    const open = [...part.querySelectorAll("details[open]")].map((one) => one.closest("li")?.id);
    part.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    announce("Updated");
  } catch {
    // The line is down; the next event asks again.
  }
}

followWithSign(part.dataset.follow, {
  onEvent: (event) => {
    if (HEARD.test(event.kind) && !timer) timer = setTimeout(catchUp, 300);
  },
  onOpen(again) {
    if (again) catchUp();
  },
});
