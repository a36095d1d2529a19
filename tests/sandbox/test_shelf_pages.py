"""Choosing a rehearsal, its brief without anything sealed, and what one expects of it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sandbox import running, scenarios
from sandbox.live_models import accounts
from sandbox.models import Run, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.sandbox.played import library, seed_with
from tests.sandbox.standing import library_version, planned, started, version_for

PREPARED = library("payment-run")
SCENARIO = PREPARED.scenario


@pytest.fixture
def version(db: None) -> ScenarioVersion:
    scenarios.forget()
    return library_version("payment-run")


@pytest.fixture
def run(cast: Cast, version: ScenarioVersion) -> Run:
    return planned(cast.amina, version)


def words(response: Any) -> str:
    """The page as a person reads it, without markup."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r" ([.,])", r"\1", " ".join(html.unescape(text).split()))


def page(client: Client, run: Run, **query: str) -> Any:
    return client.get(reverse("rehearsal_plan", args=[run.pk]), query)


def act(client: Client, run: Run, what: str, **data: Any) -> Any:
    run.refresh_from_db()
    form = {"act": what, "sequence": run.plan_sequence, **data}
    return client.post(reverse("rehearsal_plan", args=[run.pk]), form)


def start(client: Client, run: Run, **data: Any) -> Any:
    run.refresh_from_db()
    form = {"sequence": run.plan_sequence, **data}
    return client.post(reverse("rehearsal_start", args=[run.pk]), form)


def jobs(run: Run) -> list[str]:
    run.refresh_from_db()
    return [stage["job"] for stage in run.plan["stages"]]


# ---- Choosing ------------------------------------------------------------------------------


