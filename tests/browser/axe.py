"""What every page must be for everybody: judged by axe and by a few rules of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = (1280, 900), (360, 740)
LARGEST = 5  # nodes named per rule

SHAPE = """() => ({
  title: document.title,
  h1: document.querySelectorAll("h1").length,
  headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1])),
  over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  widest: [...document.querySelectorAll("main *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
      && !each.closest(".frame, pre, .unseen"))
    .map((each) => `${each.tagName.toLowerCase()}.${each.className}`).slice(0, 4),
})"""


def faults(page: Page) -> list[str]:
    """Everything axe and our own rules say about the open page, in both themes and two widths."""
    page.wait_for_load_state()
    page.evaluate(Axe().axe_script)
    found: list[str] = []
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="light")
        found += [f"{width} light: {each}" for each in _axe(page, {})]
        found += [f"{width}: {each}" for each in _shape(page, width)]
        page.emulate_media(color_scheme="dark")
        # Only colours differ from theme to theme.
        found += [f"{width} dark: {each}" for each in _axe(page, {"runOnly": ["color-contrast"]})]
    return found


def _axe(page: Page, options: dict[str, Any]) -> Iterator[str]:
    said = page.evaluate(
        "(options) => axe.run(document, options)", {"resultTypes": ["violations"], **options}
    )
    for rule in said["violations"]:
        for node in rule["nodes"][:LARGEST]:
            why = " ".join(node.get("failureSummary", "").split())
            yield f"{rule['id']} at {' '.join(map(str, node['target']))}: {why[:220]}"


def _shape(page: Page, width: int) -> Iterator[str]:
    shape = page.evaluate(SHAPE)
    if not shape["title"].endswith(" · Tutti") or len(shape["title"]) < len("x · Tutti"):
        yield f"title is {shape['title']!r}"
    if shape["h1"] != 1:
        yield f"{shape['h1']} headings of the first level"
    before = 0
    for level in shape["headings"]:
        if level > before + 1:
            yield f"heading {level} after {before}"
        before = level
    if shape["over"] > 0:
        yield f"scrolls sideways by {shape['over']} px: {shape['widest']}"
