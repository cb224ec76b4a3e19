// The page's link to the server: the parts that it sends, whether they still come, and how that is shown.
const LATE_MS = 6000;
const AGAIN_MS = 2000;
const shown = document.getElementById("link");
const told = shown.querySelector(".words");
let last = performance.now();

export const late = () => performance.now() - last > LATE_MS;

// Whether an answer says that nobody is signed in any more; the page then says how to go on.
export function signedOut(answer) {
  const out = answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/connexion");
  if (out && !document.getElementById("expired")) {
    const banner = document.createElement("p");
    banner.id = "expired";
    banner.className = "banner stale";
    banner.setAttribute("role", "alert");
    const way = Object.assign(document.createElement("a"), { href: "/connexion", target: "_blank" });
    way.textContent = document.body.dataset.signIn;
    banner.append(`${document.body.dataset.expired} `, way);
    document.querySelector("main").before(banner);
  }
  return out;
}

// What the page has for it in its language, with the names in it filled in.
export const words = (name, values = {}) => fill(shown.dataset[name], values);

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export function say(state, text) {
  if (shown.dataset.state !== state) {
    shown.dataset.state = state;
    told.textContent = text;
  }
}

// `take` is given each part as an element; the same part comes again when the link is back.
async function again(address, take) {
  try {
    const answer = await fetch("/api/v1/session", { signal: AbortSignal.timeout(LATE_MS) });
    // without sign-in there is no such address
    if (answer.ok && !(await answer.json()).signed_in) {
      signedOut({ status: 401 });
    } else {
      document.getElementById("expired")?.remove();
    }
  } catch {
    // the link says that the server is away
  }
  follow(address, take);
}

export function follow(address, take) {
  const source = new EventSource(address);
  source.addEventListener("part", (event) => {
    last = performance.now();
    take(new DOMParser().parseFromString(event.data, "text/html").body.firstElementChild);
  });
  source.addEventListener("still", () => {
    last = performance.now();
  });
  source.onerror = () => {
    // a refused connection is final to EventSource, not to us: the server may only be starting again
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => again(address, take), AGAIN_MS);
    }
  };
}
