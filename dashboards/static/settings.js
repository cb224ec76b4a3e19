// The page of what supervisors change: kept up to date but for the forms that somebody has begun to fill in.
import * as link from "./link.js";

const WHO = "vigie-who";
const EVERY_MS = 10000;
const PATIENCE_MS = 10000;
const main = document.getElementById("contenu");
const said = document.getElementById("said");
const shown = document.getElementById("shown");
let asking = false;

// A function once typed is there the next time.
function fill() {
  for (const field of document.querySelectorAll('input[name="who"]')) {
    field.value ||= localStorage.getItem(WHO) ?? "";
  }
}

function preview(field) {
  const there = document.getElementById(field.dataset.preview);
  there.textContent = field.value.trim();
  there.closest(".preview").hidden = !there.textContent;
}

const inHand = (form) => form.dataset.begun || form.contains(document.activeElement);

async function refresh() {
  if (asking || document.hidden) {
    return;
  }
  asking = true;
  try {
    const answer = await fetch("/reglages", { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !link.signedOut(answer)) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      Idiomorph.morph(shown, page.getElementById("shown"), {
        callbacks: {
          beforeNodeMorphed: (node) => !(node.matches?.(".preview") || (node.matches?.("form") && inHand(node))),
          beforeNodeRemoved: (node) => ![...(node.querySelectorAll?.("form") ?? [])].some(inHand),
          beforeAttributeUpdated: (name) => name !== "open",
        },
      });
      fill();
    }
  } catch {
    // the link says that the server is away
  }
  asking = false;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form) {
    form.dataset.begun = "yes";
  }
  if (event.target.dataset.preview) {
    preview(event.target);
  }
});

document.addEventListener("submit", (event) => {
  const who = event.target.querySelector('input[name="who"]')?.value.trim();
  if (who) {
    localStorage.setItem(WHO, who);
  }
});

document.addEventListener("visibilitychange", refresh);
setInterval(refresh, EVERY_MS);
setInterval(() => {
  document.body.classList.toggle("stale", link.late());
  link.say(...(link.late() ? ["lost", main.dataset.lost] : ["live", main.dataset.live]));
}, 1000);

// what an error has kept was typed
document.querySelectorAll("textarea[data-preview]").forEach(preview);
if (said.classList.contains("said")) {
  setTimeout(() => said.replaceChildren(), PATIENCE_MS);
}
fill();
link.follow("/stream/alerts", () => link.say("live", main.dataset.live));
