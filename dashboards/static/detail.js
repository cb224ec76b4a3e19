// The page of a queue or of a counter: asked for again when something happens there, and kept as it is meanwhile.
import { asking } from "./asking.js";
import * as link from "./link.js";

const shown = document.getElementById("shown");
const pause = document.getElementById("pause");

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

const refresh = asking(
  () => location.href,
  (page) =>
    Idiomorph.morph(shown, page.getElementById("shown"), {
      // what somebody has opened stays open
      callbacks: { beforeAttributeUpdated: (name) => name !== "open" },
    }),
  paused,
);

pause.hidden = false;
pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!paused()));
  say();
  if (!paused()) {
    refresh();
  }
});
setInterval(say, 1000);
link.follow(document.getElementById("contenu").dataset.stream, () => {
  say();
  refresh();
});
