// How the line is, said in the head of a page: `<span data-live><span class="live-words">`.

import { follow } from "./live.js";

const WORDS = { connecting: "Connecting", open: "Live", offline: "Reconnecting", closed: "Signed out" };
// A blink of the line is not worth a word.
const PATIENCE = 1200;

/**
 * Follow a project and show how the line is. `onOpen(again)` is called whenever the line stands;
 * `again` says that it did before, so that something may have been missed.
 */
export function followWithSign(projectId, { onEvent, onOpen = () => {} }) {
  const sign = document.querySelector("[data-live]");
  let wait;
  let wasOpen = false;
  const show = (state) => {
    if (!sign) return;
    sign.dataset.state = state;
    sign.querySelector(".live-words").textContent = WORDS[state];
  };
  follow(projectId, {
    onEvent,
    onState(state) {
      clearTimeout(wait);
      if (state === "open" || state === "closed") show(state);
      else wait = setTimeout(show, PATIENCE, state);
      if (state === "open") {
        onOpen(wasOpen);
        wasOpen = true;
      }
    },
  });
}