def test_the_list_begins_with_the_layer_of_ones_job_role(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    library_version("refund-desk")
    client = as_member(cast.amina)
    said = words(client.get(reverse("rehearsals")))
    assert said.index("Refund and reply desk") < said.index("The payment run")
    assert "Customer-facing your job role’s layer" in said
    assert "Guided, Supervised, Design only ·" not in said
    assert "Live model" not in said.partition("With a live model")[0]
    assert accounts.why_not(cast.amina) in said, "why nobody can rehearse live"


def test_the_list_shows_where_one_stands(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    for points in (61, 78, 70):
        run = started(cast.amina, version, "careful")
        Run.objects.filter(pk=run.pk).update(state="finished", score={"total": points})
    waiting = started(cast.amina, version, "starter", rung="guided")
    Run.objects.filter(pk=started(cast.daniel, version, "careful").pk).update(
        state="finished", score={"total": 99}
    )
    said = words(as_member(cast.amina).get(reverse("rehearsals")))
    assert "Best 78 Last 70" in said
    assert re.search(r"Continue at 13:\d\d of The payment run, guided", said)
    assert "99" not in said, "a colleague's points are nobody's business here"
    told = words(as_member(cast.amina).get(reverse("rehearsal_brief", args=["payment-run"])))
    assert "You are in the middle of it" in told
    assert "61 points" in told
    assert waiting.get_rung_display() in told


def test_another_organisations_scenario_is_not_there(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    scenarios.forget()
    version_for(elsewhere.organisation, "of theirs")
    client = as_member(cast.amina)
    assert "of theirs" not in words(client.get(reverse("rehearsals")))
    address = reverse("rehearsal_brief", args=["small-run"])
    assert client.get(address).status_code == 404
    begin = reverse("rehearsal_begin", args=["small-run"])
    assert client.post(begin, {"rung": "guided"}).status_code == 404
    own = version_for(cast.organisation, "of ours")
    assert "of ours" in words(client.get(address))
    client.post(begin, {"rung": "guided"})
    assert Run.objects.get(member=cast.amina).version == own


def test_no_scenario_yet_says_what_will_be_here(cast: Cast, as_member: SignIn) -> None:
    assert "No rehearsal is published yet" in words(
        as_member(cast.amina).get(reverse("rehearsals"))
    )


def test_drafts_are_not_offered(cast: Cast, as_member: SignIn, version: ScenarioVersion) -> None:
    ScenarioVersion.objects.filter(pk=version.pk).update(state="retired")
    client = as_member(cast.amina)
    assert "The payment run" not in words(client.get(reverse("rehearsals")))
    assert client.get(reverse("rehearsal_brief", args=["payment-run"])).status_code == 404


def test_beginning_leads_to_the_brief_and_again_to_the_plan(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    client = as_member(cast.amina)
    begin = reverse("rehearsal_begin", args=["payment-run"])
    to = client.post(begin, {"rung": "supervised"})["Location"]
    run = Run.objects.get()
    assert to == reverse("rehearsal_before", args=[run.pk])
    act(client, run, "stage-remove 1")
    assert client.post(begin, {"rung": "supervised"})["Location"] == reverse(
        "rehearsal_plan", args=[run.pk]
    )
    assert Run.objects.count() == 1


@pytest.mark.parametrize("rung", ["", "expert", "live"])
def test_a_rung_that_is_not_open_begins_nothing(
    cast: Cast, as_member: SignIn, version: ScenarioVersion, rung: str
) -> None:
    begin = reverse("rehearsal_begin", args=["payment-run"])
    response = as_member(cast.amina).post(begin, {"rung": rung}, follow=True)
    assert response.redirect_chain
    assert not Run.objects.exists()
    assert ("live models" in words(response)) or ("Choose one of the rungs" in words(response))


def test_a_trail_to_read_leads_straight_to_its_questions(
    cast: Cast, as_member: SignIn, db: None
) -> None:
    scenarios.forget()
    version = library_version("incident-trail")
    ScenarioVersion.objects.filter(pk=version.pk)
    client = as_member(cast.amina)
    begin = reverse("rehearsal_begin", args=["incident-trail"])
    to = client.post(begin, {"rung": "supervised"})["Location"]
    run = Run.objects.get()
    assert to == reverse("rehearsal_questions", args=[run.pk])
    for name in ("rehearsal_plan", "rehearsal_predict", "rehearsal_before"):
        response = client.get(reverse(name, args=[run.pk]))
        assert response.status_code == 302, name


# ---- The brief and the prediction ----------------------------------------------------------


def test_the_brief_shows_nothing_of_what_is_sealed(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    sealed_texts = [each for paper in SCENARIO.papers.values() for each in paper.planted.values()]
    client = as_member(cast.amina)
    for rung in ("guided", "supervised", "design"):
        for fault in SCENARIO.faults:
            run = planned(cast.amina, version, rung=rung, seed=seed_with(PREPARED, fault))
            brief = client.get(reverse("rehearsal_before", args=[run.pk]))
            plan = page(client, run, stage="2", rule="new")
            again = client.get(reverse("rehearsal_brief_again", args=[run.pk]))
            assert again["Location"] == reverse("rehearsal_before", args=[run.pk])
            for response in (brief, plan):
                text = html.unescape(response.content.decode())
                assert str(run.seed) not in re.findall(r"\b\d+\b", text) or run.seed < 1000
                for planted in sealed_texts:
                    assert planted not in text
                for each in SCENARIO.faults.values():
                    assert each.story not in text
                    assert each.control not in text
                    told = each.title in text
                    assert told is (rung == "guided" and response is brief and not each.is_decoy), (
                        f"{rung}: {each.title}"
                    )
            Run.objects.all().delete()


def test_the_brief_has_all_its_parts(cast: Cast, as_member: SignIn, run: Run) -> None:
    said = words(as_member(cast.amina).get(reverse("rehearsal_before", args=[run.pk])))
    for part in ("Situation", "Papers", "Agents and what each may touch", "House rules",
                 "What may go wrong", "How it is scored"):  # fmt: skip
        assert part in said
    assert "Send a payment (cannot be undone, reaches outside)" in said
    assert "£4,862.40" in said, "the tables have their cells"


def test_a_prediction_needs_a_choice_and_words(
    cast: Cast, as_member: SignIn, version: ScenarioVersion
) -> None:
    run = running.begin(cast.amina, version, "supervised")
    client = as_member(cast.amina)
    address = reverse("rehearsal_predict", args=[run.pk])
    for data in (
        {},
        {"choice": "1"},
        {"choice": "99", "words": "x"},
        {"choice": "-1", "words": "x"},
        {"choice": "1", "words": "  \x00 "},
        {"choice": "1", "words": "x" * 2001},
    ):
        response = client.post(address, data)
        assert response.status_code == 400
        assert data.get("words", "").strip("\x00 ") in response.content.decode()
    assert start(client, run)["Location"] == address, "without one the run does not start"
    assert "Say what you expect, then start" in words(page(client, run))
    kept = client.post(address, {"choice": "3", "words": "The bank’s line is old."})
    assert kept["Location"] == reverse("rehearsal_plan", args=[run.pk])
    said = words(page(client, run))
    assert SCENARIO.brief.choices[3] in said
    assert "The bank’s line is old." in said
    assert "Freeze the plan and start" in said


def test_after_the_start_what_was_expected_stands(cast: Cast, as_member: SignIn, run: Run) -> None:
    client = as_member(cast.amina)
    start(client, run)
    address = reverse("rehearsal_predict", args=[run.pk])
    client.post(address, {"choice": "0", "words": "I knew it"})
    run.refresh_from_db()
    assert run.prediction == "It pays in one breath."
