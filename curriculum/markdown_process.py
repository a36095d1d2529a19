"""Markdown to safe HTML, one document a line, in a process of its own that may be killed.

Reads a JSON object a line from standard input (`text`, `sources`, `lesson`) and answers with one
(`html`, `text`, or `error`). Started by `curriculum.rendering`; imports nothing of Django. Each
document has two seconds of processor time: the timer's signal ends the process even in the middle
of a regular expression.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

CPU_SECONDS = 2.0
MEMORY = 1_000_000_000
OUTPUT = 1_500_000
# Laying out a quotation in a quotation costs time and stack, and nobody reads the thirteenth.
TOO_DEEP = re.compile(r"^(?:[ ]{0,3}>){13}", re.MULTILINE)
NESTED = "The text is nested too deeply to be laid out."

BOXES = {
    "example": "example",
    "yours": "example yours",
    "note": "slip note",
    "caution": "slip note caution",
}
LESSON = re.compile(r"lesson:([A-Za-z0-9-]{1,40})/([a-z0-9-]{1,60})")
LAW = re.compile(r"law:([a-z0-9-]{1,40})")
DRAWING = re.compile(r"drawing:([a-z0-9-]{1,60})")
HREF = re.compile(
    r"https?://[^/\s]|mailto:[^\s]+@|/modules/by-key/[A-Za-z0-9-]+/[a-z0-9-]+/$"
    r"|/law/#[a-z0-9-]+$|#source-[a-z0-9-]+$"
)
SRC = re.compile(r"/static/drawings/[a-z0-9-]+\.svg")

TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "em", "strong",
    "code", "pre", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "div", "span",
    "details", "summary", "sup",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "th": {"scope"},
    "div": {"role", "tabindex", "aria-label"},
    "details": {"open"},
}
TOKENS = {name for name in STANDARD_TYPES.values() if name}
CLASSES = {
    "div": {"example", "yours", "slip", "note", "caution", "frame", "highlight"},
    "p": {"admonition-title", "first"},
    "details": {"answer"},
    "table": {"table"},
    "th": {"n"},
    "td": {"n"},
    "span": TOKENS,
    "a": {"source"},
}


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keeps an attribute only with a value that this file itself would write."""
    match tag, name:
        case "a", "href":
            return value if HREF.match(value) else None
        case "img", "src":
            return value if SRC.fullmatch(value) else None
        case "div", "role":
            return value if value == "region" else None
        case "div", "tabindex":
            return value if value == "0" else None
        case _:
            return value


