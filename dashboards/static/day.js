// A day's curves with one slider over all of them, the hall as it was at that instant, and what is usual, loaded later.
const main = document.getElementById("contenu");
const { area, date, queue, zone } = main.dataset;
const words = (name, values = {}) => main.dataset[`words${name}`].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const slider = document.getElementById("at");
const clockShown = document.getElementById("clock");
const instant = document.getElementById("instant");
const EVERY_MS = 30000;
const PATIENCE_MS = 20000;
const NARROW = 640;
const MINUTES = 5; // of the slider, to each instant of the grid
const format = new Intl.DateTimeFormat("fr-FR", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seconds = (at) => Date.parse(at) / 1000;
const clock = (at) => format.format(new Date(at * 1000));
const charts = [];
let first = Number(slider.min) / MINUTES;
let last = Infinity; // what is known goes so far; the slider goes as far as the curves' axis
let day;
let usual;

// As the pages say it: seconds, minutes with seconds below two, whole minutes, hours.
function duration(length) {
  if (length === null || length === undefined) {
    return "–";
  }
  const s = Math.floor(length);
  const m = Math.floor(s / 60);
  const two = (n) => String(n).padStart(2, "0");
  if (m === 0) {
    return words("Seconds", { s });
  }
  if (m === 1) {
    return words("Minute", { s: two(s % 60) });
  }
  return m < 60 ? words("Minutes", { m }) : words("Hours", { h: Math.floor(m / 60), m: two(m % 60) });
}

const place = () => Math.min(Number(slider.value) / MINUTES - first, last);
const shownSeries = () => (queue ? day.queues.find((one) => one.queue === queue) : day.all);

// ------------------------------------------------------------ the hall at an instant

function showInstant() {
  const n = place();
  slider.value = (n + first) * MINUTES;
  const at = seconds(day.at[n]);
  clockShown.textContent = clock(at);
  slider.setAttribute("aria-valuetext", words("Instant", { time: clock(at), n: shownSeries().waiting[n] ?? "–" }));
  const rows = new Map([...instant.querySelectorAll("tr[data-queue]")].map((row) => [row.dataset.queue, row]));
  for (const one of day.queues) {
    const row = rows.get(one.queue);
    if (row) {
      const [waiting, longest, counters] = row.querySelectorAll("td");
      waiting.textContent = one.waiting[n] ?? "–";
      longest.textContent = duration(one.longest_wait_s[n]);
      counters.textContent = one.counters_open[n] ?? "–";
      row.classList.toggle("late", one.limit_s !== null && one.longest_wait_s[n] > one.limit_s);
    }
  }
  const list = instant.querySelector("ul");
  const items = new Map([...list.children].map((item) => [item.dataset.counter, item]));
  for (const one of day.counters) {
    const item = items.get(one.counter);
    const state = one.state[n];
    if (item && state) {
      item.dataset.state = state;
      item.querySelector("span").textContent = list.dataset[state];
    }
  }
  charts.forEach((chart) => chart.redraw(false));
}

function move(n) {
  slider.value = (n + first) * MINUTES;
  showInstant();
}

// ------------------------------------------------------------ what is drawn behind and before the curves

function within(chart, draw) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox, (at) => chart.valToPos(at, "x", true), (value) => chart.valToPos(value, "y", true));
  ctx.restore();
}

// Closed hours are sunken; hours of which a device is missing are hatched.
function drawBehind(chart) {
  within(chart, (ctx, box, x) => {
    ctx.fillStyle = color("--sunken");
    ctx.fillRect(box.left, box.top, box.width, box.height);
    ctx.fillStyle = color("--surface");
    for (const [since, until] of day.open) {
      ctx.fillRect(x(seconds(since)), box.top, x(seconds(until)) - x(seconds(since)), box.height);
    }
    ctx.strokeStyle = color("--watch");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([]);
    for (const gap of day.gaps) {
      const [left, right] = [x(seconds(gap.since)), x(seconds(gap.until))];
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, box.top, Math.max(right - left, 2), box.height);
      ctx.clip();
      ctx.globalAlpha = 0.5;
      ctx.beginPath();
      for (let at = left - box.height; at < right; at += 9 * devicePixelRatio) {
        ctx.moveTo(at, box.top + box.height);
        ctx.lineTo(at + box.height, box.top);
      }
      ctx.stroke();
      ctx.restore();
    }
  });
}

function bandOf(name) {
  return usual?.series.find((one) => (one.queue ?? "") === queue)?.[name];
}

