// Completes what is typed after "@": people, roles and teams who may see the page, as the server
// tells them. The text area stays a text area; a list beside it holds the suggestions, moved
// through by arrows, taken by Enter or Tab, and told to screen readers.

import { announce } from "./notices.js";

const WAIT = 120;
const BEGUN = /(?:^|[^\p{L}\p{N}_@./])@((?:(?:role|team):)?[\p{L}\p{N}_.+-]*)$/u;
let counter = 0;

class Completion {
  constructor(area) {
    this.area = area;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `suggestions-${(counter += 1)}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "People, roles and teams");
    this.list.hidden = true;
    area.closest(".mentioning").append(this.list);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-haspopup", "listbox");
    area.addEventListener("input", () => this.later());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();  // the caret stays where it is
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  begun() {
    if (this.area.selectionStart !== this.area.selectionEnd) return null;
    return BEGUN.exec(this.area.value.slice(0, this.area.selectionStart));
  }

  later() {
    clearTimeout(this.timer);
    const found = this.begun();
    if (!found) return this.close();
    this.timer = setTimeout(() => this.ask(found[1]), WAIT);
  }

  async ask(words) {
    this.asked = words;
    try {
      const answer = await fetch(`${this.area.dataset.mentions}?q=${encodeURIComponent(words)}`, { credentials: "same-origin" });
      if (!answer.ok) return this.close();
      const { items } = await answer.json();
      if (this.asked === words && this.begun()?.[1] === words) this.show(items.slice(0, 8));
    } catch {
      this.close();
    }
  }

  show(items) {
    this.list.replaceChildren(...items.map((one, at) => this.option(one, at)));
    this.list.hidden = items.length === 0;
    if (this.list.hidden) return this.close();
    this.area.setAttribute("aria-controls", this.list.id);
    this.choose(0);
    announce(`${items.length} ${items.length === 1 ? "suggestion" : "suggestions"}. ${items[0].title}, ${items[0].text}. Arrows move, Enter takes it.`);
  }

  option(one, at) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${at}`;
    item.setAttribute("role", "option");
    item.dataset.text = one.text;
    const title = document.createElement("span");
    title.textContent = one.title;
    title.dir = "auto";
    const text = document.createElement("span");
    text.className = "id";
    text.textContent = one.text;
    const reach = document.createElement("span");
    reach.className = "muted small";
    reach.textContent = one.kind === "user" ? "" : one.reaches === 1 ? "1 person" : `${one.reaches} people`;
    item.append(title, text, reach);
    return item;
  }

  get options() { return [...this.list.children]; }

  choose(at) {
    const options = this.options;
    this.at = (at + options.length) % options.length;
    for (const [number, one] of options.entries()) one.setAttribute("aria-selected", String(number === this.at));
    this.area.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (this.list.hidden && event.key === "Escape") this.close();  // what is on its way is not wanted
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") this.choose(this.at + 1);
    else if (event.key === "ArrowUp") this.choose(this.at - 1);
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.options[this.at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(option) {
    const found = this.begun();
    const end = this.area.selectionStart;
    this.close();
    if (!found) return;
    this.area.setRangeText(`${option.dataset.text} `, end - found[1].length - 1, end, "end");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    clearTimeout(this.timer);
    this.asked = null;
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
    this.area.removeAttribute("aria-controls");
  }
}

/** Completes mentions in every text area below that asks for it; each once. */
export function completeMentions(below) {
  for (const area of below.querySelectorAll("textarea[data-mentions]:not([aria-autocomplete])")) new Completion(area);
}
