"""A manager attests a level of a direct report: weak evidence, rarely, and never alone enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from assessments.results import Observation, ObservationKind, Result, result_announced
from curriculum.models import Competency
from learning.competence import CUTS
from learning.models import Evidence
from people import audit, clock
from people.access import Refused, Right, in_reach_of
from people.models import Member

SOURCE = "attestation"
WAIT = timedelta(days=90)
# Graded on the cuts of the levels; people rate leniently, so a level is reached more easily.
SLOPE, WEIGHT, LENIENCY = 0.9, 0.5, 0.7
DIFFICULTY_VARIANCE = 0.49


class TooSoon(Exception):
    """The competency was attested within the last 90 days; `until` is when it may be again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def attestations(subject: Member, competency_id: str) -> QuerySet[Evidence]:
    """By anybody, the newest first."""
    return Evidence.objects.filter(
        member=subject, competency_id=competency_id, kind=Evidence.Kind.ATTESTATION
    ).order_by("-at", "-number")


def may_attest(by: Member, subject: Member) -> bool:
    """Direct reports only: those whose work the manager sees."""
    return in_reach_of(by, direct=True).filter(pk=subject.pk).exists()


def may_again(subject: Member, competency_id: str) -> datetime | None:
    """When the competency may be attested again; None if it may be now."""
    last = attestations(subject, competency_id).first()
    if last is None or last.at + WAIT <= clock.now():
        return None
    return last.at + WAIT


@transaction.atomic
def attest(subject: Member, competency: Competency, *, level: int, by: Member) -> Result:
    """Announces the attestation as a result and writes it to the audit trail.

    Raises Refused if `subject` is no direct report, TooSoon within 90 days of the last one. The
    member's row is locked, so that two clicks count once. The audit event is the source.
    """
    if not may_attest(by, subject):
        raise Refused(Right.MANAGE)
    Member.objects.select_for_update().get(pk=subject.pk)
    if until := may_again(subject, competency.pk):
        raise TooSoon(until)
    event = audit.record(
        "competency.attested",
        organisation=subject.organisation,
        actor=by,
        about=competency,
        subject=subject,
        level=level,
    )
    result = Result(
        member=subject,
        source_kind=SOURCE,
        source_id=event.pk,
        title=f"Attested by {by.name}: level {level}",
        at=clock.now(),
        observations=(
            Observation(
                competency_id=competency.pk,
                level=level,
                kind=ObservationKind.ATTESTATION,
                item=SOURCE,
                outcome=level,
                steps=len(CUTS),
                weight=WEIGHT,
                slope=SLOPE,
                difficulty=-LENIENCY,
                difficulty_variance=DIFFICULTY_VARIANCE,
                thresholds=tuple(CUTS),
                taught=False,
                grader_id=by.pk,
                as_manager=True,
            ),
        ),
    )
    result_announced.send(sender=Result, result=result)
    return result
