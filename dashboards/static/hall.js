// A hall's screen: keeps going by itself, says so when it cannot, and shows anew what is called.
const LATE_MS = 15000; // then what is shown is of another time
const AGAIN_MS = 3000;
const PAGE_MS = 10000; // of queues, where not all fit
const FRESH_MS = 12000; // a new call stands out for so long
const OLD_MS = 20 * 3600 * 1000; // a page is loaded anew once a day, while the hall is closed
const began = performance.now();
const gone = document.getElementById("gone");
let heard = performance.now();
let version = document.getElementById("hall").dataset.version;
let known = null;
let shown = 0; // which page of queues
let renewing = false;

function stand(hall) {
  const calls = [...hall.querySelectorAll("[data-call]")];
  for (const call of calls) {
    if (known !== null && !known.has(call.dataset.call)) {
      call.classList.add("fresh");
      setTimeout(() => document.querySelectorAll(`[data-call="${CSS.escape(call.dataset.call)}"]`).forEach((one) => one.classList.remove("fresh")), FRESH_MS);
    }
  }
  known = new Set(calls.map((call) => call.dataset.call));
}

// As many calls as fit, the newest: an older one is left out whole rather than cut.
function fit() {
  const calls = [...document.querySelectorAll("#hall .calls li")];
  calls.forEach((call) => (call.hidden = false));
  if (getComputedStyle(document.body).overflow !== "hidden") {
    return;
  }
  for (const call of calls.slice(1).reverse()) {
    if (call.getBoundingClientRect().bottom <= innerHeight) {
      return;
    }
    call.hidden = true;
  }
}

// Only where there is something to load: a screen that shows an error has nobody who would load it again.
async function renew() {
  if (renewing) {
    return;
  }
  renewing = true;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok && !answer.redirected) {
      location.reload();
      return;
    }
  } catch {
    // with the next part
  }
  renewing = false;
}

// As many queues as fit, the others in turn: none is cut, none is left out.
function turn(next) {
  const list = document.querySelector("#hall .lines ul");
  if (!list) {
    return;
  }
  const counter = document.querySelector("#hall .pages");
  const rows = [...list.children];
  rows.forEach((row) => (row.hidden = false));
  const pages = [[]];
  if (getComputedStyle(document.body).overflow === "hidden") {
    const room = list.parentElement.getBoundingClientRect().bottom - list.getBoundingClientRect().top - counter.offsetHeight;
    let used = 0;
    for (const row of rows) {
      if (used + row.offsetHeight > room && pages.at(-1).length) {
        pages.push([]);
        used = 0;
      }
      pages.at(-1).push(row);
      used += row.offsetHeight;
    }
  } else {
    pages[0] = rows;
  }
  shown = (shown + (next ? 1 : 0)) % pages.length;
  rows.forEach((row) => (row.hidden = !pages[shown].includes(row)));
  counter.textContent = pages.length > 1 ? `${shown + 1} / ${pages.length}` : "";
}

function take(part) {
  heard = performance.now();
  gone.hidden = true;
  document.body.classList.remove("late");
  if (part.dataset.version !== version) {
    renew();
    return;
  }
  const fresh = new Set([...document.querySelectorAll(".fresh")].map((one) => one.dataset.call));
  Idiomorph.morph(document.getElementById("hall"), part);
  const hall = document.getElementById("hall");
  hall.querySelectorAll("[data-call]").forEach((one) => one.classList.toggle("fresh", fresh.has(one.dataset.call)));
  stand(hall);
  fit();
  turn(false);
  if (hall.dataset.open === "no" && performance.now() - began > OLD_MS) {
    renew();
  }
}

function follow() {
  const source = new EventSource(`/hall/${document.body.dataset.area}/stream`);
  source.addEventListener("part", (event) => take(new DOMParser().parseFromString(event.data, "text/html").body.firstElementChild));
  source.addEventListener("still", () => {
    heard = performance.now();
    gone.hidden = true;
    document.body.classList.remove("late");
  });
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(follow, AGAIN_MS);
    }
  };
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // a screen that is plugged in stays on anyway
  }
}

setInterval(() => {
  if (performance.now() - heard > LATE_MS) {
    gone.hidden = false;
    document.body.classList.add("late");
  }
}, 1000);
setInterval(() => turn(true), PAGE_MS);
addEventListener("resize", () => {
  fit();
  turn(false);
});
document.addEventListener("visibilitychange", () => document.hidden || stayAwake());
stand(document.getElementById("hall"));
fit();
turn(false);
stayAwake();
follow();
