// Holds the one event stream of this browser and passes its news to every tab.

import { openStream } from "./stream.js";

const ports = new Set();
let state = "connecting";
let close;

function tell(message) {
  if (message.state) state = message.state;
  for (const port of ports) port.postMessage(message);
}

function begin() {
  if (close && state !== "closed") return;
  close = openStream(tell);
}

self.addEventListener("connect", (event) => {
  const [port] = event.ports;
  ports.add(port);
  port.addEventListener("message", (message) => {
    if (message.data !== "leave") return;
    ports.delete(port);
    if (!ports.size) { close?.(); close = undefined; }
  });
  port.start();
  begin();
  port.postMessage({ state });
});
