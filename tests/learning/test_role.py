"""My job role and its competencies: points, targets, figures with their why, evidence, absence."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.models import Attempt
from assessments.results import Observation, ObservationKind, Result, result_announced
from curriculum.models import Crosswalk, InteractionPoint
from learning import readiness
from people import clock
from people.models import Member
from tests.conftest import Cast
from tests.factories import make_job_role
from tests.learning.taught import make_competency, make_module, make_target, role_of

SignIn = Callable[[Member], Client]


def observe(member: Member, key: str = "D3", *, right: bool = True, source_id: int = 1) -> None:
    seen = tuple(
        Observation(
            competency_id=key,
            level=1,
            kind=ObservationKind.CHOICE,
            item=f"item-{number}",
            outcome=int(right),
            weight=1.0,
            difficulty=-1.7,
            difficulty_variance=0.3,
            guess=0.25,
        )
        for number in range(8)
    )
    result = Result(
        member=member,
        source_kind="quiz",
        source_id=source_id,
        title="Gate: <checking>",
        at=clock.now(),
        observations=seen,
    )
    result_announced.send(sender=Attempt, result=result)


def make_point(cast: Cast, key: str = "CU1", skill: str = "D3") -> InteractionPoint:
    point = InteractionPoint.objects.create(
        job_role=role_of(cast.amina),
        key=key,
        order=1,
        decision="Trust, edit or discard",
        information="The facts of the case",
        good="You check in proportion.",
        bad="You send it as it is.",
    )
    point.skills.add(make_competency(skill))
    return point


def test_points_and_targets_are_shown_each_with_its_why(cast: Cast, as_member: SignIn) -> None:
    make_target(role_of(cast.amina))
    make_point(cast)
    make_module(aims={"D3": 2})
    text = as_member(cast.amina).get("/role/").content.decode()
    assert "Trust, edit or discard" in text
    assert "You send it as it is." in text
    assert "2 Practitioner, critical" in text
    assert "does D3 at 2" in text
    assert text.count("<summary>Why?</summary>") == 1
    assert "Why two figures?" in text
    assert "Not said yet" in text


def test_the_page_says_what_the_one_function_says(cast: Cast, as_member: SignIn) -> None:
    make_target(role_of(cast.amina), level=1)
    make_module(aims={"D3": 1})
    observe(cast.amina)
    claims = readiness.claims_for([cast.amina])[cast.amina.pk]
    figures = readiness.readiness(claims)
    client = as_member(cast.amina)
    text = client.get("/role/").content.decode()
    assert claims["D3"].state.is_said
    assert f"<dd>{figures.percent}\u00a0%<small>" in text
    assert claims["D3"].headline in text
    assert claims["D3"].sentence() in text
    page = client.get("/competencies/D3/").content.decode()
    assert claims["D3"].sentence() in page
    assert claims["D3"].headline in client.get("/").content.decode()


def test_a_competency_lists_the_evidence_with_dates_and_weights(
    cast: Cast, as_member: SignIn
) -> None:
    make_target(role_of(cast.amina), level=1)
    module = make_module(title="Checking well", aims={"D3": 1})
    Crosswalk.objects.create(
        competency_id="D3",
        framework="NIST AI RMF",
        version="1.0",
        code="MAP 2.2",
        relation="related",
    )
    observe(cast.amina)
    text = as_member(cast.amina).get("/competencies/D3/").content.decode()
    assert text.count("Gate: &lt;checking&gt;") == 8
    assert "counts in full" in text
    assert "MAP 2.2" in text
    assert f"/modules/{module.pk}/" in text
    for level in (1, 2, 3, 4):
        assert f"does D3 at {level}" in text
    other = as_member(cast.daniel).get("/competencies/D3/").content.decode()
    assert "checking&gt;" not in other
    assert "No evidence yet" in other


def test_nothing_is_said_and_no_line_drawn_before_there_is_enough(
    cast: Cast, as_member: SignIn
) -> None:
    make_target(role_of(cast.amina), level=3)
    make_module(aims={"D3": 3})
    observe(cast.amina)
    text = as_member(cast.amina).get("/competencies/D3/").content.decode()
    assert "Not enough evidence" in text
    assert "How it went" not in text


def test_a_competency_that_does_not_exist_is_404(cast: Cast, as_member: SignIn) -> None:
    assert as_member(cast.amina).get("/competencies/Z9/").status_code == 404


def test_a_competency_without_job_role_or_evidence_makes_sense(
    cast: Cast, as_member: SignIn
) -> None:
    make_competency("D3")
    text = as_member(cast.victor).get("/competencies/D3/").content.decode()
    assert "you have no job role here" in text
    assert "Not taught yet" in text


def test_without_a_job_role_the_page_says_who_can_set_it(cast: Cast, as_member: SignIn) -> None:
    text = as_member(cast.victor).get("/role/").content.decode()
    assert "Noor Haddad can set it." in text
    assert "customer" in text.lower()


def test_another_layer_is_shown_without_any_standing(cast: Cast, as_member: SignIn) -> None:
    other = make_job_role("executive", layer="executive")
    make_target(other, "V1", level=3)
    text = as_member(cast.amina).get("/role/?layer=executive").content.decode()
    assert "3 Lead, critical" in text
    assert "What may be said" not in text
    assert as_member(cast.amina).get("/role/?layer=nonsense").status_code == 200


def test_the_number_of_statements_does_not_grow_with_targets(cast: Cast, as_member: SignIn) -> None:
    counts = []
    client = as_member(cast.amina)
    for size in (2, 9):
        for number in range(1, size + 1):
            if not role_of(cast.amina).targets.filter(competency_id=f"O{number}").exists():
                make_target(role_of(cast.amina), f"O{number}")
                make_point(cast, f"CU{number}", f"O{number}")
        client.get("/role/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/role/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13
