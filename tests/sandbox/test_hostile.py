"""Bad scenarios are refused with file and line; bad words in a good one stay words."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people import jobs
from people.models import BackgroundJob
from sandbox import publishing, running, scenarios
from sandbox.models import Run, Scenario, ScenarioVersion
from tests.assessments.test_scenario_packages import FILE, bring_in, faults, library
from tests.conftest import Cast, SignIn
from tests.packages import library_package, own_package
from tests.sandbox.brought_in import verdict
from tests.sandbox.small import PAPERS, Values, package_files, values

Change = Callable[[Values], Any]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    scenarios.forget()


# ---- Refused, with file and line -----------------------------------------------------------


def put(*path: Any) -> Change:
    """Puts the last of `path` where the rest leads."""
    *way, key, value = path

    def change(document: Values) -> None:
        here: Any = document
        for part in way:
            here = here[part]
        here[key] = value

    return change


def written(change: Change) -> str:
    document = values()
    change(document)
    return json.dumps(document, ensure_ascii=False, indent=1)


HAND = ("references", "lean", "rules")
OVERLAY = ("faults", "honest", "overlays", "pay")
ODD = ("mаtch", "mat\u200bch", "match\u202e", "ｍatch", "match ", "..", "a/b")
WRONG: dict[str, tuple[Change, str, str]] = {
    "a rule that does not compile": (put(*HAND, [{"name": "x", "effect": "deny", "cel": "amount > (3"}]), '"cel"', "references.lean.rules.0"),
    "a rule about what is not there": (put(*HAND, [{"name": "x", "effect": "deny", "cel": "os.system == 1"}]), '"cel"', "references.lean.rules.0"),
    "a rule that would run for ever": (put(*HAND, [{"name": "x", "effect": "deny", "cel": "labels.all(a, labels.all(b, labels.all(c, a == b)))"}]), '"cel"', "references.lean.rules.0"),
    "a rule of a thousand letters": (put(*HAND, [{"name": "x", "effect": "deny", "cel": "amount > 3 || " * 90 + "true"}]), '"cel"', "references.lean.rules.0"),
    "a proposal repeated for ever": (put(*OVERLAY, "times", 10**9), '"times": 1000000000', "faults.honest.overlays.pay.times"),
    "a job that waits for itself": (put("jobs", "pay", "after", ["pay"]), '"after"', "jobs.pay.after"),
    "two jobs that wait for each other": (put("jobs", "match", "after", ["pay"]), '"after"', "jobs.match.after"),
    "a stage that nothing leads to": (put("jobs", "pay", "routes", ["urgent"]), '"routes"', "jobs.pay.routes.0: No route job sends a case to “urgent”"),
    "a stage out of order": (put("starter", "stages", [{"job": "pay", "agent": "payer"}, {"job": "match", "agent": "matcher"}]), '"starter"', "starter.stages.0.job"),
    "a template of a column that is not there": (put("jobs", "pay", "step", "says", "Paying {customer}."), '"Paying {customer}."', "no column “customer”"),
    "a template that reaches into the program": (put("jobs", "pay", "step", "says", "{amount.__class__}"), '"{amount.__class__}"', "is not a field"),
    "a headline that reaches into the program": (put("brief", "outcome", "{done.__class__.__mro__} paid"), '"outcome"', "brief.outcome"),
    "a headline that fills all memory": (put("brief", "outcome", "{done:>9999999999} paid"), '"outcome"', "brief.outcome"),
    "a headline that is no template": (put("brief", "outcome", "{ paid"), '"outcome"', "brief.outcome"),
    "a start that is none": (put("world", "start", "99:99"), '"start"', "world.start"),
    "a limit without an end": (put("limits", {"steps": 10**12}), '"steps"', "limits.steps"),
    "a place that nobody can pay": (put("limits", {"human_minutes": -5}), '"human_minutes"', "limits.human_minutes"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_scenario_is_refused_where_it_is_wrong(db: None, what: str) -> None:
    change, marker, words = WRONG[what]
    package = library()
    text = package.files[FILE] = written(change)
    found = faults(package)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if marker in line]
    assert any(words in each for each in found), found
    told = next(each for each in found if words in each)
    at = int(told.removeprefix(f"{FILE}:").partition(":")[0])
    # A list that is written over several lines begins somewhat above what is wrong in it.
    assert any(0 <= line - at <= 8 or 0 <= at - line <= 3 for line in lines), (told, lines)
    assert Scenario.objects.count() == 0


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["jobs", "agents", "tools", "faults", "papers", "references"])
def test_an_id_that_looks_like_another_is_refused(kind: str, odd: str) -> None:
    document = values()
    name = next(iter(document[kind]))
    document[kind][odd] = document[kind][name]
    papers = {**PAPERS, odd: "x"} if kind == "papers" else PAPERS
    scenario, found = scenarios.read(document, papers)
    assert scenario is None
    assert any(each.path == (kind, odd) and "not an id" in each.message for each in found), found


BOMBS = {
    "aliases upon aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "anchors"),
    "an alias of itself": ("id: small-run\nworld: &w {cases: *w}\n", "anchors"),
    "lists in lists": ("id: " + "[" * 5_000 + "]" * 5_000, "nested more than"),
    "an object of the program": ("id: !!python/object/apply:os.system ['true']\n", "tags"),
    "a merge of keys": ("x: &x {a: 1}\nid:\n  <<: *x\n", "anchors"),
    "a letter that no text holds": ('id: "small\\0run"\n', "cannot hold"),
    "a second document": ("id: x\n---\nid: y\n", "one document"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_yaml_that_would_burst_is_refused_with_its_line(db: None, bomb: str) -> None:
    text, words = BOMBS[bomb]
    package = library()
    package.files[FILE] = text
    (found,) = faults(package)
    assert words in found
    assert found.startswith(f"{FILE}:")
    assert int(found.split(":")[1]) in (1, 2, 3)


# ---- Words that stay words -----------------------------------------------------------------

EVIL = "\"><script>alert(1)</script><svg onload=alert(1)><img src=x onerror=alert(1)>'</title>"
PAPER = f"""# Invoice {EVIL}

