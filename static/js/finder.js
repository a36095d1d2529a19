/* Search over everything the member may see: the search page's own results, in a dialog. */

let dialog;

function build(address) {
  dialog = document.createElement("dialog");
  dialog.className = "finder";
  dialog.setAttribute("aria-label", "Search");
  const form = document.createElement("form");
  form.className = "field";
  form.setAttribute("role", "search");
  form.action = address;
  const label = document.createElement("label");
  label.className = "unseen";
  label.htmlFor = "finder-words";
  label.textContent = "Search everything you may see, and what you may do";
  const input = document.createElement("input");
  input.type = "search";
  input.id = "finder-words";
  input.name = "q";
  input.autocomplete = "off";
  input.placeholder = "Lessons, modules, people, things you can do";
  form.append(label, input);
  const results = document.createElement("div");
  results.setAttribute("aria-live", "polite");
  dialog.append(form, results);
  document.body.append(dialog);

  let timer;
  let asked = 0;
  const search = async () => {
    const mine = ++asked;
    const url = new URL(address, location.href);
    url.searchParams.set("q", input.value);
    url.searchParams.set("part", "results");
    try {
      const response = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
      if (!response.ok || mine !== asked) return;
      // The same escaped HTML that the search page shows; the server's template made it.
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      results.replaceChildren(...page.body.childNodes);
    } catch {
      results.textContent = "Search needs the server, which does not answer. Try again in a moment.";
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...dialog.querySelectorAll("a")];
    if (!links.length) return;
    event.preventDefault();
    const here = links.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? here + 1 : here - 1;
    if (next < 0) input.focus();
    else links[Math.min(next, links.length - 1)].focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  search();
  return input;
}

export function openFinder(address) {
  const input = dialog ? dialog.querySelector("input") : build(address);
  if (!dialog.open) dialog.showModal();
  input.focus();
  input.select();
}
