/* Everywhere: the theme kept when it is chosen, errors brought into focus, search by Ctrl K. */

document.documentElement.classList.add("scripted");

// Where one is stays in sight, when the sections of a phone's foot are more than fit.
const current = document.querySelector(".sections [aria-current]")?.parentElement;
if (current) current.parentElement.scrollLeft = current.offsetLeft - (innerWidth - current.offsetWidth) / 2;

const problem = document.querySelector("[data-focus]");
if (problem) problem.focus();

const appearance = document.querySelector("form[data-appearance]");
if (appearance) {
  appearance.addEventListener("change", () => {
    const chosen = new FormData(appearance).get("theme");
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    // The page has already changed; keeping it for the next visit may fail quietly while offline.
    fetch(appearance.action, { method: "POST", body: new FormData(appearance) }).catch(() => {});
  });
}

const opener = document.querySelector("[data-finder]");
if (opener) {
  const open = async (event) => {
    event.preventDefault();
    const { openFinder } = await import("./finder.js");
    openFinder(opener.href);
  };
  opener.addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) open(event);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") open(event);
  });
}

// Signing out leaves no answers on the device (answers.js keeps unsent ones there).
for (const leaving of document.querySelectorAll('form[action$="/logout/"]')) {
  leaving.addEventListener("submit", () => indexedDB.deleteDatabase("tutti-answers"));
}
