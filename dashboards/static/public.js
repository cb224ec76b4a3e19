// The public's page: says so once what it shows is of another time, since it does not follow by itself.
const OLD_MS = 5 * 60 * 1000;
const CHECK_MS = 10 * 1000;
const began = Date.now(); // a telephone that sleeps stops other clocks
const old = document.getElementById("old");

function check() {
  if (Date.now() - began > OLD_MS) {
    old.textContent = old.dataset.old;
  }
}

setInterval(check, CHECK_MS);
document.addEventListener("visibilitychange", check);
