// The pages of exports: how far the one under way is, and the page anew once it is over.
import * as link from "./link.js";

const WHO = "vigie-who";
const BUSY_MS = 1000;
const IDLE_MS = 10000;
const PATIENCE_MS = 10000;
const main = document.getElementById("contenu");
const shown = document.getElementById("shown");
const told = document.getElementById("told");

// A function once typed is there the next time.
function fill() {
  for (const field of document.querySelectorAll('input[name="who"]')) {
    field.value ||= localStorage.getItem(WHO) ?? "";
  }
}

async function asked(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok || link.signedOut(answer)) {
    throw new Error(answer.statusText);
  }
  return answer;
}

async function renew() {
  const page = new DOMParser().parseFromString(await (await asked(location.href)).text(), "text/html");
  Idiomorph.morph(shown, page.getElementById("shown"), {
    callbacks: {
      // what somebody writes in is left alone
      beforeNodeMorphed: (node) => node !== document.activeElement || !node.matches("input, select"),
      beforeAttributeUpdated: (name) => name !== "open" && name !== "value",
    },
  });
  fill();
}

function show({ job, words }) {
  const bar = document.getElementById("progress");
  if (bar && job) {
    if (job.of) {
      bar.max = job.of;
      bar.value = job.done;
    }
    document.getElementById("progress-words").textContent = words;
  }
}

async function look() {
  let now;
  try {
    now = await (await asked("/exports/progress")).json();
    if (now.state !== shown.dataset.state) {
      await renew();
      told.textContent = now.job ? now.words : main.dataset.over;
    }
    show(now);
    link.say("live", main.dataset.live);
  } catch {
    link.say("lost", main.dataset.lost);
  }
  setTimeout(look, now?.job ? BUSY_MS : IDLE_MS);
}

document.addEventListener("submit", (event) => {
  const who = event.target.querySelector('input[name="who"]')?.value.trim();
  if (who) {
    localStorage.setItem(WHO, who);
  }
});

fill();
look();
