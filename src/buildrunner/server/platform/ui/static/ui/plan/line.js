// Edits of this page go to the server one after the other; news of others waits until they are done.

let last = Promise.resolve();

/** Do something when everything before it is done. */
export function inLine(act) {
  const next = last.then(act);
  last = next.then(() => {}, () => {});
  return next;
}

/** Keep the news of others away (a drag is on) until what comes back is called. */
export function occupy() {
  let free;
  const over = new Promise((resolve) => { free = resolve; });
  inLine(() => over);
  return free;
}

/** When everything that is in line now is done. */
export const settled = () => last;
