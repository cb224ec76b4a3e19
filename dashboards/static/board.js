// Keeps the board's parts as the server last sent them, and says when nothing comes any more.
import * as link from "./link.js";

const AGAIN_MS = 600000; // what was so, then not, then again, is news after so long
const pause = document.getElementById("pause");
const announced = document.getElementById("announced");
const usual = document.title;
const held = new Map(); // by id, what came while the display was held
let known = new Map(); // the banners that have been announced, by what they are about
const told = new Map(); // the late queues and the breaches that have been announced, with when they were last shown

const paused = () => pause.getAttribute("aria-pressed") === "true";

const shownAt = () => document.querySelector(".at time").textContent;

function show(part) {
  const shown = document.getElementById(part.id);
  if (shown) {
    // what somebody has opened stays open
    Idiomorph.morph(shown, part, { callbacks: { beforeAttributeUpdated: (name) => name !== "open" } });
    document.dispatchEvent(new CustomEvent("vigie:shown", { detail: part.id.replace(/^area-/, "") }));
  } else {
    location.reload(); // another configuration: other areas
  }
}

// A screen reader hears what is new and grave, once; not every figure that moves.
function announce() {
  const banners = new Map([...document.querySelectorAll(".banner")].map((banner) => [banner.dataset.kind, banner.textContent.trim()]));
  const fresh = [...banners].filter(([kind]) => !known.has(kind)).map(([, text]) => text);
  const late = [...document.querySelectorAll("tr.late > th")];
  for (const queue of late) {
    tell(fresh, `late ${queue.closest("tr").id}`, link.fill(announced.dataset.late, { name: queue.textContent.trim() }));
  }
  // on the telephone they come and go with every call
  for (const breach of document.querySelectorAll(".area.hall tr.watch .breach")) {
    const row = breach.closest("tr");
    tell(fresh, `breach ${row.id}`, link.fill(announced.dataset.breach, { name: row.querySelector("th").textContent.trim(), sentence: breach.querySelector(".sr").textContent }));
  }
  if (fresh.length) {
    announced.textContent = fresh.join(". ");
  }
  known = banners;
  document.title = `${late.length ? `(${late.length}) ` : ""}${usual}`;
}

// What comes and goes is told once, and again when it was away for long.
function tell(fresh, kind, text) {
  if (!(performance.now() - told.get(kind) < AGAIN_MS)) {
    fresh.push(text);
  }
  told.set(kind, performance.now());
}

function take(part) {
  // alerts are shown though the display is held: it is the figures that somebody wants to read in peace
  if (part.id === "alerts") {
    show(part);
  } else if (paused()) {
    held.set(part.id, part);
  } else {
    document.body.classList.remove("stale");
    link.say("live", link.words("live"));
    show(part);
    announce();
  }
}

setInterval(() => {
  document.body.classList.toggle("stale", link.late());
  if (link.late()) {
    link.say("lost", link.words("lostSince", { hour: shownAt() }));
  } else if (paused()) {
    link.say("paused", link.words("held", { hour: shownAt() }));
  } else {
    link.say("live", link.words("live"));
  }
}, 1000);

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!paused()));
  link.say(paused() ? "paused" : "live", paused() ? link.words("held", { hour: shownAt() }) : link.words("live"));
  if (!paused()) {
    held.forEach(show);
    held.clear();
    announce();
  }
});

announce();
link.follow(document.querySelector("main").dataset.stream, take);
