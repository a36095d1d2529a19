/* Notes beside a lesson: kept ones move to their paragraph, words that are selected can be marked.
   Without this script they stand in a list below the lesson, with a form. */

const lesson = document.getElementById("lesson");
const place = document.getElementById("notes-here");
const list = place?.querySelector(".note-list");
const state = place?.querySelector("[data-note-state]");
const token = place?.querySelector("[name=csrfmiddlewaretoken]")?.value;

const blocks = lesson ? [...lesson.children] : [];

function say(words) {
  state.textContent = words;
}

/* ---- Finding words in the text -------------------------------------------------------------- */

/* The characters of a block without runs of blanks, each with the text node it comes from. */
function letters(block) {
  const found = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, {
    acceptNode: (node) =>
      node.parentElement.closest(".marginal, sup") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  });
  let blank = true;
  while (walker.nextNode()) {
    const text = walker.currentNode.data;
    for (let at = 0; at < text.length; at += 1) {
      const isBlank = /\s/.test(text[at]);
      if (!(isBlank && blank)) found.push({ node: walker.currentNode, at, letter: isBlank ? " " : text[at] });
      blank = isBlank;
    }
  }
  return found;
}

function highlight(block, quote, id) {
  const known = letters(block);
  const start = known.map((each) => each.letter).join("").indexOf(quote);
  if (start < 0) return null;
  const marks = [];
  let run = [];
  const wrap = () => {
    if (!run.length) return;
    const range = document.createRange();
    range.setStart(run[0].node, run[0].at);
    range.setEnd(run.at(-1).node, run.at(-1).at + 1);
    marks.push(range);
    run = [];
  };
  for (const each of known.slice(start, start + quote.length)) {
    if (run.length && run[0].node !== each.node) wrap();
    run.push(each);
  }
  wrap();
  // From the last to the first, so that earlier positions stay true while nodes are split.
  return marks
    .reverse()
    .map((range) => {
      const mark = document.createElement("mark");
      mark.dataset.note = id;
      range.surroundContents(mark);
      return mark;
    })
    .reverse();
}

function unmark(id) {
  for (const mark of lesson.querySelectorAll(`mark[data-note="${id}"]`)) {
    mark.replaceWith(...mark.childNodes);
  }
  lesson.normalize();
}

/* ---- Notes in the margin -------------------------------------------------------------------- */

function beside(block) {
  if (block.parentElement.classList.contains("noted")) return block.parentElement;
  const noted = document.createElement("div");
  noted.className = "noted";
  block.replaceWith(noted);
  noted.append(block);
  return noted;
}

/* The margin of a block: one aside for all its notes. */
function margin(block) {
  const noted = beside(block);
  let aside = noted.querySelector(":scope > aside");
  if (!aside) {
    aside = document.createElement("aside");
    aside.className = "marginal";
    aside.setAttribute("aria-label", `Your notes on “${block.textContent.trim().slice(0, 40)} …”`);
    noted.append(aside);
  }
  return aside;
}

/* Puts one note to its paragraph; a highlight alone stays in the list below. */
function settle(item) {
  const { id, quote } = item.dataset;
  let block = blocks[Number(item.dataset.block)];
  if (quote) {
    const order = block ? [block, ...blocks.filter((each) => each !== block)] : blocks;
    block = order.find((each) => highlight(each, quote, id)?.length);
  }
  if (!block || !item.querySelector(".said")) return;
  const note = document.createElement("div");
  note.className = "kept";
  note.id = item.id;
  note.append(...[...item.childNodes].filter((each) => !each.classList?.contains("quote")));
  for (const name of ["id", "quote", "block"]) note.dataset[name] = item.dataset[name];
  margin(block).append(note);
  item.remove();
}

/* Takes one thing out of the margin, and the margin with its last thing. */
function takeOut(thing) {
  const around = thing.parentElement;
  thing.remove();
  if (around.matches("aside") && !around.children.length) around.remove();
}

function element(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

/* The same markup as the server's, for a note that was just kept. */
function written(note) {
  const item = element("li", { className: "marginal", id: `note-${note.id}` });
  Object.assign(item.dataset, { id: note.id, block: note.block, quote: note.quote });
  if (note.quote) item.append(element("p", { className: "quote" }, element("mark", {}, note.quote)));
  if (note.text) {
    const said = element("p", { className: "said" });
    note.text.split("\n").forEach((line, at) => said.append(...(at ? [element("br")] : []), line));
    item.append(said);
  }
  const remove = element("button", { type: "submit", className: "unstyled" }, "Delete", element("span", { className: "unseen" }, " this note"));
  const form = element("form", { method: "post", action: note.delete }, element("input", { type: "hidden", name: "csrfmiddlewaretoken", value: token }), remove);
  item.append(
    element("div", { className: "row" }, element("span", { className: "faint" }, `You, ${note.when}`), " ", element("a", { href: note.edit }, "Edit", element("span", { className: "unseen" }, " this note")), " ", form),
  );
  return item;
}

async function keep(values) {
  say("Keeping it …");
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...values });
  let response;
  try {
    response = await fetch(place.dataset.add, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    say("Not kept yet: the server does not answer. Your words are still here; try again in a moment.");
    return false;
  }
  const answer = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  if (!response.ok) {
    say(answer.errors ? answer.errors.join(" ") : "Not kept. Open the page again and try once more.");
    return false;
  }
  const item = written(answer);
  list.append(item);
  place.querySelector("[data-empty]").hidden = true;
  settle(item);
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }).format(new Date());
  say(`Kept ${time}. It stands with your notes.`);
  return true;
}

