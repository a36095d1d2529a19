"""Bytes over the wire: the first page that a browser opens with all it loads, and the next one."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from urllib.parse import urljoin

from django.urls import reverse

from bench.cases import Bench, case
from bench.cases.pages import lesson_path
from bench.cases.teams import rolled_up
from bench.client import Client
from bench.measure import checked
from bench.report import Row

FIRST, FONTS, NEXT = 100_000, 130_000, 25_000
_LINKED = re.compile(r"""<(?:link|script|img|use)\b[^>]*?\b(?:href|src)="(/static/[^"#]+)""")
_IN_CSS = re.compile(r"""url\(["']?([^"')#]+)""")
_IN_SCRIPT = re.compile(r"""(?:from|import)\s*["'](\.{1,2}/[^"']+|/static/[^"']+)["']""")


@case("first-load")
def first_load(bench: Bench) -> Iterable[Row]:
    """Home first, then a lesson; every file once, as a browser keeps them."""
    client = bench.client(bench.company(100))
    loaded: dict[str, int] = {}
    page, packed = _page(client, reverse("home"), loaded)
    fonts = sum(size for path, size in loaded.items() if path.endswith(".woff2"))
    rest = sum(loaded.values()) - fonts
    kinds = ", ".join(
        f"{kind} {sum(n for path, n in loaded.items() if path.endswith(kind)) / 1000:.1f}"
        for kind in (".css", ".js", ".svg")
    )
    note = _of(page, packed, kinds)
    yield _row("first load: home with CSS and JavaScript", page + rest, FIRST, note)
    count = sum(path.endswith(".woff2") for path in loaded)
    yield _row("first load: fonts", fonts, FONTS, f"{count} files")
    yield _next("next page: a lesson", client, lesson_path(), loaded)
    manager = bench.client(rolled_up(bench, 100), manager=True)
    grid = f"{reverse('team')}?by=competency"
    yield _next("next page: the team page, 25 x 24", manager, grid, loaded)


def _next(what: str, client: Client, path: str, loaded: dict[str, int]) -> Row:
    """A page opened by somebody whose browser has the files of the pages before."""
    known = sum(loaded.values())
    page, packed = _page(client, path, loaded)
    new = sum(loaded.values()) - known
    return _row(what, page + new, NEXT, _of(page, packed, f"new files {new / 1000:.1f}"))


def _row(what: str, size: int, budget: int, note: str) -> Row:
    return Row(what, f"{size / 1000:.1f} kB", f"≤ {budget // 1000} kB", size <= budget, note=note)


def _of(page: int, packed: int, files: str) -> str:
    return f"HTML {page / 1000:.1f} (gzip by a proxy: {packed / 1000:.1f}), {files} kB"


def _page(client: Client, path: str, loaded: dict[str, int]) -> tuple[int, int]:
    """Bytes of the page as served and as gzip would make them; adds its files to `loaded`."""
    answer = checked(client.get(path, compressed=True))
    body = gzip.decompress(answer.body) if _is_gzip(answer.headers) else answer.body
    html = body.decode()
    for found in _LINKED.findall(html):
        _file(client, found, loaded)
    return answer.wire, len(gzip.compress(body, 6))


def _is_gzip(headers: dict[str, str]) -> bool:
    return headers.get("content-encoding") == "gzip"


def _file(client: Client, path: str, loaded: dict[str, int]) -> None:
    """One static file, and what it loads in turn."""
    if path in loaded or not path.startswith("/static/"):
        return
    answer = checked(client.get(path, compressed=True))
    loaded[path] = answer.wire
    body = gzip.decompress(answer.body) if _is_gzip(answer.headers) else answer.body
    if path.endswith(".css"):
        found = _IN_CSS.findall(body.decode())
    elif path.endswith(".js"):
        found = _IN_SCRIPT.findall(body.decode())
    else:
        return
    for each in found:
        if not each.startswith("data:"):
            _file(client, urljoin(path, each), loaded)
