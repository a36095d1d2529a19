"""A small curriculum for the tests of the learner's pages: competencies, modules, tracks, quizzes."""

from __future__ import annotations

from assessments.models import Exercise, Item, Quiz, QuizItem, WorkplaceTask
from curriculum.models import (
    Aim,
    Behaviour,
    Competency,
    Domain,
    JobRoleTrack,
    Module,
    ModuleVersion,
    Step,
    Target,
    Track,
    TrackModule,
)
from curriculum.publishing import publish
from people.models import JobRole, Member, Organisation


def make_competency(key: str = "D3", name: str = "Critical verification") -> Competency:
    domain, _ = Domain.objects.get_or_create(id=key[0], defaults={"name": key[0], "order": 1})
    made, new = Competency.objects.get_or_create(
        id=key,
        defaults={
            "domain": domain,
            "name": name,
            "short": key,
            "definition": f"What {name} is.",
            "order": int(key[1:]),
        },
    )
    if new:
        for level in (1, 2, 3, 4):
            Behaviour.objects.create(competency=made, level=level, text=f"does {key} at {level}")
    return made


def make_version(
    module: Module,
    *,
    lessons: tuple[str, ...] = ("first", "second"),
    gate: bool = True,
    task: bool = False,
    rung: str = "",
    aims: dict[str, int] | None = None,
    requires: list[str] | None = None,
    points: list[str] | None = None,
    publish_it: bool = True,
) -> ModuleVersion:
    number = module.versions.count() + 1
    version = ModuleVersion.objects.create(
        module=module,
        number=number,
        title=module.title,
        summary=f"What {module.title} is about.",
        minutes=35,
        objectives=[{"verb": "apply", "text": "Check one answer in ten"}],
        requires=requires or [],
        interaction_points=points or [],
        files={},
        digest=f"{module.pk:032x}{number:032x}",
    )
    for key, level in (aims or {}).items():
        Aim.objects.create(version=version, competency=make_competency(key), level=level)
    order = 0
    for order, key in enumerate(lessons, 1):
        Step.objects.create(
            version=version,
            kind=Step.Kind.LESSON,
            key=key,
            order=order,
            title=f"Lesson {key}",
            minutes=5,
            html=f"<p>The {key} paragraph.</p><p>Künstliche <em>words</em> of {key}.</p>",
            text=f"The {key} paragraph. Künstliche words of {key}.",
            sources=[{"id": "nist", "title": "A frame", "publisher": "NIST", "date": "2023-01"}],
        )
    if gate:
        order += 1
        step = Step.objects.create(
            version=version, kind=Step.Kind.QUIZ, key="gate", order=order, title="The gate"
        )
        quiz = Quiz.objects.create(step=step, purpose=Quiz.Purpose.GATE, draw=2, pass_mark=75)
        for number in (1, 2):
            QuizItem.objects.create(quiz=quiz, item=make_item(module, number), order=number)
    if task:
        step = Step.objects.create(
            version=version, kind=Step.Kind.TASK, key="task", order=order + 1, title="The task"
        )
        WorkplaceTask.objects.create(
            step=step,
            brief="<p>Do it.</p>",
            due_days=14,
            measure={"name": "Errors", "unit": "per cent", "better": "lower", "hint": "Count."},
            graded_by=WorkplaceTask.GradedBy.EITHER,
            appeal="Ask again.",
            criteria=[],
        )
    if rung:
        step = Step.objects.create(
            version=version,
            kind=Step.Kind.EXERCISE,
            key="pay",
            order=order + 2,
            title="Pay them",
            minutes=20,
        )
        Exercise.objects.create(step=step, scenario="small-run", rung=rung)
    if publish_it:
        publish(version, by=None)
        module.refresh_from_db()
    return version


def make_item(module: Module, number: int) -> Item:
    item, _ = Item.objects.get_or_create(
        organisation=None,
        key=f"{module.key}-{number}".lower(),
        digest="0" * 64,
        defaults={
            "kind": "single",
            "title": f"Item {number}",
            "competency": make_competency(),
            "level": 1,
            "content": {},
            "difficulty": 0.0,
        },
    )
    return item


def make_module(
    key: str = "F1",
    *,
    title: str = "",
    organisation: Organisation | None = None,
    track: Track | None = None,
    **version: object,
) -> Module:
    """A published module with one version, at the end of the track."""
    module = Module.objects.create(
        key=key, title=title or f"Module {key}", organisation=organisation
    )
    make_version(module, **version)  # type: ignore[arg-type]
    if track is not None:
        TrackModule.objects.create(track=track, module=module, order=track.places.count() + 1)
    return module


def make_track(
    key: str = "foundation",
    *,
    job_role: JobRole | None = None,
    organisation: Organisation | None = None,
) -> Track:
    track = Track.objects.create(
        key=key, title=f"Track {key}", summary="It leads there.", organisation=organisation
    )
    if job_role is not None:
        JobRoleTrack.objects.create(
            job_role=job_role, track=track, order=job_role.track_places.count() + 1
        )
    return track


def make_target(
    job_role: JobRole, key: str = "D3", *, level: int = 2, critical: bool = True
) -> Target:
    return Target.objects.create(
        job_role=job_role, competency=make_competency(key), level=level, critical=critical
    )


def step_of(module: Module, key: str) -> Step:
    return Step.objects.get(version_id=module.published_version_id, key=key)


def published(module: Module) -> ModuleVersion:
    assert module.published_version is not None
    return module.published_version


def role_of(member: Member) -> JobRole:
    assert member.job_role is not None
    return member.job_role
