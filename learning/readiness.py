"""The one function that says what members can do: every page, export and mail reads it here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Sum

from learning import claiming
from learning.claiming import Claims
from learning.claims import Claim, ClaimState, Readiness, TeamReadiness
from learning.fading import history
from learning.judging import NOT_ASKED, draw
from learning.models import TeamTotal
from people.models import Member, Team

__all__ = [
    "Claim",
    "ClaimState",
    "Claims",
    "Readiness",
    "TeamReadiness",
    "claims_and_domains",
    "claims_for",
    "domain_claims",
    "expected_ready",
    "history",
    "readiness",
    "team_readiness",
]


def claims_for(
    members: Iterable[Member], *, as_of: date | None = None, everything: bool = False
) -> Claims:
    """What may be said of each member, for critical targets and those of level 2 and above.

    `everything` adds the level-1 targets and the competencies that only have evidence. Two
    queries, however many members; they must be of one organisation.
    """
    people = list(members)
    if not people:
        return {}
    sheet = draw(people, as_of)
    wanted = sheet.state != NOT_ASKED if everything else sheet.reported
    return claiming.by_competency(people, sheet, wanted)


def domain_claims(members: Iterable[Member], *, as_of: date | None = None) -> Claims:
    """The level-1 targets that are not critical, one claim a domain; keyed by domain id.

    A domain's belief is the mean of its competencies' beliefs, each counting by its observations
    and none the surer for being one of several; its observations are added up.
    """
    people = list(members)
    return claiming.by_domain(people, draw(people, as_of)) if people else {}


def claims_and_domains(members: Iterable[Member]) -> tuple[Claims, Claims]:
    """`claims_for` and `domain_claims` of today, for pages that show both: drawn once."""
    people = list(members)
    if not people:
        return {}, {}
    sheet = draw(people)
    return claiming.by_competency(people, sheet, sheet.reported), claiming.by_domain(people, sheet)


def readiness(claims: dict[str, Claim]) -> Readiness:
    """The two figures of one member, from their claims; what is not taught counts for nothing."""
    asked = [
        claim
        for claim in claims.values()
        if (claim.critical or (claim.target or 0) >= 2) and claim.state != ClaimState.NOT_TAUGHT
    ]
    critical = [claim for claim in asked if claim.critical]
    rest = [claim for claim in asked if not claim.critical]
    weakest = None
    if critical and all(claim.state.is_said for claim in critical):
        weakest = min(critical, key=lambda claim: claim.probability or 0.0)
    missed = [claim for claim in critical if not claim.state.is_met]
    rest_met = sum(claim.state.is_met for claim in rest)
    return Readiness(
        probability=weakest.probability if weakest else None,
        percent=weakest.percent if weakest else None,
        rest_share=rest_met / len(rest) if rest else None,
        critical=len(critical),
        critical_met=len(critical) - len(missed),
        rest=len(rest),
        rest_met=rest_met,
        counts=dict(Counter(claim.state for claim in claims.values())),
        missing=tuple(sorted(missed, key=_worst_first)),
        weakest=weakest,
    )


def team_readiness(teams: Sequence[Team]) -> TeamReadiness:
    """How many of these teams and all below are expected to be ready.

    One query over the rollups: no row a member is read.
    """
    highest = [team for team in teams if not any(team.is_within(o) and team != o for o in teams)]
    total = TeamTotal.objects.filter(team__in=highest).aggregate(
        asked=Sum("asked"),
        expected=Sum("expected"),
        spread=Sum("spread"),
        not_enough=Sum("not_enough"),
    )
    return TeamReadiness(
        people=total["asked"] or 0,
        expected=total["expected"] or 0.0,
        margin=_margin(total["spread"] or 0.0),
        not_enough=total["not_enough"] or 0,
    )


def expected_ready(members: Iterable[Readiness]) -> TeamReadiness:
    """The same, added up from the members shown."""
    asked = [each for each in members if each.critical]
    known = [each.probability for each in asked if each.probability is not None]
    return TeamReadiness(
        people=len(asked),
        expected=sum(known),
        margin=_margin(sum(p * (1 - p) for p in known)),
        not_enough=len(asked) - len(known),
    )


def _worst_first(claim: Claim) -> float:
    """What nothing can be said of comes first."""
    return claim.probability if claim.probability is not None and claim.state.is_said else -1.0


def _margin(spread: float) -> float:
    return 1.28 * math.sqrt(max(0.0, spread))
