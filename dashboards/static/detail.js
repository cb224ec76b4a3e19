// The page of a queue or of a counter: asked for again when something happens there, and kept as it is meanwhile.
import * as link from "./link.js";

const EVERY_MS = 2000;
const PATIENCE_MS = 10000;
const shown = document.getElementById("shown");
const pause = document.getElementById("pause");
let asking = false;
let again = false;
let asked = -EVERY_MS;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const paused = () => pause.getAttribute("aria-pressed") === "true";
const hour = () => ({ hour: shown.querySelector(".at time").textContent });

function say() {
  document.body.classList.toggle("stale", link.late());
  if (link.late()) {
    link.say("lost", link.words("lostSince", hour()));
  } else if (paused()) {
    link.say("paused", link.words("held", hour()));
  } else {
    link.say("live", link.words("live"));
  }
}

async function refresh() {
  if (asking || document.hidden || paused()) {
    again = true;
    return;
  }
  asking = true;
  await wait(asked + EVERY_MS - performance.now());
  asked = performance.now();
  again = false;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !link.signedOut(answer) && !paused()) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      Idiomorph.morph(shown, page.getElementById("shown"), {
        // what somebody has opened stays open
        callbacks: { beforeAttributeUpdated: (name) => name !== "open" },
      });
    }
  } catch {
    // the link says that the server is away
  }
  asking = false;
  if (again) {
    refresh();
  }
}

pause.hidden = false;
pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!paused()));
  say();
  if (!paused()) {
    refresh();
  }
});
document.addEventListener("visibilitychange", () => again && refresh());
setInterval(say, 1000);
link.follow(document.getElementById("contenu").dataset.stream, () => {
  say();
  refresh();
});
