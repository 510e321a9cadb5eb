// What this page says of its visitor: the entity pointed at, and typing. Said when it changes, kept
// by small signs of life while the page can be seen, taken back when it cannot.

import { entityOf, pageEntity } from "./entities.js";

const CALM = 250; // a walk over rows is told where it ends
const PACE = 1000; // between two sayings
const STILL = 4000; // without a key, typing is over
const AWAY = 2000; // a glance at another tab is no leaving
const SEARCHES = "[type=search], [role=combobox], [data-quiet]";

// Outside of secure contexts there is no crypto.randomUUID.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export class Place {
  constructor(project, page, shown) {
    this.address = `/api/projects/${project}/presence/${uuid()}`;
    this.page = page;
    this.shown = shown;
    this.token = null;
    this.typing = false;
    this.said = "";
    this.saidAt = 0;
    this.here = false;
    this.beatEvery = 3000;
    this.renewEvery = 30000;
  }

  start() {
    addEventListener("focusin", () => this.soon());
    addEventListener("popstate", () => this.soon());
    document.addEventListener("click", () => this.soon());
    document.addEventListener("presence:moved", () => this.soon());
    document.addEventListener("input", (event) => this.key(event.target));
    document.addEventListener("submit", () => this.still());
    document.addEventListener("focusout", (event) => { if (event.target.matches?.("textarea, input")) this.still(); });
    document.addEventListener("visibilitychange", () => this.seen());
    addEventListener("pagehide", () => this.leave());
    this.seen();
  }

  seen() {
    clearTimeout(this.away);
    if (document.visibilityState === "visible") {
      if (!this.here) this.enter();
    } else {
      this.away = setTimeout(() => this.leave(), AWAY);
    }
  }

  enter() {
    this.here = true;
    this.said = "";
    this.say();
  }

  leave() {
    clearTimeout(this.timer);
    clearTimeout(this.beating);
    if (!this.here) return;
    this.here = false;
    this.token = null;
    this.typing = false;
    fetch(this.address, { method: "DELETE", keepalive: true, headers: this.headers() }).catch(() => {});
  }

  key(field) {
    if (!field.matches?.("textarea, input:not([type]), input[type=text]") || field.matches(SEARCHES)) return;
    clearTimeout(this.stilling);
    this.stilling = setTimeout(() => this.still(), STILL);
    // Said again only when the server would forget it.
    if (this.typing && Date.now() - this.typedAt < STILL) return;
    this.typing = true;
    this.typedAt = Date.now();
    this.said = "";
    this.soon();
  }

  still() {
    clearTimeout(this.stilling);
    if (!this.typing) return;
    this.typing = false;
    this.soon();
  }

  soon() {
    if (!this.here) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say(), Math.max(CALM, this.saidAt + PACE - Date.now()));
  }

  async say() {
    if (!this.here) return;
    const [type, id] = entityOf(document.activeElement) ?? pageEntity() ?? ["project", ""];
    const words = JSON.stringify({ entity_type: type, entity_id: id, page: this.page, typing: this.typing });
    if (words === this.said) return;
    this.said = words;
    this.saidAt = Date.now();
    try {
      const answer = await fetch(this.address, { method: "PUT", headers: this.headers(), body: words });
      // Signed out, no longer a member, or an older server: nothing more is said.
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) { this.here = false; return; }
      if (!answer.ok) { this.said = ""; this.beat(); return; }
      const place = await answer.json();
      if (!this.here) return;
      this.token = place.token;
      this.renewedAt = Date.now();
      this.beatEvery = place.beat_seconds * 1000;
      this.renewEvery = place.renew_seconds * 1000;
      this.shown(place.id ?? "");
    } catch {
      this.said = ""; // the line is down
    }
    this.beat();
  }

  beat() {
    clearTimeout(this.beating);
    if (this.here) this.beating = setTimeout(() => this.live(), this.beatEvery);
  }

  async live() {
    if (!this.token || Date.now() - this.renewedAt >= this.renewEvery) {
      this.said = "";
      await this.say();
      return;
    }
    try {
      const answer = await fetch("/api/presence/beat", { method: "POST", headers: this.headers(), body: JSON.stringify({ tokens: [this.token] }) });
      if (answer.ok && (await answer.json()).lapsed.length) {
        this.said = "";
        await this.say();
      }
    } catch {
      // The next one tries again.
    }
    this.beat();
  }

  headers() {
    return {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
      "BR-Live": "1",
    };
  }
}
