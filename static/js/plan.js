/* The plan page made smoother: changes without a reload, and stages that can be dragged.
   Every form works without this; what it cannot do here, it leaves to the browser. */

const saved = document.getElementById("saved");
let planner = document.getElementById("planner");
let busy = false;

const say = (words) => {
  saved.textContent = words;
};

/* Puts the answer's page in the place of this one and keeps the hand where it was. */
const show = (text, address, from) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("planner");
  if (!fresh) return false;
  planner.replaceWith(fresh);
  planner = fresh;
  saved.innerHTML = page.getElementById("saved").innerHTML;
  history.replaceState(null, "", address);
  const problem = planner.querySelector("[data-focus]");
  const added = from === "rule-more-add" ? [...planner.querySelectorAll(".condition [name=value]")].at(-1) : null;
  const again = from && document.getElementById(from);
  const next = problem || added || (again && !again.disabled ? again : null) || opened(from);
  next?.focus();
  return true;
};

/* Where to go on when the button that was pressed has gone: the form that opened, or its section. */
const opened = (from) => {
  const near = { genius: "#undo", starter: "#undo", undo: "#stages", rule: "#rules", checkpoint: "#checkpoints", budget: "#budget" };
  const [what] = (from || "").split("-");
  const found = planner.querySelector(near[what] || "#stage") || planner.querySelector("#stages");
  if (found && !found.matches("a, button, input, select, form")) found.tabIndex = -1;
  return found;
};

const send = async (form, button) => {
  const data = new FormData(form);
  if (button?.name) data.append(button.name, button.value);
  busy = true;
  planner.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    const text = await answer.text();
    if (!show(text, answer.url, button?.id)) window.location.assign(answer.url);
  } catch {
    say("Not saved: no connection. What you changed is still in the form; press again.");
  } finally {
    busy = false;
    planner.removeAttribute("aria-busy");
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!planner?.contains(form) || "whole" in form.dataset) return;
  event.preventDefault();
  if (!busy) send(form, event.submitter);
});

/* ---- Dragging: the buttons Earlier and Later do the same ---- */

let held = null;

const column = (event) => event.target.closest?.("[data-stages] > li[data-place]");
const isAfter = (li, event) => {
  const box = li.getBoundingClientRect();
  const late = event.clientX > box.left + box.width / 2;
  return getComputedStyle(li).direction === "rtl" ? !late : late;
};
const clear = () => {
  for (const each of planner.querySelectorAll(".drop-before, .drop-after")) each.classList.remove("drop-before", "drop-after");
};

document.addEventListener("dragstart", (event) => {
  const stage = event.target.closest?.("[data-stage]");
  if (!stage) return;
  held = stage;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", stage.textContent.trim());
  stage.classList.add("held");
});
document.addEventListener("dragover", (event) => {
  const li = held && column(event);
  if (!li) return;
  event.preventDefault();
  clear();
  li.classList.add(isAfter(li, event) ? "drop-after" : "drop-before");
});
document.addEventListener("drop", (event) => {
  const li = held && column(event);
  if (!li) return;
  event.preventDefault();
  const from = Number(held.dataset.stage);
  let to = Number(li.dataset.place) + (isAfter(li, event) ? 1 : 0);
  if (from < to) to -= 1;
  if (from === to || busy) return;
  const form = planner.querySelector("[data-put]");
  form.elements.place.value = from;
  form.elements.to.value = to;
  form.requestSubmit(form.querySelector("button"));
});
document.addEventListener("dragend", () => {
  held?.classList.remove("held");
  held = null;
  if (planner) clear();
});
