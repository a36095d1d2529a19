"""Who may play a run and who may read a debrief; the rules of people, applied to rehearsals."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from people import audit
from people.access import Right, fetch_or_refuse, in_reach_of, is_manager
from people.models import Member, Organisation
from sandbox.models import Run, ScenarioVersion


def runs_of_organisation(member: Member) -> QuerySet[Run]:
    """Every run of the organisation: what exists, to tell 403 from 404."""
    return Run.objects.filter(member__organisation_id=member.organisation_id)


def fetch_run(member: Member, pk: int) -> Run:
    """One's own run, with its version's scenario but without the heavy columns of the version.

    Raises Refused for a colleague's, Http404 for another organisation's or nobody's.
    """
    mine = _with_scenario(Run.objects.visible_to(member))
    return fetch_or_refuse(mine, runs_of_organisation(member), Right.LEARN, pk=pk)


def debriefs_open_to(viewer: Member) -> QuerySet[Run]:
    """Runs whose debrief `viewer` may read: their own, and of others the finished ones.

    A trainer reads those of the organisation, a manager those of the people they answer for if
    the organisation has opened answers. Nobody reads those of a deactivated member.
    """
    rule = Q(member=viewer)
    others = Q(state=Run.State.FINISHED, member__deactivated_at=None)
    if viewer.is_trainer:
        rule |= others & Q(member__organisation_id=viewer.organisation_id)
    everything = viewer.organisation.managers_see == Organisation.ManagersSee.ANSWERS
    if everything and is_manager(viewer):
        rule |= others & Q(member__in=in_reach_of(viewer).values("pk"))
    return Run.objects.filter(rule)


def fetch_debrief(viewer: Member, pk: int) -> Run:
    """The run `pk` for reading. Raises Refused or Http404 as `fetch_run` does.

    That somebody else's was opened is written into the audit trail, like any view of a record.
    """
    found = _with_scenario(debriefs_open_to(viewer)).select_related("member__user")
    run = fetch_or_refuse(found, runs_of_organisation(viewer), Right.GRADE, pk=pk)
    if run.member_id != viewer.pk:
        audit.record(
            "record.viewed",
            organisation=viewer.organisation,
            actor=viewer,
            about=run,
            subject=run.member,
            part="rehearsal",
        )
    return run


def playable_by(member: Member) -> QuerySet[ScenarioVersion]:
    """The published versions that the member may begin a run of."""
    return ScenarioVersion.objects.visible_to(member).published()


def _with_scenario(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.select_related("version__scenario").defer("version__document", "version__report")