/* ---- The toolbar for selected words --------------------------------------------------------- */

const toolbar = element("div", { className: "toolbar floating", hidden: true });
toolbar.setAttribute("role", "group");
let chosen = null;

function picture(name) {
  const sprite = document.querySelector(".icon use")?.getAttribute("href")?.split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

function read() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const from = range.startContainer.nodeType === Node.TEXT_NODE ? range.startContainer.parentElement : range.startContainer;
  const block = blocks.find((each) => each.contains(from));
  if (!block || from.closest(".marginal, .toolbar, textarea")) return null;
  const inside = range.cloneRange();
  if (!block.contains(range.endContainer)) inside.setEndAfter(block.lastChild);
  const copy = inside.cloneContents();
  for (const each of copy.querySelectorAll("sup, .marginal")) each.remove();
  const quote = copy.textContent.replace(/\s+/g, " ").trim().slice(0, 600).trim();
  return quote ? { quote, block: blocks.indexOf(block), range } : null;
}

function hide() {
  toolbar.hidden = true;
}

function show() {
  const found = read();
  if (!found) {
    if (!toolbar.contains(document.activeElement)) hide();
    return;
  }
  chosen = found;
  toolbar.setAttribute("aria-label", `For the selected words: ${found.quote.slice(0, 80)}`);
  const rectangles = found.range.getClientRects();
  const last = rectangles[rectangles.length - 1];
  if (!last) return;
  toolbar.hidden = false;
  // After the paragraph in the order of the page, so that Tab leads from the selection to it.
  beside(blocks[found.block]).append(toolbar);
  const around = toolbar.parentElement.getBoundingClientRect();
  const width = toolbar.offsetWidth;
  const left = Math.max(0, Math.min(last.right - around.left - width / 2, around.width - width));
  toolbar.style.insetBlockStart = `${last.bottom - around.top + 6}px`;
  toolbar.style.left = `${left}px`;
}

function writeBeside() {
  const { quote, block } = chosen;
  const form = element("form", { className: "stack-tight" });
  const id = `own-note-${Date.now()}`;
  const area = element("textarea", { id, name: "text", maxLength: 4000, required: true });
  form.append(
    element("label", { htmlFor: id, className: "strong" }, `Your note on “${quote.slice(0, 60)}${quote.length > 60 ? " …" : ""}”`),
    area,
    element("p", { className: "row" }, element("button", { type: "submit", className: "button small" }, "Keep the note"), element("button", { type: "button", className: "button small plain" }, "Leave it")),
  );
  form.querySelector("[type=button]").addEventListener("click", () => takeOut(form));
  form.addEventListener("keydown", (event) => event.key === "Escape" && takeOut(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await keep({ quote, block, text: area.value })) takeOut(form);
  });
  margin(blocks[block]).append(form);
  area.focus();
}

if (lesson && place) {
  for (const item of [...list.children]) settle(item);

  const mark = element("button", { type: "button" }, picture("pen"), " Highlight");
  const note = element("button", { type: "button" }, picture("plus"), " Add a note");
  mark.addEventListener("click", () => {
    hide();
    getSelection().removeAllRanges();
    keep({ quote: chosen.quote, block: chosen.block, text: "" });
  });
  note.addEventListener("click", () => {
    hide();
    getSelection().removeAllRanges();
    writeBeside();
  });
  toolbar.append(mark, note);
  let timer;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 200);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    // From a selection made by keyboard straight to the toolbar.
    if (event.altKey && event.key.toLowerCase() === "n" && !toolbar.hidden) {
      event.preventDefault();
      mark.focus();
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const item = form.closest("[data-id]");
    if (!item || form.method !== "post") return;
    event.preventDefault();
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.status);
    } catch {
      say("Not deleted: the server does not answer. Try again in a moment.");
      return;
    }
    unmark(item.dataset.id);
    takeOut(item);
    say("Deleted.");
    state.scrollIntoView({ block: "nearest" });
  });

  const add = place.querySelector(".add-note form");
  add.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(add));
    delete values.csrfmiddlewaretoken;
    if (await keep({ ...values, block: values.block || 0 })) add.reset();
  });

  if (location.hash.startsWith("#note-")) document.querySelector(location.hash)?.scrollIntoView();
}
