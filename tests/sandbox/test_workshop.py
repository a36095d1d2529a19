"""Scenarios in the workshop: listed, and their checks read by who is no programmer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from people import jobs
from people.models import AuditEvent, BackgroundJob
from sandbox import scenarios
from sandbox.catalogue import catalogue
from sandbox.grading import hidden_seeds
from sandbox.lint_words import parts, situations, ways
from sandbox.models import ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.brought_in import checks, own_draft, page, reported, text, verdict
from tests.sandbox.standing import library_version, started, version_for

State = ScenarioVersion.State


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    scenarios.forget()


# ---- The list ------------------------------------------------------------------------------


def test_the_list_says_where_each_stands(
    cast: Cast, elsewhere: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=False)
    draft = own_draft(cast, title="Our own run")
    library_version("payment-run")
    version_for(elsewhere.organisation, "of theirs")
    address = reverse("scenarios")
    said = text(as_member(cast.joanna).get(address))
    assert re.search(r"Our own run small-run Operations not yet draft 1 being checked", said)
    assert re.search(r"The payment run payment-run Operations version 1 since .+? fair", said)
    assert "of theirs" not in said
    jobs.run(checks(draft)[0].pk)
    assert "draft 1 not fair yet" in text(as_member(cast.joanna).get(address))


def test_the_list_counts_what_is_under_way_here(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    version = library_version("payment-run")
    started(cast.amina, version, "careful")
    started(elsewhere.amina, version, "careful")
    assert "1 under way" in text(as_member(cast.joanna).get(reverse("scenarios")))


def test_the_list_takes_the_same_queries_for_one_and_for_many(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    own_draft(cast)
    with django_assert_num_queries(4):
        assert len(catalogue(cast.joanna)) == 1
    for name in ("payment-run", "hr-case", "refund-desk"):
        library_version(name)
    with django_assert_num_queries(4):
        assert len(catalogue(cast.joanna)) == 4


# ---- The report ----------------------------------------------------------------------------

REPORT = {
    "scenario": "x",
    "digest": "d",
    "seeds": 200,
    "ok": False,
    "checks": [
        {"name": "moved fires", "ok": True, "words": "Happens in 87%.", "warning": False},
        {"name": "decoys", "ok": False, "words": "Nothing looks like a fault.", "warning": False},
        {"name": "reference lean", "ok": True, "words": "Scores 90.", "warning": False},
        {"name": "starter", "ok": False, "words": "Begins with 81.", "warning": True},
        {"name": "naive approve", "ok": False, "words": "Scores 44.", "warning": False},
        {"name": "new kind of check", "ok": True, "words": "Something new.", "warning": False},
    ],
    "ways": [
        {"name": "lean", "title": "Reference plan, lean", "points": 90, "value": 24.0},
        {"name": "approve", "title": "Approve everything", "points": 44, "value": -60.0},
        {"name": "genius", "title": "Single genius", "points": 50, "value": 3.0},
    ],
}


def test_every_finding_stands_in_a_part_that_says_why() -> None:
    found = {part.title: part for part in parts(REPORT)}
    assert [(p, [f.sign for f in part.findings]) for p, part in found.items()] == [
        ("What goes wrong", ["pass", "fail"]),
        ("Good plans", ["pass", "note"]),
        ("Reflexes", ["fail"]),
        ("Further", ["pass"]),
    ]
    assert found["Reflexes"].failed == 1
    assert all(part.why for part in found.values())
    assert not parts({})
    assert not ways({})
    assert not situations({})


def test_ways_stand_on_one_scale_and_those_out_of_bounds_are_marked() -> None:
    lean, genius, approve = ways(REPORT)
    assert [each.title for each in (lean, genius, approve)] == [
        "Reference plan, lean", "Single genius", "Approve everything",
    ]  # fmt: skip
    assert [each.holds for each in (lean, genius, approve)] == [True, True, False]
    assert lean.drawn is not None
    assert approve.drawn is not None
    assert lean.drawn.zero == approve.drawn.zero
    assert approve.drawn.at < approve.drawn.zero < lean.drawn.at
    assert (lean.width, approve.width) == (90, 44)


def test_the_situations_are_explained_and_none_is_shown(cast: Cast, as_member: SignIn) -> None:
    version = reported("payment-run")
    response = page(cast, as_member, version)
    said = text(response)
    assert "played every way of working in 200 situations" in said
    assert "no page, no export and no trail shows them" in said
    numbers = set(re.findall(r"\d{6,}", response.content.decode()))
    assert not numbers & {str(seed) for seed in hidden_seeds(version.digest)}
    hidden = version.report["hidden"]
    for value in (*hidden["naive"].values(), *hidden["references"].values()):
        assert str(value) not in said, "the values on the hidden situations"


def test_a_report_is_read_in_words(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=False)
    version = own_draft(cast)
    waiting = page(cast, as_member, version)
    assert "Version 1 is being checked." in text(waiting)
    assert 'hx-trigger="every 3s"' in waiting.content.decode()
    jobs.run(checks(version)[0].pk)
    said = text(page(cast, as_member, version))
    assert "Version 1 is not fair yet, so nobody can begin it." in said
    assert "“Approve everything” scores 44; at most 20 are allowed. to mend" in said
    assert "Scores 80. a note" in said


def test_the_real_check_is_readable_to_the_end(cast: Cast, as_member: SignIn) -> None:
    version = own_draft(cast)
    jobs.run(checks(version)[0].pk)
    said = text(page(cast, as_member, version))
    for words in ("Ways of working", "Reference plan, lean", "Toss a coin", "The plan one begins"):
        assert words in said
    assert "too few points" in said


def test_a_trail_that_is_read_has_points_and_no_value(cast: Cast, as_member: SignIn) -> None:
    said = text(page(cast, as_member, reported("incident-trail")))
    assert "Always the first answer" in said
    assert "Value a run" not in said
    assert "Everybody reads the same trail." in said


def test_while_it_waits_the_page_asks_for_the_state_alone(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    version = own_draft(cast)
    client, address = as_member(cast.joanna), reverse("scenario", args=[version.scenario_id])
    part = client.get(address, headers={"HX-Request": "true"})
    assert "being checked" in text(part)
    assert "<html" not in part.content.decode()
    jobs.run(checks(version)[0].pk)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "The check is over." in text(part)
    assert "hx-get" not in part.content.decode(), "it stops asking"


def test_earlier_versions_keep_their_reports(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    first = own_draft(cast)
    jobs.run(checks(first)[0].pk)
    second = own_draft(cast, title="Another title")
    verdict(monkeypatch, ok=False)
    jobs.run(checks(second)[0].pk)
    client, address = as_member(cast.joanna), reverse("scenario", args=[first.scenario_id])
    assert "1 to mend" in text(client.get(address))
    assert "1 to mend" not in text(client.get(address, {"version": 1}))
    for odd in ("7", "x", "1;2", "-1"):
        assert client.get(address, {"version": odd}).status_code == 404


# ---- Checking again ------------------------------------------------------------------------


def ask(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> None:
    address = reverse("scenario_check", args=[version.pk])
    response = as_member(cast.joanna).post(address)
    assert response.status_code == 302


def test_a_draft_is_checked_again_once_at_a_time(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=False)
    version = own_draft(cast)
    ask(cast, as_member, version)
    assert len(checks(version)) == 1, "the first one waits still"
    jobs.run(checks(version)[0].pk)
    ask(cast, as_member, version)
    ask(cast, as_member, version)
    assert len(checks(version)) == 2
    assert AuditEvent.objects.filter(action="scenario.check-asked").count() == 1
    verdict(monkeypatch, ok=True)  # the site was renewed
    jobs.run(checks(version)[1].pk)
    version.refresh_from_db()
    assert version.state == State.PUBLISHED
    ask(cast, as_member, version)
    assert len(checks(version)) == 2, "what is published is checked no more"


def test_a_check_that_broke_off_is_told_and_can_be_had_again(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    version = own_draft(cast)
    parked = BackgroundJob.objects.filter(pk=checks(version)[0].pk)
    parked.update(state=BackgroundJob.State.PARKED, error="Traceback\nsecret/path.py")
    response = page(cast, as_member, version)
    assert "The check broke off, several times." in text(response)
    assert "secret/path.py" not in response.content.decode()
    ask(cast, as_member, version)
    jobs.run(checks(version)[1].pk)
    version.refresh_from_db()
    assert version.state == State.PUBLISHED