<script>alert(1)</script> <svg onload="alert(1)"><a href="javascript:alert(1)">x</a></svg>
<iframe src="https://example.com"></iframe> <div style="position:fixed" onclick="alert(1)">x</div>

[pay here](javascript:alert(1)) [or here](data:text/html;base64,PHNjcmlwdD4=) [VB](vbscript:x)
[upper](JaVaScRiPt:alert(1)) [spaced](java\tscript:alert(1)) <a href="&#106;avascript:alert(1)">e</a>
![drawn](https://example.com/pixel.png) ![drawn](data:image/svg+xml;base64,PHN2Zz4=)

<form action="https://example.com"><input name="password"></form>
<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>

```html
<script>shown()</script>
```
"""
HANDLES = frozenset({"href", "src", "action", "formaction", "xlink:href", "data", "poster"})


class Reader(HTMLParser):
    """Collects whatever of a page could do something that the site did not put there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.found.append(f"<script {given}>")
        if tag in ("iframe", "object", "embed", "math", "base", "style"):
            self.found.append(f"<{tag} {given}>")
        for name, value in given.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.found.append(f"<{tag} {name}={value}>")
            scheme = "".join(value.split()).partition(":")[0].lower()
            if name in HANDLES and scheme in ("javascript", "data", "vbscript", "blob"):
                self.found.append(f"<{tag} {name}={value}>")
            if name in HANDLES and tag in ("img", "form", "input") and "example.com" in value:
                self.found.append(f"<{tag} {name}={value}>")


def looked_through(response: Any) -> str:
    assert response.status_code in (200, 400, 409), response.status_code
    assert response["X-Content-Type-Options"] == "nosniff"
    body: str = response.content.decode()
    if response["Content-Type"].startswith("text/html"):
        reader = Reader()
        reader.feed(body)
        assert not reader.found, reader.found
    return body


@pytest.mark.parametrize("bad", [EVIL, *PAPER.split("\n\n")[1:5], "<p style=x>", "<base href=/>"])
def test_the_reader_sees_what_is_bad(bad: str) -> None:
    reader = Reader()
    reader.feed(bad.replace("](java", '<a href="java'))
    assert reader.found


KEPT = {"id", "layer", "kind", "effect", "role", "trust", "part", "competency", "outcome", "start"}
KEPT |= {"cases", "table", "row", "tool", "agent", "job", "of", "compare", "cell", "count", "op"}
KEPT |= {"fact", "source", "next_lesson", "iban", "supplier", "case", "cel", "currency", "tier"}


def evil(value: Any, key: str = "") -> Any:
    """Every text that is nobody's name made as bad as a text can be."""
    if isinstance(value, dict):
        return {name: evil(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [
            each if isinstance(each, str) and key != "choices" else evil(each, key)
            for each in value
        ]
    if isinstance(value, str) and key not in KEPT:
        return f"{value[:60]}{EVIL}" if "{" not in value else value + EVIL
    return value


def evil_package() -> Any:
    document = values()
    words = ("title", "summary", "brief", "papers", "policies", "tools", "agents", "jobs", "facts")
    for name in (*words, "faults", "debrief"):
        document[name] = evil(document[name], name)
    for name, table in document["world"]["tables"].items():
        table["title"] += EVIL
        for row in table["rows"].values():
            if name == "suppliers":
                row["contact"] = EVIL
    for fault in document["faults"].values():
        for overlay in fault["overlays"].values():
            for arg in overlay.get("args", {}).values():
                arg["value"] = "GB2"
    for job in document["jobs"].values():
        for arg in job.get("step", {}).get("args", {}).values():
            arg["value"] = arg["value"].removesuffix(EVIL)
    for tool in document["tools"].values():
        for write in tool.get("writes", ()):
            write["row"], write["values"] = "{id}", {"amount": "{amount}"}
    document["references"]["lean"]["rules"][0]["name"] = EVIL
    package = own_package("OWN-1")
    package.files |= package_files()
    package.files[FILE] = json.dumps(document, ensure_ascii=False, indent=1)
    for name in ("rules", "inv-A-1", "inv-A-1.moved"):
        package.files[f"scenarios/small-run/documents/{name}.md"] = PAPER
    return package


@pytest.fixture
def hostile(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ScenarioVersion:
    """A scenario of an author who wants to run something on the pages, published."""
    verdict(monkeypatch, ok=True)
    assert bring_in(library_package()).ok
    report = bring_in(evil_package(), cast.organisation)
    assert report.ok, report.faults
    jobs.run(BackgroundJob.objects.get(kind=publishing.LINT).pk)
    version = ScenarioVersion.objects.get()
    assert version.state == ScenarioVersion.State.PUBLISHED
    return version


def test_papers_come_out_harmless_and_readable(
    cast: Cast, as_member: SignIn, hostile: ScenarioVersion
) -> None:
    for rendered in scenarios.loaded(hostile).papers.values():
        for text in (rendered.html, *rendered.planted.values()):
            reader = Reader()
            reader.feed(text)
            assert not reader.found
    run = running.begin(cast.amina, hostile, Run.Rung.GUIDED)
    body = looked_through(as_member(cast.amina).get(reverse("rehearsal_before", args=[run.pk])))
    assert "pay here" in body
    assert "&lt;script&gt;" in body, "what is shown as code stays to be read"
    assert "example.com/pixel" not in body


def test_no_page_of_a_whole_run_does_what_an_author_wrote(
    cast: Cast, as_member: SignIn, hostile: ScenarioVersion
) -> None:
    client = as_member(cast.amina)
    assert "&lt;script&gt;" in looked_through(client.get(reverse("rehearsals")))
    looked_through(client.get(reverse("rehearsal_brief", args=["small-run"])))
    run = running.begin(cast.amina, hostile, Run.Rung.SUPERVISED)
    address = {
        name: reverse(f"rehearsal_{name}", args=[run.pk])
        for name in ("before", "predict", "plan", "start", "run", "decide", "events", "questions",
                     "brief_again", "debrief", "what_if", "trail", "trail_download")
    }  # fmt: skip
    for name in ("before", "predict", "plan"):
        looked_through(client.get(address[name]))
    client.post(address["predict"], {"choice": "0", "words": EVIL})
    plan = scenarios.plan_document(scenarios.loaded(hostile).scenario.references["careful"])
    plan["rules"] = [{"name": EVIL, "effect": "ask", "when": [{"fact": "irreversible"}]}]
    run.refresh_from_db()
    assert running.save_plan(run, scenarios.read_plan(plan), run.plan_sequence + 1)
    looked_through(client.get(address["plan"]))
    running.start(run)
    asked = 0
    while run.state == Run.State.WAITING:
        for name in ("run", "brief_again", "events", "trail"):
            looked_through(client.get(address[name]))
        _decide(client, address["decide"], run)
        asked += 1
        run.refresh_from_db()
    assert asked
    looked_through(client.get(address["questions"]))
    client.post(address["questions"], {"skip": "yes"})
    for name in ("debrief", "what_if", "trail", "trail_download", "brief_again", "events"):
        looked_through(client.get(address[name]))


def _decide(client: Client, address: str, run: Run) -> None:
    state = running.rehearsal_of(run).state
    assert state.open is not None
    data = {"ask": state.open.seq, "decision": "modify", "reason": "source", "sure": "sure"}
    looked = client.post(address, {**data, "change-iban": EVIL})
    if looked.status_code == 400:
        looked_through(looked)
        looked = client.post(address, {**data, "decision": "approve"})
    assert looked.status_code == 302


def test_the_workshop_shows_it_and_runs_nothing(
    cast: Cast, as_member: SignIn, hostile: ScenarioVersion
) -> None:
    client = as_member(cast.joanna)
    row = [hostile.scenario_id]
    for name, args in (
        ("scenarios", []),
        ("scenario", row),
        ("scenario_preview", [hostile.pk]),
    ):
        assert "&lt;script&gt;" in looked_through(client.get(reverse(name, args=args)))
    export = client.get(reverse("scenario_export", args=[hostile.pk]))
    assert export["Content-Disposition"].startswith("attachment")
