"""Your part: the next thing by its rule, what is due and fading, empty states, and the cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.models import Attempt, Submission
from learning import readiness
from learning.claims import Claim, ClaimState
from learning.enrolment import enrol
from learning.models import Assignment, Enrolment
from learning.next_thing import choose
from learning.path import modules_ahead
from people import clock
from people.models import Member, User
from tests.conftest import Cast
from tests.learning.taught import (
    make_competency,
    make_module,
    make_target,
    make_track,
    make_version,
    published,
    role_of,
    step_of,
)

SignIn = Callable[[Member], Client]


def assign(cast: Cast, days: int, **target: object) -> Assignment:
    return Assignment.objects.create(
        organisation=cast.organisation,
        member=cast.amina,
        assigned_by=cast.helen,
        due_on=clock.today() + timedelta(days=days),
        **target,
    )


def home(client: Client) -> str:
    page = client.get("/")
    assert page.status_code == 200
    return page.content.decode()


def claim(key: str, state: ClaimState, **fields: object) -> Claim:
    values = {
        "competency_id": key,
        "name": f"Competency {key}",
        "short": key,
        "domain": key[0],
        "target": 2,
        "critical": True,
        "as_of": clock.today(),
        **fields,
    }
    return Claim(state=state, **values)  # type: ignore[arg-type]


def test_overdue_comes_before_due_soon_and_both_before_open_work(
    cast: Cast, as_member: SignIn
) -> None:
    track = make_track(job_role=cast.amina.job_role)
    late = make_module("F1", title="Late one", track=track)
    soon = make_module("F2", title="Soon one", track=track)
    Attempt.objects.create(member=cast.amina, quiz=step_of(soon, "gate").quiz, number=1)
    client = as_member(cast.amina)
    assert "The gate</h2>" in home(client)
    assign(cast, 3, module=soon)
    assert "Soon one</h2>" in home(client)
    assign(cast, -2, module=late)
    text = home(client)
    assert "Late one</h2>" in text
    assert "2 days overdue" in text
    assert "assigned by Helen Marsh" in text
    assert "Why this one?" in text


def test_a_returned_work_is_gone_on_with(cast: Cast, as_member: SignIn) -> None:
    task = step_of(make_module(task=True), "task").task
    Submission.objects.create(
        member=cast.amina, task=task, state=Submission.State.RETURNED, text="Before"
    )
    text = home(as_member(cast.amina))
    assert "The task</h2>" in text
    assert "came back with something to change" in text


def test_withdrawn_completed_and_others_assignments_are_not_due(
    cast: Cast, as_member: SignIn
) -> None:
    module = make_module("F1", title="Not mine")
    for fields in ({"withdrawn_at": clock.now()}, {"completed_at": clock.now()}):
        one = assign(cast, 3, module=module)
        Assignment.objects.filter(pk=one.pk).update(**fields)
    Assignment.objects.filter(pk=assign(cast, 3, module=module).pk).update(member=cast.daniel)
    assert "Nothing is due." in home(as_member(cast.amina))


def test_the_next_module_serves_a_critical_target_without_evidence(
    cast: Cast, as_member: SignIn
) -> None:
    track = make_track(job_role=cast.amina.job_role)
    make_target(role_of(cast.amina), "D3")
    make_module("F1", title="Plain one", track=track, aims={"U1": 1})
    serving = make_module("F2", title="Serving one", track=track, aims={"D3": 1})
    client = as_member(cast.amina)
    text = home(client)
    assert "Serving one</h2>" in text
    assert "Critical verification is critical for your job role" in text
    # What it requires comes first.
    make_version(serving, aims={"D3": 1}, requires=["F1"])
    assert "Plain one</h2>" in home(client)
    # What was begun is gone on with.
    enrol(cast.amina, make_module("F3", title="Begun one", track=track))
    assert "Begun one</h2>" in home(client)


def test_when_all_is_complete_what_lapsed_is_refreshed(cast: Cast) -> None:
    track = make_track(job_role=cast.amina.job_role)
    module = make_module("F1", track=track, aims={"D3": 1})
    Enrolment.objects.create(
        member=cast.amina,
        module=module,
        version=published(module),
        completed_at=clock.now(),
    )
    path = modules_ahead(cast.amina, wanted=[], lapsed=["D3"])
    assert choose([], [], path, {}) is None
    chosen = choose([], [], path, {"D3": claim("D3", ClaimState.LAPSED)})
    assert chosen is not None
    assert chosen.title == "Refresh: Competency D3"
    assert chosen.url == f"/modules/{module.pk}/"


def test_what_fades_below_eighty_is_shown(
    cast: Cast, as_member: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_competency("D3")
    later = clock.today() + timedelta(days=91)
    said = {"observations": 24.0, "pieces": 24, "items": 24, "mean": 1.0, "sd": 0.4}
    falling = claim("D3", ClaimState.MET, probability=0.83, later=(later, 0.741), **said)
    staying = claim("D1", ClaimState.MET, probability=0.97, later=(later, 0.93), **said)
    monkeypatch.setattr(
        readiness,
        "claims_for",
        lambda members: {cast.amina.pk: {"D3": falling, "D1": staying}},
    )
    text = home(as_member(cast.amina))
    fading = text[text.index('id="fading"') :]
    assert "83\u00a0% today, about 74\u00a0% by" in fading
    assert "Competency D1" not in fading
    assert 'cx="3"' in fading


def test_at_most_six_targets_are_shown_critical_ones_first(cast: Cast, as_member: SignIn) -> None:
    for number in range(1, 8):
        make_target(role_of(cast.amina), f"D{number}", critical=number == 7)
    text = home(as_member(cast.amina))
    stand = text[text.index('id="stand"') : text.index('id="fading"')]
    assert "All 7 targets" in stand
    assert stand.count('scope="row"') == 6
    assert stand.index("/competencies/D7/") < stand.index("/competencies/D1/")
    assert 'class="dash"' in stand


def test_without_a_job_role_the_page_says_who_can_set_it_and_offers_the_foundation(
    cast: Cast, as_member: SignIn
) -> None:
    make_module("F1", title="For everybody", track=make_track())
    text = home(as_member(cast.helen))
    assert "You have no job role here yet" in text
    assert "Noor Haddad can set it" in text
    assert "For everybody</h2>" in text


def test_with_nothing_at_all_the_page_still_says_what_to_do(cast: Cast, as_member: SignIn) -> None:
    text = home(as_member(cast.victor))
    assert "Nothing waits for you." in text
    assert "Look through all tracks" in text


def test_names_and_notes_are_escaped(cast: Cast, as_member: SignIn) -> None:
    module = make_module("F1", title="<script>alert(1)</script>", track=make_track())
    assign(cast, 3, module=module, note="<b>now</b>")
    text = home(as_member(cast.amina))
    assert "<script>alert" not in text
    assert "<b>now" not in text


def test_home_reads_only_and_by_get(cast: Cast, as_member: SignIn) -> None:
    make_module("F1", track=make_track(job_role=cast.amina.job_role))
    client = as_member(cast.amina)
    with CaptureQueriesContext(connection) as asked:
        home(client)
    writes = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT")
    assert not [q["sql"] for q in asked.captured_queries if q["sql"].startswith(writes)]


@pytest.mark.parametrize(("modules", "members"), [(3, 10), (30, 1000)])
def test_home_asks_at_most_eight_times(
    cast: Cast, as_member: SignIn, modules: int, members: int
) -> None:
    track = make_track(job_role=cast.amina.job_role)
    for number in range(modules):
        make_module(f"M{number}", track=track, aims={f"D{number % 9 + 1}": 1}, gate=number < 3)
    for number in range(1, 7):
        make_target(role_of(cast.amina), f"D{number}")
    users = User.objects.bulk_create(
        User(email=f"u{n}@example.test", name=f"U {n}") for n in range(members)
    )
    Member.objects.bulk_create(
        Member(organisation=cast.organisation, user=user, team=cast.care) for user in users
    )
    assign(cast, 3, track=track)
    assign(cast, 4, module=track.modules.first())
    client = as_member(cast.amina)
    home(client)
    with CaptureQueriesContext(connection) as asked:
        home(client)
    assert len(asked) <= 8, [query["sql"][:200] for query in asked.captured_queries]


def test_nobody_else_sees_it(client: Client, cast: Cast) -> None:
    assert client.get("/").status_code == 302
