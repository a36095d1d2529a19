"""Scenarios retired and published again, taken away as packages, previewed."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.urls import reverse

from assessments.scenario_documents import SCENARIO
from curriculum.packages.reading import Package, read_zip
from people import jobs
from people.models import AuditEvent
from sandbox import retiring, running, scenarios
from sandbox.models import Run, Scenario, ScenarioVersion
from tests.assessments.test_scenario_packages import bring_in
from tests.conftest import Cast, SignIn
from tests.packages import library_package
from tests.sandbox.brought_in import checks, own_draft, page, reported, text, verdict
from tests.sandbox.standing import library_version, started, version_for

State = ScenarioVersion.State


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    scenarios.forget()


# ---- Retiring ------------------------------------------------------------------------------


@pytest.fixture
def published(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ScenarioVersion:
    verdict(monkeypatch, ok=True)
    version = own_draft(cast)
    jobs.run(checks(version)[0].pk)
    version.refresh_from_db()
    assert version.state == State.PUBLISHED
    return version


def act(cast: Cast, as_member: SignIn, name: str, version: ScenarioVersion) -> str:
    address = reverse(name, args=[version.scenario_id])
    return text(as_member(cast.joanna).post(address, follow=True))


def test_what_hangs_on_it_is_shown_before(
    cast: Cast, as_member: SignIn, published: ScenarioVersion
) -> None:
    started(cast.amina, published, "careful")
    running.finish(started(cast.daniel, published, "lean"), {})
    said = text(page(cast, as_member, published))
    assert "runs under way 1" in said
    assert "exercises that name it 1" in said


def test_a_retired_scenario_begins_no_run_and_lets_begun_ones_end(
    cast: Cast, as_member: SignIn, published: ScenarioVersion
) -> None:
    run = started(cast.amina, published, "careful")
    assert "Retired. Runs that have begun may end." in act(
        cast, as_member, "scenario_retire", published
    )
    entry = AuditEvent.objects.get(action="scenario.retired")
    assert (entry.actor_id, entry.detail["key"]) == (cast.joanna.pk, "small-run")
    assert entry.detail["impact"] == {
        "runs under way": 1,
        "exercises that name it": 1,
        "open assignments": 0,
    }
    client = as_member(cast.amina)
    begin = client.post(reverse("rehearsal_begin", args=["small-run"]), {"rung": "supervised"})
    assert begin.status_code == 404
    assert "not offered any more" in text(client.get(reverse("rehearsals")))
    assert "A small payment run" not in text(as_member(cast.daniel).get(reverse("rehearsals")))
    assert "Not offered any more" in text(
        client.get(reverse("rehearsal_brief", args=["small-run"]))
    )
    strangers = as_member(cast.daniel).get(reverse("rehearsal_brief", args=["small-run"]))
    assert strangers.status_code == 404
    while run.state == Run.State.WAITING:
        open_ask = running.rehearsal_of(run).state.open
        assert open_ask is not None
        answer = {"ask": open_ask.seq, "decision": "approve", "reason": "checked", "sure": "sure"}
        assert client.post(reverse("rehearsal_decide", args=[run.pk]), answer).status_code == 302
        run.refresh_from_db()
    client.post(reverse("rehearsal_questions", args=[run.pk]), {"skip": "yes"})
    for name in ("rehearsal_debrief", "rehearsal_trail", "rehearsal_brief_again"):
        assert client.get(reverse(name, args=[run.pk])).status_code == 200, name
    run.refresh_from_db()
    assert (run.state, run.counts) == (Run.State.FINISHED, True)


def test_it_is_published_again_as_it_was(
    cast: Cast, as_member: SignIn, published: ScenarioVersion
) -> None:
    act(cast, as_member, "scenario_retire", published)
    assert "There is nothing to retire" in act(cast, as_member, "scenario_retire", published)
    assert "Publish version 1 again" in text(page(cast, as_member, published))
    said = act(cast, as_member, "scenario_restore", published)
    assert "Version 1 can be rehearsed again." in said
    assert "There is nothing to publish again" in act(
        cast, as_member, "scenario_restore", published
    )
    published.refresh_from_db()
    assert published.state == State.PUBLISHED
    actions = AuditEvent.objects.filter(action__startswith="scenario.re").order_by("pk")
    assert [each.action for each in actions] == ["scenario.retired", "scenario.restored"]
    client = as_member(cast.amina)
    begin = client.post(reverse("rehearsal_begin", args=["small-run"]), {"rung": "supervised"})
    assert begin.status_code == 302


def test_the_newest_of_several_comes_back(
    cast: Cast, published: ScenarioVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = own_draft(cast, title="The second")
    jobs.run(checks(second)[0].pk)
    retiring.retire(second.scenario, by=cast.joanna)
    third = own_draft(cast, title="The third")
    assert retiring.restore(second.scenario, by=cast.joanna) == second
    with pytest.raises(retiring.AlreadySo):
        retiring.restore(second.scenario, by=cast.joanna)
    states = dict(second.scenario.versions.values_list("number", "state"))
    assert states == {1: State.RETIRED, 2: State.PUBLISHED, 3: State.DRAFT}
    jobs.run(checks(third)[0].pk)
    states = dict(second.scenario.versions.values_list("number", "state"))
    assert states == {1: State.RETIRED, 2: State.RETIRED, 3: State.PUBLISHED}


def test_a_draft_was_never_published_and_is_not_published_so(cast: Cast) -> None:
    version = own_draft(cast)
    with pytest.raises(retiring.AlreadySo):
        retiring.restore(version.scenario, by=cast.joanna)
    with pytest.raises(retiring.AlreadySo):
        retiring.retire(version.scenario, by=cast.joanna)
    version.refresh_from_db()
    assert version.state == State.DRAFT


def test_under_a_retired_own_one_the_built_in_one_comes_out(
    cast: Cast, as_member: SignIn, published: ScenarioVersion
) -> None:
    built_in = version_for(None, "of the library")
    client, address = as_member(cast.amina), reverse("rehearsals")
    assert "of the library" not in text(client.get(address))
    assert "Learners here meet your organisation’s own" in text(page(cast, as_member, built_in))
    act(cast, as_member, "scenario_retire", published)
    assert "of the library" in text(client.get(address))
    assert "Learners here meet" not in text(page(cast, as_member, built_in))


# ---- Taking away, preview ------------------------------------------------------------------


def test_a_built_in_one_is_taken_away_and_becomes_ones_own(cast: Cast, as_member: SignIn) -> None:
    assert bring_in(library_package()).ok
    version = library_version("payment-run")
    answer = as_member(cast.joanna).get(reverse("scenario_export", args=[version.pk]))
    assert answer["Content-Type"] == "application/zip"
    assert 'filename="payment-run-1.zip"' in answer["Content-Disposition"]
    assert AuditEvent.objects.get(action="scenario.exported").actor_id == cast.joanna.pk
    package = read_zip(answer.content)
    assert package.faults == []
    main = f"scenarios/payment-run/{SCENARIO.main}"
    title = "title: The payment run"
    assert title in package.files[main]
    changed = package.files[main].replace(title, "title: Our payment run", 1)
    # The small library of tests has neither the competencies nor the lesson.
    changed = re.sub(r"competency: \w+", "competency: U1", changed)
    changed = re.sub(r"next_lesson: \S+?([,}\n])", r"next_lesson: F1/reading\1", changed)
    report = bring_in(Package({**package.files, main: changed}), cast.organisation)
    assert report.ok, report.faults
    own = Scenario.objects.get(organisation=cast.organisation)
    assert (own.key, own.title) == ("payment-run", "Our payment run")
    assert own.versions.get().state == State.DRAFT


def test_the_zip_holds_no_report_and_no_seed(cast: Cast, as_member: SignIn) -> None:
    version = reported("refund-desk")
    answer = as_member(cast.joanna).get(reverse("scenario_export", args=[version.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert not [name for name in archive.namelist() if name.endswith("report.json")]
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert json.dumps(version.report["hidden"])[:40] not in whole


def test_the_preview_is_the_brief_of_a_guided_run(cast: Cast, as_member: SignIn) -> None:
    version = library_version("payment-run")
    seen = text(as_member(cast.joanna).get(reverse("scenario_preview", args=[version.pk])))
    run = running.begin(cast.amina, version, Run.Rung.GUIDED)
    learners = text(as_member(cast.amina).get(reverse("rehearsal_before", args=[run.pk])))

    def brief(said: str) -> str:
        return said[said.index(" Situation Brackenridge") : said.index("all points count less.")]

    assert brief(seen) == brief(learners)
    assert "Preview of version 1, published" in seen
