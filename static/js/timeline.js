/* The page of a run: the frame starts where the run is, what is new plays lane by lane, and a run
   with a live model is followed. Without this file the same page works by reloading it. */

const STEP = 70;
const LONGEST = 3500;
const PAUSE = 1000;

const run = document.querySelector("[data-run]");
const still = matchMedia("(prefers-reduced-motion: reduce)");

function toTheEnd() {
  const frame = document.querySelector("[data-timeline]");
  const now = document.querySelector("#now");
  if (frame) {
    const left = now ? now.getBoundingClientRect().left - frame.getBoundingClientRect().left : null;
    frame.scrollLeft += left === null ? frame.scrollWidth : left - frame.clientWidth * 0.6;
  }
  const list = document.querySelector("[data-list]");
  if (list) list.scrollTop = list.scrollHeight;
}

function play(seen) {
  if (still.matches) return;
  const fresh = [...document.querySelectorAll(".score [data-seq]")]
    .filter((mark) => Number(mark.dataset.seq) > seen)
    .sort((one, other) => Number(one.dataset.seq) - Number(other.dataset.seq));
  const step = Math.min(STEP, LONGEST / Math.max(1, fresh.length));
  fresh.forEach((mark, place) => {
    mark.classList.add("arriving");
    setTimeout(() => mark.classList.replace("arriving", "arrived"), step * (place + 1));
  });
}

const key = `tutti-seen-${location.pathname}`;

function seen() {
  try {
    return Number(sessionStorage.getItem(key) ?? 0);
  } catch {
    return Infinity; // storage is closed: nothing is new, nothing moves
  }
}

function remember(last) {
  try {
    sessionStorage.setItem(key, String(last));
  } catch {
    /* then everything counts as seen */
  }
}

async function look() {
  const { events, last } = run.dataset;
  const answer = await fetch(`${events}?after=${last}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return true;
  const told = await answer.json();
  if (told.state !== "running") {
    location.assign(told.page);
    return false;
  }
  if (told.events.length) await renew();
  return true;
}

async function renew() {
  const before = Number(run.dataset.last);
  const answer = await fetch(location.pathname);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["[data-timeline]", "[data-list]", "[data-status]", "[data-left]"]) {
    const fresh = page.querySelector(part);
    const old = document.querySelector(part);
    if (fresh && old) old.replaceChildren(...fresh.childNodes);
  }
  run.dataset.last = page.querySelector("[data-run]")?.dataset.last ?? run.dataset.last;
  toTheEnd();
  play(before);
  remember(run.dataset.last);
}

async function follow() {
  let going = true;
  try {
    going = await look();
  } catch {
    /* offline: the run goes on without us, and the next look shows it */
  }
  if (going) setTimeout(follow, PAUSE);
}

if (run) {
  if (!location.hash) toTheEnd();
  play(seen());
  remember(run.dataset.last);
  if (run.dataset.state === "running") setTimeout(follow, PAUSE);
}
