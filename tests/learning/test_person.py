"""One person to their manager: claims, evidence, the very answers if they are open, the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Attempt, AttemptItem, Item, Mark, Quiz, Submission, WorkplaceTask
from curriculum.models import Competency, Module, ModuleVersion, Step
from learning import attesting, evidence
from learning.models import Evidence, Standing
from learning.readiness import claims_for
from people import clock
from people.models import AuditEvent, Member, Organisation
from tests.conftest import Cast
from tests.learning.competence_rows import NOW, graded, item, result
from tests.learning.desk import furnish

SignIn = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def _now() -> object:
    with clock.at(NOW):
        yield


def open_answers(cast: Cast) -> None:
    cast.organisation.managers_see = Organisation.ManagersSee.ANSWERS
    cast.organisation.save()


def draft(key: str) -> ModuleVersion:
    module = Module.objects.create(key=key, title="A module")
    return ModuleVersion.objects.create(
        module=module, number=1, title="A module", minutes=30, digest="0" * 64
    )


def take_gate(member: Member, purpose: str = Quiz.Purpose.GATE) -> Attempt:
    """A submitted gate of one question, answered, with its evidence."""
    step = Step.objects.create(
        version=draft(purpose), kind="quiz", key=purpose, order=1, title="The gate"
    )
    quiz = Quiz.objects.create(step=step, purpose=purpose, draw=1, pass_mark=80)
    content = {
        "id": "u1-01",
        "title": "A wrong date",
        "kind": "short",
        "competency": "U1",
        "level": 2,
        "lesson": "one",
        "case": "<p>The assistant writes <strong>3 May</strong>.</p>",
        "ask": "What do you look up first?",
        "accept": ["the order"],
        "follows": {"right": "Yes.", "wrong": "No."},
        "because": {"right": "It is the source.", "wrong": "It is the source."},
    }
    asked = Item.objects.create(
        key="u1-01", digest="d" * 64, kind="short", title="A wrong date",
        competency_id="U1", level=2, content=content, difficulty=-0.7,
    )  # fmt: skip
    attempt = Attempt.objects.create(
        member=member, quiz=quiz, number=1, state="submitted", score=1, passed=True,
        submitted_at=clock.now(),
    )  # fmt: skip
    AttemptItem.objects.create(
        attempt=attempt, item=asked, order=1, shuffle=1, answer="the order <b>&</b>", credit=1,
        confidence=3,
    )  # fmt: skip
    return attempt


def hand_in(member: Member, grader: Member) -> Submission:
    step = Step.objects.create(
        version=draft("task"), kind="task", key="t", order=1, title="Keep a log"
    )
    task = WorkplaceTask.objects.create(
        step=step, brief="", due_days=14, graded_by="trainer", appeal="",
        measure={"name": "Errors caught", "unit": "a week", "better": "higher", "hint": ""},
        criteria=[{"id": "case", "title": "The case", "competency": "U1", "level": 2, "bands": []}],
    )  # fmt: skip
    work = Submission.objects.create(
        member=member, task=task, state="graded", text="I <i>looked</i> twice.",
        handed_in_at=clock.now(), measure_before=2, measure_after=5,
    )  # fmt: skip
    Mark.objects.create(
        submission=work, criterion="case", grader=grader, as_manager=False, band=3,
        comment="Say how.",
    )  # fmt: skip
    return work


def test_the_page_says_the_two_figures_and_every_claim_with_why(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    html = as_member(cast.helen).get(reverse("person", args=[cast.amina.pk])).content.decode()
    claims = claims_for([cast.amina])[cast.amina.pk]
    for claim in claims.values():
        assert claim.headline in html
        assert claim.why() in html
    assert "1 of 2<small>of level 2 and above" in html
    assert "Gate of module U-1" in html


def test_each_opening_of_a_record_is_in_the_trail(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    client = as_member(cast.helen)
    client.get(reverse("person", args=[cast.amina.pk]))
    client.get(reverse("person_competency", args=[cast.amina.pk, "U1"]))
    events = AuditEvent.objects.filter(action="record.viewed", subject=cast.amina)
    assert [event.detail["part"] for event in events.order_by("number")] == ["person", "competency"]
    assert {event.actor_id for event in events} == {cast.helen.pk}
    cast.care.managers.add(cast.amina)
    as_member(cast.amina).get(reverse("person", args=[cast.amina.pk]))
    assert events.count() == 2


def test_the_evidence_has_source_date_kind_and_weight_in_words(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    evidence.record(result(cast.amina, item("U1", 1, weight=0.5), item("U1", 0), days_ago=2))
    url = reverse("person_competency", args=[cast.amina.pk, "U1"])
    html = as_member(cast.helen).get(url).content.decode()
    assert "Quiz: 12 of 12 right; counts in full" in html
    assert "Quiz: 1 of 2 right; some questions were met before and count less" in html
    assert "Workplace task, marked by Joanna Pike: 4 of 4, 4 of 4, 4 of 4; counts in full" in html
    assert "19 November 2026" in html


def test_a_corrected_piece_gives_way_to_its_correction(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    row = Evidence.objects.filter(member=cast.daniel, competency="U1").first()
    assert row is not None
    evidence.correct(row, outcome=1, by=cast.joanna, reason="The key was wrong")
    url = reverse("person_competency", args=[cast.daniel.pk, "U1"])
    html = as_member(cast.helen).get(url).content.decode()
    assert "Quiz: 1 of 12 right" in html


def test_the_competency_opens_as_a_panel_and_as_a_page(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    client = as_member(cast.helen)
    url = reverse("person_competency", args=[cast.amina.pk, "U1"])
    page, panel = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert b"<!DOCTYPE html>" in page.content
    assert b"<html" not in panel.content
    claim = claims_for([cast.amina])[cast.amina.pk]["U1"]
    for response in (page, panel):
        assert claim.sentence() in response.content.decode()


def test_a_competency_nobody_asks_for_still_has_a_page(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    Competency.objects.create(
        id="V1", domain_id="U", name="Benefits", short="V1", definition="", order=9
    )
    client = as_member(cast.helen)
    response = client.get(reverse("person_competency", args=[cast.amina.pk, "V1"]))
    assert b"asks nothing of this" in response.content
    assert client.get(reverse("person_competency", args=[cast.amina.pk, "Z9"])).status_code == 404


def test_a_person_without_job_role_or_evidence_has_a_page_that_makes_sense(
    cast: Cast, as_member: SignIn
) -> None:
    Member.objects.filter(pk=cast.amina.pk).update(job_role=None)
    html = as_member(cast.helen).get(reverse("person", args=[cast.amina.pk])).content.decode()
    assert "No job role yet" in html
    assert "Nothing yet. Answers, marked works and attestations" in html


# ---- The very answers ----------------------------------------------------------------------


def test_answers_and_works_are_shown_once_the_organisation_opened_them(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    attempt, work = take_gate(cast.amina), hand_in(cast.amina, cast.joanna)
    open_answers(cast)
    client = as_member(cast.helen)
    html = client.get(reverse("person_attempt", args=[cast.amina.pk, attempt.pk])).content.decode()
    assert "What do you look up first?" in html
    assert "The assistant writes 3 May." in html
    assert "the order &lt;b&gt;&amp;&lt;/b&gt;" in html
    assert "was sure" in html
    url = reverse("person_submission", args=[cast.amina.pk, work.pk])
    html = client.get(url).content.decode()
    assert "I &lt;i&gt;looked&lt;/i&gt; twice." in html
    assert "3 of 4" in html
    assert "Say how." in html
    parts = AuditEvent.objects.filter(action="record.viewed").values_list("detail", flat=True)
    assert {part["part"] for part in parts} == {"answers", "work"}


def test_closed_answers_are_refused_with_a_page_that_says_why(
    cast: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    attempt, work = take_gate(cast.amina), hand_in(cast.amina, cast.joanna)
    client = as_member(cast.helen)
    for name, pk in (("person_attempt", attempt.pk), ("person_submission", work.pk)):
        response = client.get(reverse(name, args=[cast.amina.pk, pk]))
        assert response.status_code == 403
        assert "shows managers how people stand" in response.content.decode()
        assert "the order" not in response.content.decode()
    assert not AuditEvent.objects.filter(action="record.viewed").exists()
    html = client.get(reverse("person_competency", args=[cast.amina.pk, "U1"])).content.decode()
    assert "/attempts/" not in html
    assert "You do not see the answers themselves" in html


def test_what_is_no_evidence_is_never_opened(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    open_answers(cast)
    pre_test = take_gate(cast.amina, Quiz.Purpose.PRE_TEST)
    work = hand_in(cast.amina, cast.joanna)
    client = as_member(cast.helen)
    url = reverse("person_attempt", args=[cast.amina.pk, pre_test.pk])
    assert client.get(url).status_code == 404
    Attempt.objects.filter(pk=pre_test.pk).update(state="open")
    assert client.get(url).status_code == 404
    Submission.objects.filter(pk=work.pk).update(state="draft")
    assert (
        client.get(reverse("person_submission", args=[cast.amina.pk, work.pk])).status_code == 404
    )


def test_an_attempt_is_found_only_under_its_own_member(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    open_answers(cast)
    attempt = take_gate(cast.amina)
    url = reverse("person_attempt", args=[cast.daniel.pk, attempt.pk])
    assert as_member(cast.helen).get(url).status_code == 404


# ---- Who may look --------------------------------------------------------------------------


def addresses(subject: Member) -> list[str]:
    return [
        reverse("person", args=[subject.pk]),
        reverse("person_competency", args=[subject.pk, "U1"]),
        reverse("person_attempt", args=[subject.pk, 1]),
        reverse("person_submission", args=[subject.pk, 1]),
    ]


def test_other_teams_are_refused_other_organisations_unknown(
    cast: Cast, elsewhere: Cast, as_member: SignIn
) -> None:
    furnish(cast)
    for url in addresses(cast.victor):
        assert as_member(cast.helen).get(url).status_code == 403
    for url in addresses(elsewhere.amina):
        assert as_member(cast.helen).get(url).status_code == 404


@pytest.mark.parametrize("who", ["amina", "daniel", "joanna", "noor"])
def test_whoever_manages_nobody_is_refused(cast: Cast, as_member: SignIn, who: str) -> None:
    furnish(cast)
    for url in addresses(cast.amina):
        assert as_member(getattr(cast, who)).get(url).status_code == 403


# ---- Attesting -----------------------------------------------------------------------------


def attest(client: Client, subject: Member, code: str = "O1", level: object = 2) -> int:
    return client.post(reverse("attest", args=[subject.pk, code]), {"level": level}).status_code


def test_an_attestation_counts_half_and_opens_nothing_alone(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    assert attest(as_member(cast.helen), cast.daniel) == 302
    row = Evidence.objects.get(member=cast.daniel, kind=Evidence.Kind.ATTESTATION)
    assert (row.outcome, row.steps, row.weight, row.slope) == (2, 4, 0.5, 0.9)
    assert (row.difficulty, row.thresholds) == (-0.7, [-1.0, 0.0, 1.0, 2.0])
    assert (row.taught, row.grader_id, row.as_manager) == (False, cast.helen.pk, True)
    claim = claims_for([cast.daniel])[cast.daniel.pk]["O1"]
    assert claim.state.value == "not-enough"
    assert AuditEvent.objects.filter(action="competency.attested", subject=cast.daniel).count() == 1
    html = (
        as_member(cast.helen)
        .get(reverse("person_competency", args=[cast.daniel.pk, "O1"]))
        .content.decode()
    )
    assert "Attested by Helen Marsh: level 2" in html
    assert "counts half, cannot open or hold a level alone" in html


def test_one_attestation_in_ninety_days(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    rows = Evidence.objects.filter(member=cast.daniel, kind=Evidence.Kind.ATTESTATION)
    client = as_member(cast.helen)
    attest(client, cast.daniel)
    attest(client, cast.daniel, level=4)
    assert rows.count() == 1
    with clock.at(NOW + timedelta(days=89)):
        attest(client, cast.daniel)
        assert rows.count() == 1
    with clock.at(NOW + timedelta(days=91)):
        attest(client, cast.daniel)
    assert rows.count() == 2
    attest(client, cast.daniel, code="G1")
    assert rows.count() == 3


def test_only_direct_reports_are_attested(cast: Cast, elsewhere: Cast, as_member: SignIn) -> None:
    furnish(cast)
    deep = Member.objects.create(
        organisation=cast.organisation, user=elsewhere.victor.user, team=cast.night
    )
    client = as_member(cast.helen)
    assert attest(client, deep) == 403
    assert attest(client, cast.victor) == 403
    assert attest(client, elsewhere.amina) == 404
    assert attest(client, cast.rosa) == 302
    assert attest(as_member(cast.joanna), cast.amina) == 403
    assert Evidence.objects.filter(kind=Evidence.Kind.ATTESTATION).count() == 1


def test_nobody_attests_themselves(cast: Cast, as_member: SignIn) -> None:
    furnish(cast)
    cast.care.managers.add(cast.amina)
    assert attest(as_member(cast.amina), cast.amina) == 403
    assert not attesting.attestations(cast.amina, "O1").exists()


@pytest.mark.parametrize("level", ["", "0", "5", "two"])
def test_a_bad_level_is_sent_back_with_the_form(cast: Cast, as_member: SignIn, level: str) -> None:
    furnish(cast)
    assert attest(as_member(cast.helen), cast.daniel, level=level) == 422
    assert (
        as_member(cast.helen).get(reverse("attest", args=[cast.daniel.pk, "O1"])).status_code == 405
    )


def test_the_standing_follows_the_evidence(cast: Cast) -> None:
    furnish(cast)
    before = Standing.objects.get(member=cast.daniel)
    evidence.record(
        result(cast.daniel, *[graded("O1", cast.joanna) for _ in range(3)], kind="task")
    )
    evidence.record(result(cast.daniel, *[item("O1") for _ in range(9)]))
    after = Standing.objects.get(member=cast.daniel)
    assert after.not_enough == before.not_enough - 1
