// The page of alerts: kept up to date while somebody types, and what they ask for done without leaving it.
import { hear } from "./alerts.js";
import { PATIENCE_MS, asking } from "./asking.js";
import * as link from "./link.js";

const WHO = "vigie-who";
const shown = document.getElementById("shown");
const said = document.getElementById("said");
let waiting = 0;

// A function once typed is there the next time.
function fill() {
  for (const field of document.querySelectorAll('input[name="who"]')) {
    field.value ||= localStorage.getItem(WHO) ?? "";
  }
}

function morph(page) {
  Idiomorph.morph(shown, page.getElementById("shown"), {
    callbacks: {
      // what somebody has typed, chosen or opened stays
      beforeNodeMorphed: (node) => !node.matches?.("input, textarea"),
      beforeAttributeUpdated: (name, node) => name !== "open" && !(name === "selected" && node.matches("option")),
    },
  });
  // the alert may be over meanwhile, and its form folded away with what was typed there
  for (const note of shown.querySelectorAll("details:not([open]) textarea")) {
    if (note.value) {
      note.closest("details").open = true;
    }
  }
  document.title = page.title;
  fill();
}

function address() {
  const query = new URLSearchParams(location.search);
  query.delete("fait");
  return `/alertes?${query}`;
}

const refresh = asking(address, morph);

function tell(text) {
  said.textContent = text;
  clearTimeout(waiting);
}

async function send(form, submitter) {
  const who = form.querySelector('input[name="who"]')?.value.trim();
  if (who) {
    localStorage.setItem(WHO, who);
  }
  form.dataset.busy = "yes";
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (link.signedOut(answer)) {
      tell(document.body.dataset.expired);
      delete form.dataset.busy;
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    tell(page.getElementById("said")?.textContent ?? `${page.querySelector("h1").textContent} ${said.dataset.nothing}`);
    if (answer.ok) {
      for (const field of form.querySelectorAll('textarea, input[name="reason"]')) {
        field.value = "";
      }
      form.closest("details.quiet")?.removeAttribute("open");
      waiting = setTimeout(() => tell(""), PATIENCE_MS);
      morph(page);
    }
  } catch {
    tell(said.dataset.unsure);
  }
  delete form.dataset.busy;
}

document.addEventListener("submit", (event) => {
  if (event.target.matches(".leave")) {
    return; // signing out leads to another page, of another site even
  }
  event.preventDefault();
  if (!event.target.dataset.busy) {
    send(event.target, event.submitter);
  }
});

setInterval(() => {
  document.body.classList.toggle("stale", link.late());
  link.say(...(link.late() ? ["lost", link.words("lost")] : ["live", link.words("live")]));
}, 1000);

fill();
link.follow("/stream/alerts", (part) => {
  link.say("live", link.words("live"));
  hear(part);
  refresh();
});
