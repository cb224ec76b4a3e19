// Alerts that are heard: a sound and a notification for each that is new; and /alertes kept up to date while one types.
const KEY = "vigie-sound";
const WHO = "vigie-who";
const EVERY_MS = 2000;
const button = document.getElementById("sound");
let known = null; // ids that sound, once the first have been seen: whoever comes back is not called for what is old
let audio = null;
let flashing = 0;

const on = () => localStorage.getItem(KEY) === "on";

function beep() {
  audio ??= new AudioContext();
  for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.25, audio.currentTime + at);
    loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.22);
    tone.connect(loudness).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.23);
  }
}

function notify(alert) {
  const title = alert.querySelector("strong").textContent.trim();
  if ("Notification" in window && Notification.permission === "granted") {
    // one tag: of several pages that are open, one notification
    const shown = new Notification(title, { tag: alert.dataset.alert, body: "vigie", icon: "/static/vigie.svg", requireInteraction: true });
    shown.onclick = () => {
      window.focus();
      location.href = `/alertes#${alert.dataset.alert}`;
    };
  }
}

function flash() {
  clearInterval(flashing);
  const usual = document.title;
  let times = 0;
  flashing = setInterval(() => {
    times += 1;
    document.title = times % 2 ? "■ ALERTE ■" : usual;
    if (times >= 10) {
      clearInterval(flashing);
      document.title = usual;
    }
  }, 1000);
}

function hear() {
  const sounding = new Map([...document.querySelectorAll('[data-alert][data-sounding="yes"]')].map((alert) => [alert.dataset.alert, alert]));
  const fresh = known === null ? [] : [...sounding].filter(([id]) => !known.has(id));
  known = new Set(sounding.keys());
  if (!fresh.length) {
    return;
  }
  const announced = document.getElementById("announced");
  if (announced) {
    announced.textContent = fresh.map(([, alert]) => `Alerte : ${alert.querySelector("strong").textContent.trim()}`).join(". ");
  }
  if (on()) {
    beep();
    fresh.forEach(([, alert]) => notify(alert));
    flash();
  }
}

function show() {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(on()));
  button.textContent = on() ? "Son et notifications actifs" : "Activer le son et les notifications";
}

button?.addEventListener("click", async () => {
  localStorage.setItem(KEY, on() ? "off" : "on");
  show();
  if (on()) {
    beep(); // so that it is known how it sounds, and that it does
    if ("Notification" in window && Notification.permission === "default") {
      await Notification.requestPermission();
    }
  }
});

// A function once typed is there the next time.
function fill() {
  const who = localStorage.getItem(WHO) ?? "";
  for (const field of document.querySelectorAll('input[name="who"]')) {
    if (!field.value) {
      field.value = who;
    }
  }
}

document.addEventListener("submit", (event) => {
  const who = event.target.querySelector('input[name="who"]:not(.who)')?.value.trim();
  if (who) {
    localStorage.setItem(WHO, who);
  }
  for (const field of event.target.querySelectorAll(".who")) {
    field.value = localStorage.getItem(WHO) ?? "";
  }
});

// ------------------------------------------------------------ the page of alerts

const page = document.querySelector(".alerts-page");
const link = document.getElementById("link");

function say(state, text) {
  if (link.dataset.state !== state) {
    link.dataset.state = state;
    link.querySelector(".words").textContent = text;
  }
}

let asking = false;
let again = false;
let asked = 0;

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  await new Promise((done) => setTimeout(done, Math.max(0, asked + EVERY_MS - performance.now())));
  asked = performance.now();
  try {
    const answer = await fetch(location.pathname + location.search.replace(/[?&]fait=[^&]*/, ""));
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["open", "past"]) {
        Idiomorph.morph(document.getElementById(id), fresh.getElementById(id), {
          callbacks: {
            // what somebody is typing, or has opened, stays
            beforeNodeMorphed: (node, other) => !(node instanceof HTMLFormElement && node.getAttribute("action") === other?.getAttribute?.("action")),
            beforeAttributeUpdated: (name) => name !== "open",
          },
        });
      }
      fill();
      hear();
    }
  } catch {
    // the stream says that the server is away
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

function connect() {
  const source = new EventSource("/stream/board");
  source.addEventListener("open", () => {
    say("live", "En direct");
    refresh();
  });
  source.addEventListener("part", (event) => {
    if (event.data.includes('id="alerts"')) {
      refresh();
    }
  });
  source.onerror = () => {
    say("lost", "Liaison perdue, nouvel essai en cours");
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(connect, EVERY_MS);
    }
  };
}

show();
fill();
hear();
if (page) {
  connect();
} else {
  document.addEventListener("vigie:shown", (event) => event.detail === "alerts" && hear());
}
