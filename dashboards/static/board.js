// Keeps the board's areas as the server last sent them, and says when nothing comes any more.
const LATE_MS = 6000;
const link = document.getElementById("link");
const words = link.querySelector(".words");
const pause = document.getElementById("pause");
const held = new Map(); // what came while the display was held
let source;
let last = 0;

function say(state, text) {
  if (link.dataset.state !== state) {
    link.dataset.state = state;
    words.textContent = text;
  }
}

function show(html) {
  const part = new DOMParser().parseFromString(html, "text/html").body;
  const area = part.querySelector("h2[id^=title-]").id.slice("title-".length);
  const section = document.getElementById(`area-${area}`);
  Idiomorph.morph(section, part.innerHTML, { morphStyle: "innerHTML", ignoreActiveValue: true });
}

function take(event) {
  last = performance.now();
  const paused = pause.getAttribute("aria-pressed") === "true";
  if (paused) {
    held.set(/id="title-([a-z0-9-]+)"/.exec(event.data)[1], event.data);
    return;
  }
  document.body.classList.remove("stale");
  say("live", "En direct");
  show(event.data);
}

function connect() {
  source = new EventSource("/stream/board");
  source.addEventListener("area", take);
  source.onerror = () => {
    // a refused connection is for ever to EventSource, not to us: the server may only be starting again
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(connect, 2000);
    }
  };
}

setInterval(() => {
  if (pause.getAttribute("aria-pressed") === "true") {
    say("paused", "Affichage figé");
  } else if (performance.now() - last > LATE_MS) {
    document.body.classList.add("stale");
    say("lost", "Liaison perdue : chiffres figés, nouvel essai en cours");
  }
}, 1000);

pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", paused);
  pause.textContent = paused ? "Reprendre" : "Figer l’affichage";
  if (paused) {
    say("paused", "Affichage figé");
  } else {
    say("live", "En direct");
    held.forEach(show);
    held.clear();
  }
});

last = performance.now();
connect();
