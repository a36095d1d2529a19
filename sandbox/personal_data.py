"""What the sandbox keeps about a person: sections of "my record" and what each column holds."""

from __future__ import annotations

import json

from django.db.models import Model
from django.urls import reverse

from people.models import Member
from people.personal_data import Address, Row, classify, register_section
from people.templatetags.tutti import moment
from sandbox.models import ModelAccount, ModelCall, Run, RunEvent, Scenario, ScenarioVersion


def runs_of(member: Member) -> list[Row]:
    runs = Run.objects.filter(member=member).select_related("version__scenario")
    runs = runs.defer("version__document", "version__report", "answers")
    return [
        {
            "Rehearsal": run.version.scenario.title,
            "Kind": run.get_rung_display(),
            "State": run.get_state_display(),
            "Your prediction": run.prediction,
            "Score": (run.score or {}).get("total"),
            "Counts as evidence": run.counts,
            "Begun": moment(run.created_at),
            "Finished": moment(run.finished_at),
            "Debrief": _debrief(run),
        }
        for run in runs.order_by("created_at", "pk")
    ]


def _debrief(run: Run) -> str:
    if run.state != Run.State.FINISHED:
        return ""
    return Address(reverse("rehearsal_debrief", args=[run.pk]))


def decisions_of(member: Member) -> list[Row]:
    """What the member decided at checkpoints, as the trails hold it."""
    events = RunEvent.objects.filter(run__member=member, body__contains='"approval.given"')
    events = events.select_related("run__version__scenario")
    events = events.defer("run__version__document", "run__version__report", "run__answers")
    rows: list[Row] = []
    for event in events.order_by("run", "seq"):
        _, _, kind, _, at, data = json.loads(event.body)
        if kind == "approval.given":
            rows.append(
                {
                    "Rehearsal": event.run.version.scenario.title,
                    "Event": event.seq,
                    "Minute of the run": at,
                    "Decision": json.dumps(data, ensure_ascii=False, sort_keys=True),
                }
            )
    return rows


def connect() -> None:
    register_section("Rehearsals", runs_of)
    register_section("Decisions you took in rehearsals", decisions_of)
    for model in (Scenario, ScenarioVersion, ModelAccount):
        classify(model, none=_others(model))
    own = ("prediction_choice", "prediction", "plan", "answers", "score", "counts")
    classify(Run, personal=own, pseudonymous=["member"], none=_others(Run, *own, "member"))
    classify(
        RunEvent,
        personal=["body"],
        pseudonymous=["run"],
        none=_others(RunEvent, "body", "run"),
    )
    classify(ModelCall, pseudonymous=["run"], none=_others(ModelCall, "run"))


def _others(model: type[Model], *named: str) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in named]
