/* The team page: how many are ticked, where focus goes when the side panel opens and closes. */

const picked = document.querySelector("[data-picked]");
const grid = document.querySelector("[data-grid]");
if (picked && grid) {
  const count = () => {
    const number = grid.querySelectorAll('input[name="member"]:checked').length;
    picked.textContent = number ? `${number} selected` : "";
  };
  grid.addEventListener("change", count);
  count();
}

const panel = document.getElementById("panel");
if (panel && grid) {
  let opener;
  const close = () => {
    panel.replaceChildren();
    opener?.removeAttribute("aria-current");
    opener?.focus();
  };
  grid.addEventListener("click", (event) => {
    const link = event.target.closest("td > a");
    if (!link) return;
    opener?.removeAttribute("aria-current");
    opener = link;
    opener.setAttribute("aria-current", "true");
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel) panel.querySelector("h2")?.focus();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.contains(document.activeElement)) close();
  });
}
