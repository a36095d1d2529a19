"""Nothing of one organisation in any byte that another one gets.

Every text of the other organisation carries one word that stands nowhere else. Each identity then
follows every link and form it is given, searches for the word, downloads, runs into errors and
gets its mails; then asks for the same addresses with the other organisation's numbers.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.apps import apps
from django.db import models, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from learning import daily
from people import jobs
from people.models import AuditEvent, BackgroundJob, Member, Message, Organisation, User
from people.personal_data import OUR_APPS
from tests.access import (  # noqa: F401  (each enters its rows)
    accounts_rows,
    assessments_rows,
    curriculum_rows,
    learning_rows,
    people_rows,
    rehearsal_rows,
    table,
)
from tests.access.watching import FREE, watched
from tests.world import Side, World, build

WORD = "kanarie7"
# Searching for the whole word would put it on the page; search finds the beginnings of words.
SOUGHT = "kanarie"
PAGES = 220  # for each identity
ALIKE = 3  # pages of one address with the same parameters
IDENTITIES = ("anonymous", "learner", "manager", "trainer", "administrator", "operator", "ended")

# Columns that hold machine words, not what anybody wrote: names of kinds, numbers, digests. The
# keys of what a package brings in hold the word already. An event of a trail is read back letter
# by letter, and what it tells it takes from the scenario, which has the word in its document.
MACHINE = {
    "action", "body", "criterion", "digest", "hash", "item", "key", "kind", "lesson", "object_id",
    "object_kind", "password", "path", "previous_hash", "slug", "source_kind", "submission_key",
    "team_path", "time_zone", "token_digest",
}  # fmt: skip
MACHINE_JSON = {
    "AttemptItem.answer", "AttemptItem.late_answer", "Evidence.thresholds", "PublishEntry.impact",
    "Standing.states", "ModuleVersion.requires", "Step.sources", "Run.plan", "Run.answers",
    "Run.score", "ScenarioVersion.report",
}  # fmt: skip


# ---- The word in every text ----------------------------------------------------------------


def way_to_organisation(model: type[models.Model]) -> str | None:
    """The shortest way over foreign keys, as a lookup; None for what belongs to no organisation."""
    if model is User:
        return "memberships__organisation"
    waiting: deque[tuple[type[models.Model], str]] = deque([(model, "")])
    seen = {model}
    while waiting:
        here, way = waiting.popleft()
        if here is Organisation:
            return way or "pk"
        for each in here._meta.concrete_fields:
            to = each.related_model
            if isinstance(to, type) and to not in seen and to._meta.app_label in OUR_APPS:
                seen.add(to)
                waiting.append((to, f"{way}__{each.name}" if way else each.name))
    return None


def our_models() -> Iterator[type[models.Model]]:
    for app in OUR_APPS:
        yield from apps.get_app_config(app).get_models()


def rows_of(model: type[models.Model], organisation: Organisation) -> Any:
    way = way_to_organisation(model)
    if way is None:
        return model._base_manager.none()
    return model._base_manager.filter(**{way: organisation.pk})


def texts(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [
        each
        for each in model._meta.concrete_fields
        if isinstance(each, models.CharField | models.TextField)
        and not each.choices
        and not each.primary_key
        and each.name not in MACHINE
    ]


def mark(organisation: Organisation) -> None:
    """Puts the word in front of every text, past the rules of append-only tables."""
    for model in our_models():
        columns = {
            each.name: Concat(Value(_start(each)), F(each.name), output_field=models.TextField())
            for each in texts(model)
        }
        ids = list(rows_of(model, organisation).values_list("pk", flat=True))
        for low in range(0, len(ids) if columns else 0, 500):
            QuerySet(model).filter(pk__in=ids[low : low + 500]).update(**columns)
    for event in AuditEvent.objects.filter(organisation=organisation):
        QuerySet(AuditEvent).filter(pk=event.pk).update(detail={**event.detail, "note": WORD})


def _start(column: models.Field[Any, Any]) -> str:
    return f"{WORD}." if isinstance(column, models.EmailField) else f"{WORD} "


@pytest.fixture(scope="module", name="world")
def world_fixture(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        world = build(WORD)
        refused, clean = world.there.refused, world.there.clean
        refused.report = {"errors": [{"file": f"{WORD}.yaml", "line": 1, "message": WORD}]}
        clean.report = {"changes": [{"what": "module", "id": WORD, "state": "new"}]}
        refused.save()
        clean.save()
        mark(world.there.organisation)
        yield world
        transaction.set_rollback(True)


def test_every_text_of_the_other_organisation_carries_the_word(world: World, db: None) -> None:
    without, seen = [], Counter[str]()
    for model in our_models():
        for each in rows_of(model, world.there.organisation):
            seen[model.__name__] += 1
            for column in model._meta.concrete_fields:
                label = f"{model.__name__}.{column.name}"
                value = getattr(each, column.name, None) if not column.is_relation else None
                is_text = column in texts(model)
                is_json = isinstance(column, models.JSONField) and label not in MACHINE_JSON
                if (is_text or is_json) and value and WORD not in json.dumps(value, default=str):
                    without.append(label)
    assert sorted(set(without)) == []
    # A world without rows of a kind proves nothing about that kind.
    empty = {m.__name__ for m in our_models() if way_to_organisation(m)} - set(seen)
    assert empty <= {"Mark", "InteractionPoint", "Target", "JobRoleTrack", "ModelCall"}


def test_no_text_of_ones_own_organisation_carries_it(world: World, db: None) -> None:
    for model in our_models():
        for values in rows_of(model, world.here.organisation).values():
            assert WORD not in json.dumps(values, default=str), model.__name__


# ---- Following every link ------------------------------------------------------------------


class Links(HTMLParser):
    """Addresses of links, and of GET forms with what they would send."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.form: tuple[str, dict[str, str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get"):
            if name in values:
                self.found.append(values[name])
        if tag == "form" and values.get("method", "get").lower() == "get":
            self.form = (values.get("action", ""), {}, [])
        elif self.form and values.get("name"):
            _, sent, typed = self.form
            sent[values["name"]] = values.get("value", "")
            if values.get("type", "text") in ("text", "search"):
                typed.append(values["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form:
            action, sent, typed = self.form
            self.found.append(f"{action}?{urlencode(sent)}")
            for name in typed:
                for words in (SOUGHT, "a"):
                    self.found.append(f"{action}?{urlencode({**sent, name: words})}")
            self.form = None


def links(page: str, here: str) -> list[str]:
    parser = Links()
    parser.feed(page)
    found = (urlsplit(urljoin(f"http://testserver{here}", each)) for each in parser.found)
    return [
        each.path + (f"?{each.query}" if each.query else "")
        for each in found
        if each.netloc == "testserver" and not each.path.startswith("/static/")
    ]


def everything_in(response: Any) -> str:
    """Status line, headers, cookies and body as one text."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{headers}\n{response.cookies.output()}\n{body.decode('utf-8', 'replace')}"


def start_pages() -> list[str]:
    """Every address that needs no arguments, also those nobody links to."""
    found = [reverse(row.name) for row in table.rows().values() if not _has_arguments(row.name)]
    search = reverse("search")
    return [
        "/",
        f"{search}?q={SOUGHT}",
        f"{search}?q={SOUGHT}&part=results",
        f"{search}?q=bexley",
        *sorted(set(found) - {reverse("account_logout")}),
        "/nothing-here/",
    ]


def _has_arguments(name: str) -> bool:
    try:
        reverse(name)
    except Exception:
        return True
    return False


def name_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).url_name or ""
    except Resolver404:
        return ""


def crawl(client: Client, most: int = PAGES) -> dict[str, str]:
    """Address → everything that came back, for what can be reached."""
    waiting, seen, alike = deque(start_pages()), set[str](), Counter[tuple[str, str]]()
    got: dict[str, str] = {}
    while waiting and len(got) < most:
        path = waiting.popleft()
        parts = urlsplit(path)
        keys = ",".join(sorted(f"{k}={v if len(v) < 8 else ''}" for k, v in parse_qsl(parts.query)))
        kind = (name_of(path), keys)
        if path in seen or alike[kind] >= ALIKE or kind[0] == "account_logout":
            continue
        seen.add(path)
        alike[kind] += 1
        with watched():
            response = client.get(path)
            got[path] = everything_in(response)
        if response.get("Content-Type", "").startswith("text/html"):
            waiting.extend(links(got[path], path))
        if response.get("Location", "").startswith("/"):
            waiting.append(response["Location"])
    return got


def signed_in(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_byte_of_the_other_organisation_reaches_anybody(
    world: World, db: None, identity: str
) -> None:
    client = signed_in(table.user_of(world, identity))
    got = crawl(client)
    assert len(got) > (10 if identity in ("anonymous", "operator", "ended") else 40)
    leaks = [path for path, text in got.items() if WORD in text]
    if identity == "operator":
        # Who runs the site knows the names of its organisations, and nothing else of them.
        assert set(map(name_of, leaks)) <= {"organisations"}
        leaks = []
    assert leaks == []
    assert [path for path in got if "Server Error" in got[path]] == []


def _swapped(path: str, world: World) -> Iterator[str]:
    """The same address with the other organisation's numbers, in path and query."""
    there = world.there.of["daniel"]
    parts = urlsplit(path)
    row = table.rows().get(name_of(path))
    if row is not None and row.at(there):
        yield reverse(row.name, args=row.at(there))
    numbers = {
        "member": there.member.pk,
        "team": world.there.cast.care.pk,
        "under": world.there.cast.care.pk,
        "start": world.there.job_role.pk,
        "competency": "U1",
    }
    asked = dict(parse_qsl(parts.query))
    for name in asked.keys() & numbers.keys():
        yield f"{parts.path}?{urlencode({**asked, name: numbers[name]})}"


@pytest.mark.parametrize("identity", ["learner", "manager", "trainer", "administrator"])
def test_the_other_organisations_numbers_lead_nowhere(
    world: World, db: None, identity: str
) -> None:
    client = signed_in(table.user_of(world, identity))
    asked = {each for path in crawl(client) for each in _swapped(path, world)}
    asked |= {
        reverse(row.name, args=row.at(world.there.of["daniel"]))
        for row in table.rows().values()
        if row.at(world.there.of["daniel"]) and row.name not in EVERYBODYS
    }
    assert len(asked) > 20
    for path in sorted(asked):
        for method in ("get", "post"):
            with watched() as written:
                response = getattr(client, method)(path)
                said = everything_in(response).replace(path, "")  # what was asked is no secret
                assert WORD not in said, f"{method} {path}"
            if not urlsplit(path).query:
                if name_of(path) in EVERYBODYS:
                    continue
                assert response.status_code in (403, 404, 405), f"{method} {path}"
                assert not written - FREE, f"{method} {path} wrote to {written - FREE}"


# Not the other organisation's: a competency is everybody's, a link from a mail is its holder's.
EVERYBODYS = {
    "competency", "accept_invitation", "account_reset_password_from_key",
    # Named by the key of a scenario, which both organisations have in a wording of their own.
    "rehearsal_brief", "rehearsal_begin", "team_debrief",
}  # fmt: skip


# ---- Mail, and that the test can fail ------------------------------------------------------


def _round(side: Side) -> list[Message]:
    job = BackgroundJob.objects.create(kind=daily.KIND, organisation=side.organisation)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == BackgroundJob.State.DONE, job.error
    return list(Message.objects.filter(organisation=side.organisation))


def test_no_mail_names_the_other_organisation(world: World, db: None) -> None:
    mails = _round(world.here)
    assert mails
    for mail in mails:
        assert WORD not in f"{mail.to} {mail.subject} {mail.text}"
    addresses = set(
        Member.objects.filter(organisation=world.here.organisation).values_list(
            "user__email", flat=True
        )
    )
    addresses.add(world.here.invitation.email)
    assert {mail.to for mail in mails} <= addresses


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("amina", {"home", "notes", "my_record", "search", "track", "module", "step"}),
        ("helen", {"team", "person", "team_export", "assign", "team_rehearsals", "team_debrief"}),
        ("joanna", {"workshop", "grading", "module_overview", "step_preview"}),
        ("noor", {"people", "teams", "audit_trail", "audit_export", "invitations"}),
    ],
)
def test_in_the_other_organisation_itself_the_word_is_all_over(
    world: World, db: None, who: str, names: set[str]
) -> None:
    got = crawl(signed_in(getattr(world.there.cast, who).user))
    seen = {name_of(path) for path, text in got.items() if WORD in text}
    assert names <= seen
