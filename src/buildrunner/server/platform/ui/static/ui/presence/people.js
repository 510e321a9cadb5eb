// Who is here, as far as this page knows: asked for once, then told of changes by the stream.

// Whoever leaves one page for the next is gone for a moment; nobody needs to see that.
const LINGER = 1200;

export class People {
  /** `changed(arrived)` is called after each change; `arrived` are people who were not here. */
  constructor(me, changed) {
    this.me = me;
    this.changed = changed;
    this.entries = new Map();
    this.leaving = new Map();
    this.own = "";
    this.asking = null;
    this.askAgain = false;
  }

  /** All entries but those of the place that this page is. */
  others() {
    return [...this.entries.values()].filter((one) => one.id !== this.own);
  }

  /** The others' faces: one a person, one an agent; with everything each is on. */
  faces() {
    const found = new Map();
    for (const one of this.others()) {
      const key = face(one);
      if (key === `person:${this.me}`) continue;
      if (!found.has(key)) found.set(key, { key, name: one.name, kind: one.kind, on: [] });
      found.get(key).on.push(one);
    }
    return [...found.values()].sort((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === "person" ? -1 : 1));
  }

  /** Replace what is known by `GET` of the list; what is told meanwhile comes after it. */
  async ask(address) {
    if (this.asking) { this.askAgain = true; return; }
    this.asking = [];
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json", "BR-Live": "1" } });
      if (answer.ok) {
        const { items } = await answer.json();
        const before = this.keys();
        this.entries = new Map(items.map((one) => [one.id, one]));
        this.settle(before);
      }
    } catch {
      // The line is down; the next "open" asks again.
    }
    const missed = this.asking;
    this.asking = null;
    if (missed.length) this.hear(missed);
    if (this.askAgain) {
      this.askAgain = false;
      await this.ask(address);
    }
  }

  /** What the stream told. */
  hear(items) {
    if (this.asking) { this.asking.push(...items); return; }
    const before = this.keys();
    for (const one of items) {
      clearTimeout(this.leaving.get(one.id));
      this.leaving.delete(one.id);
      if (!one.gone) this.entries.set(one.id, one);
      else if (this.entries.has(one.id)) this.leaving.set(one.id, setTimeout(() => this.forget(one.id), LINGER));
    }
    this.settle(before);
  }

  forget(id) {
    this.leaving.delete(id);
    this.entries.delete(id);
    this.changed([]);
  }

  keys() {
    return new Set(this.others().map(face));
  }

  settle(before) {
    this.changed(this.faces().filter((one) => one.kind === "person" && !before.has(one.key)));
  }
}

function face(one) {
  return one.kind === "person" ? `person:${one.person_id}` : `agent:${one.name}`;
}

/** Up to two letters of a name. */
export function initials(name) {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join("");
}
