// A page that is asked for again when something happens: seldom, one request at a time, and not while nobody sees it.
import * as link from "./link.js";

const EVERY_MS = 2000;
export const PATIENCE_MS = 10000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// What is returned asks for the page at `address()`, and gives it to `take`; while `held()`, it waits to be told again.
export function asking(address, take, held = () => false) {
  let busy = false;
  let again = false;
  let asked = -EVERY_MS;

  async function refresh() {
    if (busy || document.hidden || held()) {
      again = true;
      return;
    }
    busy = true;
    await wait(asked + EVERY_MS - performance.now());
    asked = performance.now();
    again = false;
    try {
      const answer = await fetch(address(), { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.ok && !link.signedOut(answer) && !held()) {
        take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      }
    } catch {
      // the link says that the server is away
    }
    busy = false;
    if (again) {
      refresh();
    }
  }

  document.addEventListener("visibilitychange", () => again && refresh());
  return refresh;
}
