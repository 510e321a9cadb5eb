// News from the server: one event stream a browser, shared by its tabs where SharedWorker exists.
//
// follow(projectId, { onEvent, onState }) calls onEvent for each event of the project and onState
// with "connecting", "open", "offline" or "closed" (the session ended). Events may be missed while
// the line is down: whoever follows catches up by revision when the state turns to "open".

import { openStream } from "./stream.js";

/** Follow the events of one project until the page goes. */
export function follow(projectId, { onEvent, onState }) {
  const hear = (message) => {
    if (message.state) onState(message.state);
    else if (message.event.project_id === projectId) onEvent(message.event);
  };
  if (globalThis.SharedWorker) {
    try {
      const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { type: "module", name: "buildrunner-live" });
      worker.addEventListener("error", () => openStream(hear));
      worker.port.addEventListener("message", (message) => hear(message.data));
      worker.port.start();
      addEventListener("pagehide", () => worker.port.postMessage("leave"));
      addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
      return;
    } catch {
      // Falls through: a browser may refuse workers (private windows, policies).
    }
  }
  openStream(hear);
}