// Half of the same weekdays were within the band; the dotted line is their median.
function drawBand(chart, name, scale) {
  const band = name && bandOf(name);
  if (!band) {
    return;
  }
  within(chart, (ctx, _, x, y) => {
    const at = usual.at.map((moment) => x(seconds(moment)));
    ctx.beginPath();
    at.forEach((left, n) => ctx.lineTo(left, y(band.high[n] / scale)));
    for (let n = at.length - 1; n >= 0; n -= 1) {
      ctx.lineTo(at[n], y(band.low[n] / scale));
    }
    ctx.globalAlpha = 0.25;
    ctx.fillStyle = color("--muted");
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    at.forEach((left, n) => ctx.lineTo(left, y(band.median[n] / scale)));
    ctx.strokeStyle = color("--muted");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.stroke();
  });
}

function drawLimit(chart) {
  const limit = shownSeries().limit_s;
  if (limit !== null) {
    within(chart, (ctx, box, _, y) => {
      ctx.beginPath();
      ctx.moveTo(box.left, y(limit / 60));
      ctx.lineTo(box.left + box.width, y(limit / 60));
      ctx.strokeStyle = color("--late");
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.setLineDash([7 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.stroke();
    });
  }
}

// From when each fired to its end, at the top, with a stroke where somebody took it on.
function drawAlerts(chart) {
  const lanes = [];
  within(chart, (ctx, box, x) => {
    for (const alert of [...(day.alerts ?? [])].sort((a, b) => a.fired_at.localeCompare(b.fired_at))) {
      const since = Math.max(x(seconds(alert.fired_at)), box.left);
      const until = alert.resolved_at ? x(seconds(alert.resolved_at)) : x(seconds(day.until));
      const free = lanes.findIndex((end) => end < since);
      const lane = free < 0 ? lanes.length : free;
      lanes[lane] = Math.max(until, since + 4);
      const top = box.top + (2 + lane * 7) * devicePixelRatio;
      ctx.fillStyle = color(alert.severity === "page" ? "--late" : "--watch");
      ctx.fillRect(since, top, Math.max(until - since, 4), 4 * devicePixelRatio);
      if (alert.acknowledged_at) {
        ctx.fillStyle = color("--text");
        ctx.fillRect(x(seconds(alert.acknowledged_at)), top - 2 * devicePixelRatio, 2 * devicePixelRatio, 8 * devicePixelRatio);
      }
    }
  });
}

function drawHand(chart) {
  within(chart, (ctx, box, x) => {
    const left = x(seconds(day.at[place()]));
    ctx.fillStyle = color("--text");
    ctx.fillRect(left - devicePixelRatio / 2, box.top, 1.5 * devicePixelRatio, box.height);
  });
}

// ------------------------------------------------------------ the curves

const inMinutes = (values) => values.map((value) => (value === null ? null : value / 60));
const stepped = () => uPlot.paths.stepped({ align: 1 });
const line = (name, more = {}) => ({ stroke: () => color(name), width: 2, points: { show: false }, ...more });
const CHARTS = [
  {
    id: "waits",
    usual: "longest_wait_s",
    scale: 60,
    data: (of) => [inMinutes(of.longest_wait_s), inMinutes(of.called_wait_s)],
    series: () => [
      line("--accent"),
      line("--missed", { paths: () => null, points: { show: true, size: 5, fill: () => color("--missed") } }),
    ],
    least: (of) => Math.max((of.limit_s ?? 0) / 60 * 1.25, 1),
    before: (chart) => {
      drawLimit(chart);
      drawAlerts(chart);
    },
  },
  { id: "waiting", usual: "waiting", scale: 1, data: (of) => [of.waiting], series: () => [line("--accent", { paths: stepped() })], least: () => 4 },
  {
    id: "counters",
    scale: 1,
    data: (of) => [of.counters_open, of.waiting_per_counter],
    series: () => [line("--accent", { paths: stepped() }), line("--missed", { dash: [5, 4], paths: stepped() })],
    least: () => 4,
  },
];

function options(chart, holder) {
  const axis = {
    stroke: () => color("--muted"),
    grid: { stroke: () => color("--line"), width: 1 },
    ticks: { show: false },
    font: `${Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8)}px ${color("--font")}`,
  };
  return {
    ...size(holder),
    legend: { show: false },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    cursor: { drag: { x: false, y: false }, sync: { key: "day" }, y: false, points: { show: false } },
    padding: [8, 22, 0, 0],
    scales: {
      x: { time: true, range: (_, low, high) => [low, high] },
      y: {
        range: (_, low, high) => [0, Math.max(high ?? 0, ...(bandOf(chart.usual)?.high ?? [0]).map((one) => one / chart.scale), chart.least(shownSeries())) * 1.08],
      },
    },
    axes: [
      { ...axis, size: 26, space: 56, incrs: [1800, 3600, 7200, 10800, 14400], values: (_, splits) => splits.map(clock) },
      { ...axis, size: 38, space: 26, incrs: [1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 600] },
    ],
    series: [{}, ...chart.series()],
    hooks: {
      drawClear: [drawBehind],
      drawAxes: [(drawn) => drawBand(drawn, chart.usual, chart.scale)],
      draw: [chart.before ?? (() => {}), drawHand],
    },
  };
}

const size = (holder) => ({ width: holder.clientWidth, height: holder.clientHeight });
const dataOf = (chart) => [day.at.map(seconds), ...chart.data(shownSeries())];

function draw() {
  if (charts.length) {
    charts.forEach((drawn, n) => drawn.setData(dataOf(CHARTS[n])));
    return;
  }
  for (const chart of CHARTS) {
    const holder = document.getElementById(chart.id);
    holder.hidden = false;
    const drawn = new uPlot(options(chart, holder), dataOf(chart), holder);
    const point = (event) => {
      if (event.buttons === 1) {
        move(drawn.posToIdx(event.clientX - drawn.over.getBoundingClientRect().left));
      }
    };
    drawn.over.addEventListener("pointerdown", point);
    drawn.over.addEventListener("pointermove", point);
    new ResizeObserver(() => drawn.setSize(size(holder))).observe(holder);
    charts.push(drawn);
  }
}

// ------------------------------------------------------------ what is asked of the server

const address = `/api/v1/areas/${encodeURIComponent(area)}/day`;

async function load() {
  const answer = await fetch(`${address}?date=${date}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) {
    throw new Error(answer.statusText);
  }
  const following = !day || place() === last;
  day = await answer.json();
  first = day.first;
  last = Math.max(shownSeries().waiting.findLastIndex((value) => value !== null), 0);
  slider.min = first * MINUTES;
  slider.max = (first + day.at.length - 1) * MINUTES;
  if (following && main.dataset.live) {
    slider.value = (first + last) * MINUTES;
  }
  draw();
  showInstant();
}

async function compare() {
  const shown = document.getElementById("usual");
  const [progress, said] = [shown.querySelector("progress"), shown.querySelector("span")];
  shown.hidden = false;
  try {
    const answer = await fetch(`${address}/usual?date=${date}`);
    const lines = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    let told;
    for (let part = await lines.read(); !part.done; part = await lines.read()) {
      text += part.value;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        told = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        progress.max = told.of ?? progress.max;
        progress.value = told.read ?? progress.value;
      }
    }
    if (!answer.ok || told?.usual === undefined) {
      throw new Error(told?.error);
    }
    usual = told.usual;
    const dates = (usual?.days ?? []).map((one) => new Date(`${one}T12:00Z`).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "numeric", timeZone: "UTC" }));
    said.textContent = usual ? words("Usual", { n: dates.length, days: dates.join(", ") }) : words("Few");
  } catch {
    said.textContent = words("None");
  }
  progress.hidden = true;
  if (usual) {
    document.querySelectorAll(".key.band").forEach((key) => (key.hidden = false));
    charts.forEach((drawn, n) => drawn.setData(dataOf(CHARTS[n])));
  }
}

// The day in course: its words as the server writes them, then its curves; every half minute, while it is looked at.
async function refresh(link) {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok || link.signedOut(answer)) {
      throw new Error(answer.statusText);
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById("contenu").dataset.date !== date || !page.getElementById("facts")) {
      location.reload(); // another day has begun
      return;
    }
    for (const id of ["facts", "told"]) {
      Idiomorph.morph(document.getElementById(id), page.getElementById(id), {
        callbacks: { beforeAttributeUpdated: (name) => name !== "open" },
      });
    }
    await load();
    document.body.classList.remove("stale");
    link.say("live", words("Live"));
  } catch {
    document.body.classList.add("stale");
    link.say("lost", words("Lost", { time: clock(seconds(day.until)) }));
  }
}

// ------------------------------------------------------------ the beginning

document.getElementById("see").hidden = true;
slider.addEventListener("input", () => day && showInstant());
slider.form.addEventListener("submit", (event) => event.preventDefault());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.redraw()));

try {
  await load();
  compare();
  if (main.dataset.live) {
    const link = await import("./link.js");
    link.say("live", words("Live"));
    setInterval(() => refresh(link), EVERY_MS);
  }
} catch {
  const unread = document.getElementById("unread");
  unread.hidden = false;
  unread.textContent = words("Unread");
}
