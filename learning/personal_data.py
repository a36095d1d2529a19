"""What learning keeps about a person: sections of "my record" and what each column holds."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from learning.claims import short_date
from learning.models import (
    Assignment,
    Belief,
    Enrolment,
    Evidence,
    Note,
    Standing,
    StepProgress,
    TeamRollup,
    TeamTotal,
)
from learning.readiness import claims_for
from people.models import Member
from people.personal_data import Row, classify, register_section
from people.templatetags.tutti import day, moment


def enrolments_of(member: Member) -> list[Row]:
    rows = Enrolment.objects.filter(member=member).select_related("module", "version")
    return [
        {
            "Module": row.version.title,
            "Version": row.version.number,
            "Begun": moment(row.started_at),
            "Completed": moment(row.completed_at),
        }
        for row in rows.defer("version__files").order_by("started_at", "pk")
    ]


def progress_of(member: Member) -> list[Row]:
    rows = StepProgress.objects.filter(enrolment__member=member).order_by("opened_at", "pk")
    return [
        {"Step": title, "Module": module, "Opened": moment(opened), "Done": moment(done)}
        for title, module, opened, done in rows.values_list(
            "step__title", "step__version__title", "opened_at", "done_at"
        )
    ]


def assignments_of(member: Member) -> list[Row]:
    rows = Assignment.objects.filter(member=member).select_related(
        "module", "track", "scenario", "assigned_by__user"
    )
    return [
        {
            "What": row.target.title,
            "Due": day(row.due_on),
            "Assigned by": str(row.assigned_by or ""),
            "Assigned": moment(row.assigned_at),
            "Note": row.note,
            "Reminded": moment(row.reminded_at),
            "Completed": moment(row.completed_at),
            "Withdrawn": moment(row.withdrawn_at),
        }
        for row in rows.order_by("assigned_at", "pk")
    ]


def claims_about(member: Member) -> list[Row]:
    """What is said of you today, in the words every page uses."""
    said = claims_for([member], everything=True).get(member.pk, {})
    return [
        {
            "Competency": claim.name,
            "Target": claim.target,
            "Critical": claim.critical,
            "State": claim.state.label,
            "In words": claim.sentence(),
            "Why": claim.why(),
            "Last evidence": short_date(claim.last_at, claim.as_of) if claim.last_at else "",
        }
        for claim in said.values()
    ]


def evidence_of(member: Member) -> list[Row]:
    rows = Evidence.objects.filter(member=member).select_related("competency", "grader__user")
    return [
        {
            "Number": row.number,
            "Competency": row.competency.name,
            "From": row.source_title,
            "On": moment(row.at),
            "Kind": row.get_kind_display(),
            "Item": row.item,
            "Level": row.level,
            "Outcome": f"{row.outcome} of {row.steps}",
            "Weight": row.weight,
            "Difficulty": round(row.difficulty, 3),
            "Grader": str(row.grader or ""),
            "Hash": row.hash,
        }
        for row in rows.order_by("number")
    ]


def notes_of(member: Member) -> list[Row]:
    rows = Note.objects.visible_to(member).select_related("step").order_by("created_at", "pk")
    return [
        {
            "Lesson": row.step.title,
            "Highlighted": row.quote,
            "Note": row.text,
            "Written": moment(row.created_at),
            "Changed": moment(row.changed_at),
        }
        for row in rows
    ]


def _rest(model: type[models.Model], named: Iterable[str]) -> list[str]:
    known = set(named)
    return [field.name for field in model._meta.concrete_fields if field.name not in known]


def _classify(
    model: type[models.Model], personal: Iterable[str] = (), pseudonymous: Iterable[str] = ()
) -> None:
    """The columns named; every other one says nothing about a person."""
    named = (*personal, *pseudonymous)
    classify(model, personal=personal, pseudonymous=pseudonymous, none=_rest(model, named))


def connect() -> None:
    register_section("What is said of you today", claims_about)
    register_section("Evidence behind it", evidence_of)
    register_section("Assigned to you", assignments_of)
    register_section("Modules you began", enrolments_of)
    register_section("Steps you opened", progress_of)
    register_section("Your notes", notes_of)
    _classify(Enrolment, pseudonymous=["member"])
    _classify(StepProgress, pseudonymous=["enrolment"])
    _classify(Assignment, personal=["note"], pseudonymous=["member", "assigned_by"])
    _classify(Note, personal=["quote", "text"], pseudonymous=["member"])
    _classify(Evidence, personal=["outcome"], pseudonymous=["member", "grader", "source_id"])
    _classify(Belief, personal=["durable", "practised"], pseudonymous=["member", "graders"])
    _classify(
        Standing, personal=["name_key", "need", "readiness", "states"], pseudonymous=["member"]
    )

    for totals in (TeamRollup, TeamTotal):
        _classify(totals)
