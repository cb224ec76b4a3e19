// The what-if panels of the board: the server's own page of a simulation, shown in place and kept up to date while open.
const EVERY_MS = 2000;
const panels = new Map(); // by area: the query shown, the request under way, when the last one began, a timer

function stateOf(details) {
  const { area } = details.dataset;
  if (!panels.has(area)) {
    panels.set(area, { query: "", asking: null, began: -EVERY_MS, timer: 0 });
  }
  return panels.get(area);
}

const panelOf = (details) => details.querySelector(".panel") ?? details.querySelector(".loading");

function tell(details, text) {
  const panel = panelOf(details);
  const outcome = panel.querySelector(".outcome");
  (outcome ?? panel).textContent = text;
}

// `chosen`: somebody has clicked and is to hear what it brings; otherwise only the hall has changed.
async function ask(details, query, chosen) {
  const state = stateOf(details);
  state.asking?.abort();
  clearTimeout(state.timer);
  state.timer = 0;
  const asking = (state.asking = new AbortController());
  state.query = query;
  state.began = performance.now();
  try {
    const answer = await fetch(`/what-if/${details.dataset.area}?${query}`, { signal: asking.signal });
    if (answer.status === 400 && query) {
      state.asking = null;
      ask(details, "", chosen); // another configuration: what was chosen is no longer there
      return;
    }
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(details, page.querySelector(".panel"), chosen);
  } catch (error) {
    if (error.name === "AbortError") {
      return;
    }
    tell(details, details.dataset.failed);
    state.timer = setTimeout(() => details.open && ask(details, state.query, chosen), EVERY_MS);
  }
  if (state.asking === asking) {
    state.asking = null;
  }
}

function show(details, panel, chosen) {
  const held = details.contains(document.activeElement) ? document.activeElement : null;
  Idiomorph.morph(panelOf(details), panel);
  if (held && !held.isConnected) {
    // a chip that was removed: on to the button that had chosen it
    (document.getElementById(held.dataset.toggle) ?? details.querySelector("summary")).focus();
  }
  if (chosen) {
    document.getElementById("announced").textContent = details.querySelector(".outcome").textContent;
  }
}

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details.what-if") && target.open) {
      ask(target, stateOf(target).query, false);
    }
  },
  true, // it does not bubble
);

document.addEventListener("submit", (event) => {
  const details = event.target.closest("details.what-if");
  if (details) {
    event.preventDefault();
    ask(details, new URLSearchParams(new FormData(event.target, event.submitter)).toString(), true);
  }
});

document.addEventListener("vigie:shown", ({ detail }) => {
  const details = document.getElementById(`what-if-${detail}`);
  const state = details?.open && stateOf(details);
  if (state && !state.timer && !state.asking) {
    state.timer = setTimeout(() => details.open && ask(details, state.query, false), Math.max(state.began + EVERY_MS - performance.now(), 0));
  }
});