def sanitise(html: str) -> str:
    """nh3 with an allow-list of tags, attributes and classes: the last word on every page."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_attribute,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


class Citation(InlineProcessor):
    """`(nist-rmf)` or `(nist-rmf, iso-42001)`, if those are sources of this lesson."""

    numbers: dict[str, int]

    def __init__(self, md: Markdown) -> None:
        super().__init__(
            r"(?<!\])\s?\(([a-z0-9][a-z0-9-]*(?:[,;]\s*[a-z0-9][a-z0-9-]*){0,9})\)", md
        )
        self.numbers = {}

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        ids = [each.strip() for each in re.split("[,;]", m.group(1))]
        if not all(each in self.numbers for each in ids):
            return None, None, None
        mark = Element("sup")
        for place, each in enumerate(ids):
            link = SubElement(mark, "a", {"href": f"#source-{each}", "class": "source"})
            link.text = str(self.numbers[each])
            link.tail = "" if place == len(ids) - 1 else ", "
        return mark, m.start(0), m.end(0)


class Tidy(Treeprocessor):
    """Turns what the extensions make into the markup that the style sheet knows."""

    lesson = False
    tables = 0

    def run(self, root: Element) -> None:
        self.tables = 0
        parents = {child: parent for parent in root.iter() for child in parent}
        for element in list(root.iter()):
            match element.tag:
                case "a":
                    self._link(element)
                case "img":
                    self._image(element)
                case "div":
                    self._box(element)
                case "details":
                    element.set("class", "answer")
                case "th" | "td":
                    self._cell(element)
                case "h1":
                    element.tag = "h2"
                case "table":
                    self._frame(element, parents[element])
        if self.lesson and len(root) and root[0].tag == "p":
            root[0].set("class", "first")

    def _link(self, element: Element) -> None:
        if found := LESSON.fullmatch(element.get("href", "")):
            element.set("href", f"/modules/by-key/{found[1]}/{found[2]}/")
        elif found := LAW.fullmatch(element.get("href", "")):
            element.set("href", f"/law/#{found[1]}")

    def _image(self, element: Element) -> None:
        found = DRAWING.fullmatch(element.get("src", ""))
        words = element.get("alt", "")
        tail = element.tail
        element.attrib.clear()
        if found and words.strip():
            element.set("src", f"/static/drawings/{found[1]}.svg")
            element.set("alt", words)
            element.set("loading", "lazy")
        else:
            element.tag, element.text, element.tail = "span", words, tail

    def _box(self, element: Element) -> None:
        words = element.get("class", "").split()
        if "admonition" in words:
            kind = next((word for word in words if word in BOXES), "note")
            element.set("class", BOXES[kind])

    def _cell(self, element: Element) -> None:
        align = element.attrib.pop("align", "")
        if align == "right":
            element.set("class", "n")
        if element.tag == "th":
            element.attrib.setdefault("scope", "col")

    def _frame(self, table: Element, parent: Element) -> None:
        table.set("class", "table")
        corner = table.find("thead/tr/th")
        if corner is not None and not "".join(corner.itertext()).strip():
            # Nothing above the first column: it names the rows.
            corner.tag = "td"
            for name in table.findall("tbody/tr/td[1]"):
                name.tag = "th"
                name.set("scope", "row")
        place = list(parent).index(table)
        frame = Element("div")
        frame.set("class", "frame")
        frame.set("role", "region")
        frame.set("tabindex", "0")
        self.tables += 1  # each region of a page needs a name of its own
        frame.set("aria-label", "Table" if self.tables == 1 else f"Table {self.tables}")
        frame.tail, table.tail = table.tail, None
        parent.remove(table)
        frame.append(table)
        parent.insert(place, frame)


class Words(HTMLParser):
    """The plain words of rendered HTML, for search; a space wherever a block ends."""

    BLOCKS = TAGS - {"em", "strong", "code", "a", "span", "sup"}

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag == "sup"
        if tag in self.BLOCKS:
            self.parts.append(" ")
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag == "sup"
        if tag in self.BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if self.hidden <= 0:
            self.parts.append(data)


def plain(html: str) -> str:
    words = Words()
    words.feed(html)
    words.close()
    return " ".join("".join(words.parts).split())


class Renderer:
    def __init__(self) -> None:
        self.markdown = Markdown(
            extensions=[
                "markdown.extensions.tables",
                "markdown.extensions.sane_lists",
                "markdown.extensions.admonition",
                "pymdownx.superfences",
                "pymdownx.highlight",
                "pymdownx.details",
            ],
            extension_configs={
                "markdown.extensions.tables": {"use_align_attribute": True},
                "pymdownx.highlight": {
                    "use_pygments": True,
                    "noclasses": False,
                    "guess_lang": False,
                    "css_class": "highlight",
                },
            },
        )
        self.markdown.preprocessors.deregister("html_block")
        self.markdown.inlinePatterns.deregister("html")
        self.citation = Citation(self.markdown)
        self.markdown.inlinePatterns.register(self.citation, "citation", 175)
        self.tidy = Tidy(self.markdown)
        self.markdown.treeprocessors.register(self.tidy, "tidy", 5)

    def render(self, text: str, sources: list[str], lesson: bool) -> dict[str, Any]:
        if TOO_DEEP.search(text):
            return {"error": NESTED}
        self.markdown.reset()
        self.citation.numbers = {each: place for place, each in enumerate(sources, 1)}
        self.tidy.lesson = lesson
        try:
            html = sanitise(self.markdown.convert(text))
            if len(html) > OUTPUT:
                return {"error": "The text grows too large when it is laid out."}
            return {"html": html, "text": plain(html)}
        except RecursionError:
            return {"error": NESTED}
        except MemoryError:
            return {"error": "The text needs too much memory to be laid out."}
        except Exception as error:
            return {"error": f"The text cannot be laid out ({type(error).__name__})."}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    renderer = Renderer()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for line in sys.stdin:
        asked = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        answer = renderer.render(asked["text"], asked["sources"], asked["lesson"])
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
