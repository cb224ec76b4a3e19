// The page's link to the server: the parts that it sends, whether they still come, and how that is shown.
const LATE_MS = 6000;
const AGAIN_MS = 2000;
const shown = document.getElementById("link");
const words = shown.querySelector(".words");
let last = performance.now();

export const late = () => performance.now() - last > LATE_MS;

export function say(state, text) {
  if (shown.dataset.state !== state) {
    shown.dataset.state = state;
    words.textContent = text;
  }
}

// `take` is given each part as an element; the same part comes again when the link is back.
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
      setTimeout(() => follow(address, take), AGAIN_MS);
    }
  };
}
