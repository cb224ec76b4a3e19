// Alerts that are heard: a sound, a notification and a title that flashes for each grave one that is new.
import { fill } from "./link.js";

const ON = "vigie-sound";
const HEARD = "vigie-heard"; // of all pages of this browser, so that one of them sounds
const FLASHES = 10;
const TONES = [[0, 880], [0.25, 660], [0.5, 880]]; // seconds, hertz
const button = document.getElementById("sound");
const FLASH = button.dataset.flash;
const notifications = new Map(); // those on the screen, by alert
let known = null; // of this page: by alert how grave it was, once the first have been seen
let told = new Set(); // of this page: of each grave alert, every queue or device that has been told
let open = []; // the alerts as they were last sent
let audio = null;
let flashing = 0;
let usual = ""; // the title while it does not flash

const on = () => localStorage.getItem(ON) === "on";
const heard = () => JSON.parse(localStorage.getItem(HEARD) ?? "[]");
const blocked = () => on() && audio?.state !== "running";

function read(root) {
  return [...root.querySelectorAll("[data-alert]")].map((element) => ({
    id: element.dataset.alert,
    severity: element.dataset.severity,
    audible: element.dataset.heard === "yes",
    // an alert that somebody has taken on is heard again only if it grows worse
    sounds: element.dataset.heard === "yes" && (element.dataset.state === "firing" || ["task", "week"].includes(known?.get(element.dataset.alert))),
    firing: element.dataset.state === "firing",
    // a queue that joins an alert is news, too; one that leaves it and comes back is not
    parts: (element.dataset.grave ?? "").split(" ").map((part) => `${element.dataset.alert} ${part}`),
    title: element.querySelector("strong").textContent.trim(),
  }));
}

function beep() {
  for (const [at, pitch] of TONES) {
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
  if (!("Notification" in window) || Notification.permission !== "granted") {
    return;
  }
  try {
    // one tag: of several pages that are open, one notification
    const shown = new Notification(alert.title, { tag: alert.id, body: "vigie", requireInteraction: true });
    shown.onclick = () => {
      window.focus();
      if (location.pathname === "/alertes") {
        location.hash = alert.id;
      } else {
        location.href = `/alertes#${alert.id}`;
      }
    };
    notifications.set(alert.id, { shown, firing: alert.firing });
  } catch {
    // some telephones know notifications, but not from a page
  }
}

function flash() {
  clearInterval(flashing);
  let times = 0;
  flashing = setInterval(() => {
    times += 1;
    if (times >= FLASHES) {
      calm();
    } else if (document.title === FLASH) {
      document.title = usual;
    } else {
      usual = document.title;
      document.title = FLASH;
    }
  }, 1000);
}

function calm() {
  clearInterval(flashing);
  if (document.title === FLASH) {
    document.title = usual;
  }
}

// Whether anything had to be made heard here, and was.
function ring() {
  if (!on()) {
    return false;
  }
  const before = new Set(heard());
  const sounding = open.filter((alert) => alert.sounds);
  const fresh = sounding.filter((alert) => alert.parts.some((part) => !before.has(part)));
  fresh.filter((alert) => !notifications.has(alert.id)).forEach(notify);
  if (blocked()) {
    return false;
  }
  // silenced ones are left out: they are news again when the silence is over
  const still = [...before].filter((part) => sounding.some((alert) => part.startsWith(`${alert.id} `)));
  localStorage.setItem(HEARD, JSON.stringify([...new Set([...still, ...sounding.flatMap((alert) => alert.parts)])]));
  if (fresh.length) {
    beep();
  }
  return fresh.length > 0;
}

// What is new in a list of alerts is made heard; `root` holds all that are open.
export function hear(root) {
  open = read(root);
  const fresh = known === null ? [] : open.filter((alert) => alert.sounds && (known.get(alert.id) !== "page" || alert.parts.some((part) => !told.has(part))));
  const others = known === null ? [] : open.filter((alert) => alert.severity !== "page" && alert.firing && !known.has(alert.id));
  for (const [id, text] of [["alarm", fresh], ["news", others]]) {
    if (text.length) {
      document.getElementById(id).textContent = text.map((alert) => fill(document.getElementById("alarm").dataset.said, alert)).join(". ");
    }
  }
  ring();
  if (fresh.length && on()) {
    flash();
  } else if (!open.some((alert) => alert.sounds)) {
    calm();
  }
  for (const [id, { shown, firing }] of notifications) {
    // taken on, silenced or over
    if (!open.some((alert) => alert.id === id && alert.audible && (alert.firing || !firing))) {
      shown.close();
      notifications.delete(id);
    }
  }
  const lasting = [...told].filter((part) => open.some((alert) => part.startsWith(`${alert.id} `)));
  told = new Set([...lasting, ...open.filter((alert) => alert.audible).flatMap((alert) => alert.parts)]);
  known = new Map(open.map((alert) => [alert.id, alert.severity === "page" && !alert.audible ? "silenced" : alert.severity]));
}

function show() {
  const silent = !("Notification" in window) || Notification.permission === "denied" || !isSecureContext;
  button.hidden = false;
  button.classList.toggle("on", on() && !blocked());
  button.classList.toggle("blocked", blocked());
  if (!on()) {
    button.textContent = button.dataset.off;
  } else if (blocked()) {
    button.textContent = button.dataset.blocked;
  } else {
    button.textContent = silent ? button.dataset.sound : button.dataset.on;
  }
  button.title = on() && silent ? button.dataset.why : "";
}

// A browser lets a page sound only after a click or a key there, each time it is opened.
function openAudio() {
  if (audio === null) {
    audio = new AudioContext();
    audio.onstatechange = () => {
      show();
      ring();
    };
  }
}

async function unblock() {
  if (blocked()) {
    openAudio();
    await audio.resume();
  }
}

button.addEventListener("click", async () => {
  if (blocked()) {
    await unblock();
    return;
  }
  localStorage.setItem(ON, on() ? "off" : "on");
  show();
  if (on()) {
    openAudio();
    await audio.resume();
    if (!ring()) {
      beep(); // so that it is known how it sounds, and that it does
    }
    if ("Notification" in window && Notification.permission === "default") {
      await Notification.requestPermission();
    }
    show();
  }
});
document.addEventListener("pointerdown", (event) => event.target !== button && unblock());
document.addEventListener("keydown", (event) => event.target !== button && unblock());
window.addEventListener("storage", show);

if (on()) {
  openAudio();
}
show();
hear(document);
document.addEventListener("vigie:shown", (event) => event.detail === "alerts" && hear(document));
