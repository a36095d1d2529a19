/* Quiz and workplace-task pages: what changes is kept and sent by answers.js; the line at the top
   of the page says in words where it is. The forms work the same without this file. */

import { Keeper } from "./answers.js";

const CHOICE_DELAY = 300;
const TEXT_DELAY = 2000;

const form = document.querySelector("form[data-answers]");
const submission = document.querySelector("form[data-submission]");
const status = document.querySelector("[data-status]");
const signedOut = document.querySelector("dialog[data-signed-out]");
const { owner, scope } = (form ?? submission).dataset;
const thing = scope.startsWith("task-") ? "draft" : "answer";

function say(icon, words) {
  const text = status.querySelector("span");
  if (text.textContent === words) return;
  const use = status.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${icon}`));
  text.textContent = words;
}

function counted(count) {
  return count === 1 ? `1 ${thing} kept here` : `${count} ${thing}s kept here`;
}

const keeper = new Keeper({
  owner,
  tell({ kind, count, at, problem, problems }) {
    if (kind === "saved") {
      const not = Object.entries(problems ?? {}).map(([label, words]) => `${label}: ${words}`);
      say("check", not.length ? `Saved ${at}, except ${not.join("; ")}` : `Saved ${at}`);
    } else if (kind === "sending") say("clock", "Saved on this device, sending…");
    else if (kind === "offline") say("info", `Offline: ${counted(count)}`);
    else if (kind === "late") say("info", "The time was over: kept apart for your trainer");
    else if (kind === "closed") say("lock", "Already submitted: this change does not count");
    else if (kind === "newer") say("info", "A newer one from another window is kept: reload to see it");
    else if (kind === "refused") say("info", `Not saved: ${problem ?? "the server refused it"}`);
    else if (kind === "signed-out") {
      say("info", `Signed out: ${counted(count)}`);
      if (signedOut && !signedOut.open) signedOut.showModal();
    }
  },
});

signedOut?.querySelector("[data-send-again]").addEventListener("click", () => {
  signedOut.close();
  keeper.soon(0);
});

if (form) keepForm();
else lookOver();
countDown();

function keepForm() {
  const { save, item } = form.dataset;
  let sequence = Number(form.dataset.sequence);
  let ready = false;
  let pending = Promise.resolve();

  const body = () => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    data.delete("action");
    return new URLSearchParams(data).toString();
  };

  // The clock orders answers of several tabs; whatever it says, each change counts further up.
  const changed = (delay) => {
    sequence = Math.max(Date.now(), sequence + 1);
    form.elements.sequence.value = String(sequence);
    pending = keeper.keep({ url: save, scope, item, sequence, body: body() }, delay);
  };

  form.addEventListener("input", ({ target }) => {
    const typed = target.matches("textarea, input:not([type=radio], [type=checkbox])");
    changed(typed ? TEXT_DELAY : CHOICE_DELAY);
  });

  form.addEventListener("submit", async (event) => {
    if (ready) return;
    event.preventDefault();
    await pending;
    // A round that is under way may not know the latest change: then a second one does.
    const sent = (await keeper.send()) || (await keeper.send());
    if (!sent) return;
    ready = true;
    form.requestSubmit(event.submitter);
  });

  const restore = async () => {
    const kept = await keeper.found(save);
    if (kept && kept.sequence > sequence) {
      fill(new URLSearchParams(kept.body));
      sequence = kept.sequence;
      form.elements.sequence.value = String(sequence);
    }
    keeper.soon(0);
  };

  const fill = (values) => {
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" || field.type === "submit") continue;
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = values.getAll(field.name).includes(field.value);
      } else field.value = values.get(field.name) ?? "";
    }
  };

  restore();
  // Back from the next page without a reload: the flag must not let a change slip by.
  addEventListener("pageshow", () => (ready = false));
}

function lookOver() {
  let ready = false;
  keeper.soon(0);
  submission.addEventListener("submit", async (event) => {
    if (ready) return;
    event.preventDefault();
    if (!((await keeper.send()) || (await keeper.send()))) return;
    submission.elements.held.value = JSON.stringify(await keeper.held(scope));
    ready = true;
    submission.requestSubmit(event.submitter);
  });
  addEventListener("pageshow", () => (ready = false));
}

function countDown() {
  const place = document.querySelector("[data-seconds-left]");
  if (!place) return;
  const end = performance.now() + Number(place.dataset.secondsLeft) * 1000;
  const tick = async () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) {
      await keeper.send();
      location.assign(place.dataset.then);
      return;
    }
    const minutes = Math.ceil(left / 60);
    place.textContent = left > 60 ? `${minutes} minutes left.` : "Less than a minute left.";
    setTimeout(tick, left > 60 ? 15_000 : Math.min(left, 5) * 1000);
  };
  tick();
}
