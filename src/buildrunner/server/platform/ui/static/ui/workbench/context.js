// The context pack: the slider asks anew when it rests, and the pack is copied as text or JSON.

import { announce, toast } from "../notices.js";

const slider = document.querySelector("[data-budget]");
const words = document.querySelector("[data-budget-words]");
const told = () => `${Number(slider.value).toLocaleString("en")} tokens`;

slider?.addEventListener("input", () => {
  words.textContent = told();
  slider.setAttribute("aria-valuetext", told());
});

slider?.addEventListener("change", async () => {
  const address = new URL(location.href);
  address.searchParams.set("budget", slider.value);
  const part = document.getElementById("pack");
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    part.replaceChildren(...page.getElementById("pack").childNodes);
    history.replaceState(null, "", address);
    announce(part.querySelector("p").textContent.trim().replace(/\s+/g, " "));
  } catch {
    location.assign(address);
  } finally {
    part.removeAttribute("aria-busy");
  }
});

document.addEventListener("click", async (event) => {
  const id = event.target.closest("[data-copy-text]")?.dataset.copyText;
  if (!id) return;
  try {
    await navigator.clipboard.writeText(document.getElementById(id).textContent);
    toast(id === "pack-json" ? "The JSON is copied" : "The Markdown is copied");
  } catch {
    toast("Copying is not allowed here; mark the text and copy it");
  }
});
