"""What may be said: the evidence rule, every state, the words, and the two figures of readiness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.results import Observation
from curriculum.models import Module
from learning import evidence
from learning.claims import Claim, ClaimState, Readiness, rounded, weight_words
from learning.competence import States, level_allowed
from learning.competence.verdicts import STATES, Grounds, judge
from learning.models import Belief, Evidence
from learning.readiness import (
    claims_for,
    domain_claims,
    expected_ready,
    history,
    readiness,
    team_readiness,
)
from people import clock
from people.models import Member
from tests.conftest import Cast
from tests.factories import make_job_role, make_member
from tests.learning.competence_rows import (
    NOW,
    attestation,
    band,
    graded,
    item,
    make_competency,
    make_target,
    result,
    teach,
)

TODAY = NOW.date()
DAY = 20_778.0  # 21 November 2026


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


def claim_of(member: Member, code: str = "U1", as_of: date | None = None) -> Claim:
    return claims_for([member], as_of=as_of)[member.pk][code]


def seen(
    member: Member, *observations: Observation, days_ago: float = 1, kind: str = "quiz"
) -> list[Evidence]:
    return evidence.record(result(member, *observations, days_ago=days_ago, kind=kind))


def a_claim(**fields: Any) -> Claim:
    values: dict[str, Any] = {
        "competency_id": "U1",
        "name": "Capabilities and limits",
        "short": "Limits",
        "domain": "U",
        "target": 2,
        "critical": True,
        "state": ClaimState.MET,
        "as_of": date(2026, 11, 21),
        "probability": 0.851,
        "observations": 14.0,
        "pieces": 16,
        "items": 14,
        "exercises": 2,
        "last_at": date(2026, 11, 20),
        "later": (date(2027, 2, 20), 0.749),
        **fields,
    }
    return Claim(**values)


# ---- the evidence rule -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "exercises", "graders", "level"),
    [
        (0, 0, 0, 0),
        (0, 3, 2, 0),  # however much work was graded: no level without a quiz
        (1, 0, 0, 1),
        (9, 0, 2, 1),
        (1, 1, 0, 2),
        (1, 1, 1, 3),
        (1, 1, 2, 4),
        (5, 5, 5, 4),
    ],
)
def test_the_evidence_rule(items: int, exercises: int, graders: int, level: int) -> None:
    assert level_allowed(np.array(items), np.array(exercises), np.array(graders)) == level


# ---- every state, straight from beliefs ------------------------------------------------------


def said(
    *,
    mean: float = 1.5,
    sd: float = 0.4,
    practised: float = 0.0,
    silent: float = 0.0,
    target: int = 2,
    taught: bool = True,
    **grounds: Any,
) -> tuple[ClaimState, float, int]:
    """The verdict on a belief with this mean and spread `silent` days after its last evidence."""
    day = DAY - silent
    states = States(
        *(np.array([value]) for value in (mean - practised, practised, sd**2, 0.0, 0.0, day, 15.0))
    )
    counted = {
        "observations": 9.0,
        "pieces": 9,
        "items": 6,
        "exercises": 2,
        "attestations": 0,
        "graders": 2,
        "shown_day": day,
        **grounds,
    }
    columns = {name: np.array([value]) for name, value in counted.items()}
    found = judge(states, Grounds(**columns), np.array([target]), np.array([taught]), DAY)
    return STATES[found.state[0]], float(found.probability[0]), int(found.level[0])


def test_each_state_by_its_rule() -> None:
    assert said()[0] == ClaimState.MET
    assert said(silent=60)[0] == ClaimState.REFRESH_DUE
    assert said(mean=0.5, practised=0.5, silent=400)[0] == ClaimState.LAPSED
    assert said(mean=-1.0)[0] == ClaimState.NOT_MET
    assert said(mean=0.1)[0] == ClaimState.UNCERTAIN
    assert said(observations=5.9)[0] == ClaimState.NOT_ENOUGH
    assert said(mean=0.2, sd=0.61)[0] == ClaimState.NOT_ENOUGH
    assert said(attestations=9)[0] == ClaimState.NOT_ENOUGH


def test_a_wide_spread_matters_only_near_the_cut() -> None:
    assert said(mean=1.0, sd=0.7)[0] == ClaimState.MET
    assert said(mean=-1.0, sd=0.7)[0] == ClaimState.NOT_MET


def test_the_rule_gates_met_and_lapsed_and_nothing_else() -> None:
    no_exercise: dict[str, Any] = {"exercises": 0}
    assert said(**no_exercise)[0] == ClaimState.NOT_ENOUGH
    assert said(mean=0.5, practised=0.5, silent=400, **no_exercise)[0] == ClaimState.NOT_ENOUGH
    assert said(mean=-1.0, **no_exercise)[0] == ClaimState.NOT_MET
    assert said(mean=0.1, **no_exercise)[0] == ClaimState.UNCERTAIN
    assert said(target=1, **no_exercise)[0] == ClaimState.MET


def test_the_boundaries_belong_to_met_and_not_met() -> None:
    z = 0.8416212335729143  # where the normal curve holds .8
    assert said(mean=0.4 * z + 1e-9)[0] == ClaimState.MET
    assert said(mean=0.4 * z - 1e-9)[0] == ClaimState.UNCERTAIN
    assert said(mean=-0.4 * z - 1e-9)[0] == ClaimState.NOT_MET
    assert said(mean=-0.4 * z + 1e-9)[0] == ClaimState.UNCERTAIN


def test_the_level_shown_is_the_highest_likely_one_that_the_rule_allows() -> None:
    assert said(mean=3.0)[2] == 4
    assert said(mean=3.0, graders=1)[2] == 3
    assert said(mean=3.0, graders=0)[2] == 2
    assert said(mean=3.0, exercises=0)[2] == 1
    assert said(mean=3.0, items=0)[2] == 0
    assert said(mean=0.5)[2] == 2
    assert said(mean=3.0, observations=5)[2] == 0


def test_an_attestation_does_not_make_a_claim_fresh() -> None:
    assert said(silent=0)[0] == ClaimState.MET
    assert said(silent=0, attestations=1, shown_day=DAY - 60)[0] == ClaimState.REFRESH_DUE


def test_what_nobody_teaches_is_no_gap_but_what_was_shown_stands() -> None:
    assert said(mean=-1.0, taught=False)[0] == ClaimState.NOT_TAUGHT
    assert said(observations=1, taught=False)[0] == ClaimState.NOT_TAUGHT
    assert said(taught=False)[0] == ClaimState.MET
    assert not ClaimState.NOT_TAUGHT.is_gap


# ---- claims from evidence --------------------------------------------------------------------


def test_a_member_without_evidence_gets_that_said(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    claim = claim_of(cast.amina)
    assert (claim.state, claim.probability, claim.level) == (ClaimState.NONE, None, 0)
    assert claim.percent is None


def test_a_member_without_job_role_has_no_claims(cast: Cast) -> None:
    assert claims_for([cast.victor]) == {cast.victor.pk: {}}
    assert readiness({}).sentence() == "No targets: nothing is asked of this job role yet."
    assert claims_for([]) == {}


def test_from_the_first_answer_to_met(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    seen(cast.amina, *(item("U1") for _ in range(4)))
    claim = claim_of(cast.amina)
    assert claim.state == ClaimState.NOT_ENOUGH
    assert claim.headline == "Not enough evidence: 4 of 6"
    assert "4 of 6 observations" in claim.why()
    assert "no exercise or graded workplace task yet" in claim.why()
    assert claim.percent is None
    seen(cast.amina, *(item("U1") for _ in range(8)))
    assert claim_of(cast.amina).state == ClaimState.NOT_ENOUGH
    assert claim_of(cast.amina).missing() == ["no exercise or graded workplace task yet"]
    assert claim_of(cast.amina).level == 1
    seen(cast.amina, band("U1"), kind="rehearsal")
    claim = claim_of(cast.amina)
    assert (claim.state, claim.level) == (ClaimState.MET, 2)
    assert (claim.items, claim.exercises, claim.observations) == (12, 1, 12.5)


def test_criteria_of_one_run_count_at_their_weight_and_the_run_once(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    seen(cast.amina, *(band("U1") for _ in range(4)), kind="rehearsal")
    claim = claim_of(cast.amina)
    assert (claim.observations, claim.exercises, claim.pieces) == (2.0, 1, 4)


def test_a_managers_mark_opens_level_two_and_no_higher(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 3)
    seen(cast.amina, *(item("U1", difficulty=1.0) for _ in range(30)))
    seen(cast.amina, graded("U1", cast.helen, as_manager=True), kind="task")
    claim = claim_of(cast.amina)
    assert claim.level == 2
    assert claim.missing() == ["no work graded by a trainer yet"]
    seen(cast.amina, graded("U1", cast.joanna), kind="task")
    assert claim_of(cast.amina).level == 3
    seen(cast.amina, graded("U1", cast.joanna), kind="task")
    assert claim_of(cast.amina).graders == 1
    seen(cast.amina, graded("U1", cast.noor), kind="task")
    assert claim_of(cast.amina).graders == 2


def test_attestations_alone_never_count(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 1, critical=True)
    for days in range(0, 900, 90):
        seen(cast.amina, attestation("U1", cast.helen), days_ago=days, kind="attestation")
    claim = claim_of(cast.amina)
    assert (claim.state, claim.level, claim.observations) == (ClaimState.NOT_ENOUGH, 0, 0)
    assert "an attestation alone never counts" in claim.why()
    assert claim.basis() == "10 attestations"


def test_level_one_targets_are_claimed_by_domain_unless_critical(cast: Cast) -> None:
    role = cast.amina.job_role
    make_target(role, "U1", 1)
    make_target(role, "U2", 1)
    make_target(role, "U3", 1, critical=True)
    make_target(role, "D1", 2)
    seen(cast.amina, *(item("U1") for _ in range(4)), *(item("U2") for _ in range(4)))
    assert list(claims_for([cast.amina])[cast.amina.pk]) == ["U3", "D1"]
    assert list(claims_for([cast.amina], everything=True)[cast.amina.pk]) == [
        "U1",
        "U2",
        "U3",
        "D1",
    ]
    domains = domain_claims([cast.amina])[cast.amina.pk]
    assert list(domains) == ["U"]
    claim = domains["U"]
    assert (claim.name, claim.target, claim.observations) == ("Domain U", 1, 8.0)
    assert claim.state == ClaimState.MET
    alone = claims_for([cast.amina], everything=True)[cast.amina.pk]
    assert alone["U1"].state == ClaimState.NOT_ENOUGH
    low, high = sorted([alone["U1"].mean or 0.0, alone["U2"].mean or 0.0])
    assert low - 1e-9 <= (claim.mean or 0.0) <= high + 1e-9


def test_a_domain_without_evidence_says_so(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 1)
    make_target(cast.amina.job_role, "D1", 1, taught=False)
    domains = domain_claims([cast.amina, cast.victor])
    assert domains[cast.amina.pk]["U"].state == ClaimState.NONE
    assert domains[cast.amina.pk]["D"].state == ClaimState.NOT_TAUGHT
    assert domains[cast.victor.pk] == {}


def test_evidence_nobody_asks_for_is_claimed_only_when_everything_is(cast: Cast) -> None:
    make_competency("T1")
    seen(cast.amina, *(item("T1") for _ in range(8)))
    assert claims_for([cast.amina])[cast.amina.pk] == {}
    claim = claims_for([cast.amina], everything=True)[cast.amina.pk]["T1"]
    assert (claim.target, claim.state, claim.level) == (None, ClaimState.MET, 1)


def test_taught_means_published_current_and_ones_own(cast: Cast, elsewhere: Cast) -> None:
    for code in ("U1", "U2", "U3", "D1"):
        make_target(cast.amina.job_role, code, 2, critical=True, taught=False)
    teach("U1")
    teach("U2", published=False)
    teach("U3", organisation=elsewhere.organisation)
    retired = teach("D1")
    Module.objects.filter(pk=retired.pk).update(retired_at=NOW)
    states = {code: c.state for code, c in claims_for([cast.amina])[cast.amina.pk].items()}
    assert states["U1"] == ClaimState.NONE
    assert {states[code] for code in ("U2", "U3", "D1")} == {ClaimState.NOT_TAUGHT}
    assert claim_of(elsewhere.amina, "U3").state == ClaimState.NONE
    assert readiness(claims_for([cast.amina])[cast.amina.pk]).critical == 1


def test_a_day_that_is_past_is_answered_from_the_log_of_then(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    seen(cast.amina, *(item("U1") for _ in range(7)), days_ago=100)
    then = claim_of(cast.amina, as_of=TODAY - timedelta(days=50))
    seen(cast.amina, *(item("U1", 0) for _ in range(7)), days_ago=2)
    again = claim_of(cast.amina, as_of=TODAY - timedelta(days=50))
    assert again.observations == 7
    assert again.probability == pytest.approx(then.probability, abs=1e-9)
    assert claim_of(cast.amina).observations == 14


def test_without_practice_it_comes_to_what_was_foretold(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    seen(cast.amina, *(item("U1") for _ in range(9)))
    later = claim_of(cast.amina).later
    assert later is not None
    day, chance = later
    assert day == TODAY + timedelta(days=91)
    assert claim_of(cast.amina, as_of=day).probability == pytest.approx(chance, abs=1e-12)


def test_claims_cost_two_statements_for_one_ten_and_a_thousand(cast: Cast) -> None:
    role = cast.amina.job_role
    for code, n in product("UD", (1, 2, 3)):
        make_target(role, f"{code}{n}", 2, critical=n == 1)
    template = cast.amina
    seen(template, *(item("U1") for _ in range(6)))
    belief = Belief.objects.get()
    users = [make_member(cast.organisation, f"P {n}", job_role=role) for n in range(10)]
    Belief.objects.bulk_create(
        [
            Belief(
                member=user,
                **{
                    f.attname: getattr(belief, f.attname)
                    for f in Belief._meta.concrete_fields
                    if f.name not in ("id", "member")
                },
            )
            for user in users
        ]
    )
    claims_for([template])
    for people in (users[:1], users, users * 100):
        with CaptureQueriesContext(connection) as captured:
            assert len(claims_for(people)[users[0].pk]) == 6
        assert len(captured) == 2


# ---- words and numbers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "observations", "shown"),
    [
        (0.851, 14, 85),
        (0.826, 14, 85),
        (0.825, 14, 85),
        (0.824, 14, 80),
        (0.824, 19.5, 80),
        (0.824, 20, 82),
        (0.825, 20, 83),
        (0.799, 8, 75),
        (0.799, 25, 79),
        (0.8, 8, 80),
        (0.999, 25, 99),
        (0.001, 25, 1),
        (0.999, 8, 95),
        (0.001, 8, 5),
    ],
)
def test_rounding(probability: float, observations: float, shown: int) -> None:
    assert rounded(probability, observations) == shown


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")


def test_the_sentence_of_a_claim() -> None:
    assert plain(a_claim().sentence()) == (
        "Likely level 2 or above: 85 % (as of 21 Nov; 14 items, 2 exercises; "
        "about 75 % by 20 Feb without practice)"
    )
    single = a_claim(items=1, exercises=0, attestations=1, later=None, observations=20)
    assert plain(single.sentence()) == (
        "Likely level 2 or above: 85 % (as of 21 Nov; 1 item, 1 attestation)"
    )
    lapsed = a_claim(
        state=ClaimState.LAPSED, probability=0.62, peak=0.84, last_at=date(2026, 6, 9), later=None
    )
    assert plain(lapsed.sentence()) == (
        "Likely level 2 or above: 60 % (as of 21 Nov; 14 items, 2 exercises). It was 85 % on 9 Jun"
    )


def test_no_number_is_said_without_enough_evidence() -> None:
    for state in (ClaimState.NOT_ENOUGH, ClaimState.NONE, ClaimState.NOT_TAUGHT):
        claim = a_claim(state=state, observations=4.0)
        assert claim.percent is None
        assert "%" not in claim.sentence() + claim.headline + claim.why()


def test_every_state_has_its_label_class_icon_and_reason() -> None:
    looks = {state: (state.label, state.css, state.icon) for state in ClaimState}
    assert looks[ClaimState.MET] == ("Met", "met", "full")
    assert looks[ClaimState.REFRESH_DUE] == ("Met, refresh due", "due", "fade")
    assert looks[ClaimState.LAPSED] == ("Lapsed: refresh", "lapsed", "again")
    assert looks[ClaimState.NOT_MET] == ("Not met", "", "ring")
    assert looks[ClaimState.UNCERTAIN] == ("Uncertain", "", "half")
    assert looks[ClaimState.NOT_ENOUGH] == ("Not enough evidence", "nee", "unclear")
    assert all(a_claim(state=state).why() for state in ClaimState)


def test_whole_observations_are_shown() -> None:
    assert a_claim(state=ClaimState.NOT_ENOUGH, observations=0.1 * 3 + 5.7).counted == 6
    assert a_claim(observations=5.5).counted == 5


# ---- readiness -------------------------------------------------------------------------------


def test_readiness_is_the_weakest_critical_target_and_the_share_of_the_rest() -> None:
    claims = {
        "U1": a_claim(probability=0.91, observations=30.0),
        "U2": a_claim(probability=0.62, state=ClaimState.UNCERTAIN, observations=30.0),
        "U3": a_claim(state=ClaimState.NOT_TAUGHT, probability=None),
        "D1": a_claim(critical=False),
        "D2": a_claim(critical=False, state=ClaimState.REFRESH_DUE),
        "D3": a_claim(critical=False, state=ClaimState.NOT_ENOUGH),
        "O1": a_claim(critical=False, target=1, state=ClaimState.NOT_MET),
        "O2": a_claim(critical=False, target=None, state=ClaimState.NOT_MET),
    }
    found = readiness(claims)
    assert (found.probability, found.percent) == (0.62, 62)
    assert (found.critical, found.critical_met) == (2, 1)
    assert (found.rest, found.rest_met, found.rest_percent) == (3, 2, 67)
    assert found.missing == (claims["U2"],)
    assert not found.is_ready
    assert plain(found.sentence()) == (
        "Ready on every critical target: 62 % at the weakest; 2 of 3 other targets met."
    )


def test_readiness_says_nothing_while_a_critical_target_lacks_evidence() -> None:
    for state in (ClaimState.NONE, ClaimState.NOT_ENOUGH):
        found = readiness({"U1": a_claim(), "U2": a_claim(state=state, probability=0.9)})
        assert found.probability is None
        assert found.lacks_evidence
        assert found.sentence() == "Too little evidence on at least one critical target."


def ready(probability: float | None, critical: int = 3) -> Readiness:
    return Readiness(
        probability=probability, percent=None, rest_share=None, critical=critical, counts={}
    )


def test_a_team_is_an_expected_number_with_its_margin() -> None:
    team = expected_ready([ready(0.9), ready(0.9), ready(0.5), ready(None), ready(None, 0)])
    assert (team.people, team.not_enough) == (4, 1)
    assert team.expected == pytest.approx(2.3)
    assert team.margin == pytest.approx(1.28 * (0.09 + 0.09 + 0.25) ** 0.5)
    assert team.sentence() == (
        "Expected ready: 2.3 of 4, likely 1 to 3; not enough evidence for 1."
    )
    assert expected_ready([]).sentence() == "Nobody here has a critical target."
    assert expected_ready([ready(None), ready(None)]).sentence() == (
        "Expected ready: not said yet; not enough evidence for 2."
    )


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (1.0, "counts in full"),
        (0.75, "counts three quarters"),
        (0.5, "counts half"),
        (0.25, "counts a quarter"),
        (0.6, "counts 0.6"),
        (0.0, "does not count"),
    ],
)
def test_a_weight_is_said_in_one_wording(weight: float, words: str) -> None:
    assert weight_words(weight) == words


def test_the_rollup_of_a_team_equals_its_members_added_up(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2, critical=True)
    for member, outcome in ((cast.amina, 1), (cast.daniel, 0)):
        seen(member, *(item("U1", outcome) for _ in range(8)))
        seen(member, band("U1", 4 * outcome), kind="rehearsal")
    evidence.record(result(cast.rosa, item("U1"), days_ago=3))
    people = [cast.amina, cast.daniel, cast.rosa]
    shown = expected_ready(readiness(claims) for claims in claims_for(people).values())
    assert shown.not_enough == 1
    for teams in ([cast.care], [cast.care, cast.night], [cast.headquarters]):
        team = team_readiness(teams)
        assert (team.people, team.not_enough) == (3, 1)
        assert team.expected == pytest.approx(shown.expected, abs=1e-9)
        assert team.margin == pytest.approx(shown.margin, abs=1e-9)
    assert team_readiness([cast.warehouse]).people == 0


# ---- the drawn line --------------------------------------------------------------------------


def test_the_line_rises_with_evidence_fades_weekly_and_ends_today_at_the_claim(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    seen(cast.amina, *(item("U1") for _ in range(4)), days_ago=60)
    seen(cast.amina, *(item("U1") for _ in range(4)), days_ago=30)
    line = history(cast.amina, "U1")
    days = [day for day, _ in line]
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == (TODAY - timedelta(days=60), TODAY)
    assert max(b - a for a, b in pairwise(days)) <= timedelta(days=7)
    chances = dict(line)
    assert chances[TODAY - timedelta(days=30)] > chances[TODAY - timedelta(days=32)]
    assert line[-1][1] == pytest.approx(claim_of(cast.amina).probability, abs=1e-12)
    assert history(cast.amina, "U1", level=4)[-1][1] < line[-1][1]


def test_there_is_no_line_without_evidence(cast: Cast) -> None:
    assert history(cast.victor, "U1") == []


def test_job_roles_of_one_team_are_asked_different_things(cast: Cast) -> None:
    make_target(cast.amina.job_role, "U1", 2)
    other = make_job_role("technical", layer="technical")
    make_target(other, "D1", 3, critical=True)
    sam = make_member(cast.organisation, "Sam", job_role=other)
    claims = claims_for([cast.amina, sam])
    assert list(claims[cast.amina.pk]) == ["U1"]
    assert list(claims[sam.pk]) == ["D1"]
