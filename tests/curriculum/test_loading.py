"""Loading is all or nothing, and a second time changes nothing."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curriculum.management.commands import check_library, load_library
from curriculum.models import (
    Aim,
    Competency,
    Crosswalk,
    Domain,
    InteractionPoint,
    JobRoleTrack,
    Module,
    ModuleVersion,
    PublishEntry,
    Step,
    Target,
    Track,
    TrackModule,
)
from curriculum.packages import kinds
from curriculum.packages.loading import load
from curriculum.packages.report import Change, Report
from curriculum.signals import targets_changed
from people.models import JobRole
from tests.conftest import Cast
from tests.curriculum.packages import LESSON_PATH, edited, files, package

TABLES = [
    Domain, Competency, Crosswalk, JobRole, Target, InteractionPoint, JobRoleTrack, Track,
    TrackModule, Module, ModuleVersion, Aim, Step, PublishEntry,
]  # fmt: skip


def everything() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES
    }


def test_a_package_becomes_a_draft_with_its_steps(own: Module, cast: Cast) -> None:
    version = own.versions.get()
    assert (version.state, version.number, version.minutes) == ("draft", 1, 35)
    assert own.published_version is None
    assert [(step.kind, step.key, step.order) for step in version.steps.all()] == [
        ("lesson", "read-the-trail", 1),
        ("quiz", "practice", 2),
        ("lesson", "repair-trust", 3),
    ]
    lesson = version.steps.get(key="read-the-trail")
    assert '<div class="example">' in lesson.html
    assert lesson.text.startswith("A customer has told somebody everything")
    assert lesson.sources == [
        {
            "id": "nist-rmf",
            "title": "AI Risk Management Framework",
            "publisher": "NIST",
            "date": "2023-01",
        }
    ]
    assert version.files["lessons/read-the-trail.md"] == files()[LESSON_PATH]
    track = Track.objects.get(organisation=cast.organisation)
    assert [module.pk for module in track.modules.all()] == [own.pk]
    role = JobRole.objects.get(organisation=cast.organisation)
    assert role.targets.get().critical
    assert role.interaction_points.get().skills.get().pk == "U1"
    assert role.track_places.get().track == track


def test_the_same_package_again_changes_nothing(own: Module, cast: Cast) -> None:
    before = everything()
    report = load(package(), organisation=cast.organisation, by=cast.joanna)
    assert {change.state for change in report.changes} == {"unchanged"}
    assert everything() == before


def test_the_same_content_as_the_published_version_makes_no_draft(own: Module, cast: Cast) -> None:
    load(package(), organisation=cast.organisation, by=cast.joanna, publish=True)
    before = everything()
    load(package(), organisation=cast.organisation, by=cast.joanna, publish=True)
    assert everything() == before


def test_other_content_replaces_the_draft(own: Module, cast: Cast) -> None:
    changed = edited(LESSON_PATH, "title: Read the trail", "title: Read it first")
    report = load(package(changed), organisation=cast.organisation, by=cast.joanna)
    states = {(change.what, change.state) for change in report.changes}
    assert ("module", "changed") in states
    assert ("track", "unchanged") in states
    version = own.versions.get()
    assert (version.state, version.number) == ("draft", 1)
    assert version.steps.filter(title="Read it first").exists()


def test_other_content_after_publication_becomes_the_next_version(own: Module, cast: Cast) -> None:
    load(package(), organisation=cast.organisation, by=cast.joanna, publish=True)
    first = own.versions.get()
    changed = edited(LESSON_PATH, "title: Read the trail", "title: Read it first")
    load(package(changed), organisation=cast.organisation, by=cast.joanna)
    own.refresh_from_db()
    assert own.published_version == first
    assert [(each.number, each.state) for each in own.versions.all()] == [
        (2, "draft"),
        (1, "published"),
    ]
    assert first.steps.filter(title="Read the trail").exists()


def test_a_failure_in_the_middle_of_writing_leaves_nothing(
    framework: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    quiz = kinds.step_kind("quiz")
    assert quiz is not None

    def fail(*args: object) -> None:
        raise OSError("the disk is full")

    broken = {**kinds.registered(), "quiz": type(quiz)(**{**fields_of(quiz), "write": fail})}
    monkeypatch.setattr(kinds, "_kinds", broken)
    with pytest.raises(OSError, match="disk"):
        load(package(), organisation=cast.organisation, by=cast.joanna)
    assert everything() == before


def fields_of(kind: Any) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in kind.__dataclass_fields__}


def test_two_organisations_may_have_a_module_of_one_id(
    own: Module, cast: Cast, elsewhere: Cast
) -> None:
    load(package(), organisation=elsewhere.organisation, by=elsewhere.joanna)
    assert Module.objects.filter(key="M1").count() == 2
    assert own.versions.get().steps.count() == 3


def test_changed_targets_are_announced_and_unchanged_ones_are_not(own: Module, cast: Cast) -> None:
    told: list[JobRole] = []

    def listen(sender: object, job_role: JobRole, **kwargs: object) -> None:
        told.append(job_role)

    targets_changed.connect(listen)
    try:
        load(package(), organisation=cast.organisation, by=cast.joanna)
        assert told == []
        changed = edited("job-roles/care-adviser.yaml", "level: 2", "level: 3")
        load(package(changed), organisation=cast.organisation, by=cast.joanna)
        assert [role.key for role in told] == ["care-adviser"]
    finally:
        targets_changed.disconnect(listen)


def test_loading_takes_the_same_number_of_statements_for_more_lessons(
    framework: None, cast: Cast
) -> None:
    def statements(key: str, lessons: int) -> int:
        names = [f"lesson-{number}" for number in range(lessons)]
        steps = "\n".join(f"  - {{kind: lesson, id: {name}}}" for name in names)
        head, _, rest = files()["modules/M1/module.yaml"].partition("steps:\n")
        module = (
            head.replace("id: M1", f"id: {key}")
            + f"steps:\n{steps}\nsources:"
            + (rest.partition("sources:")[2])
        )
        content = {"package.yaml": files()["package.yaml"], f"modules/{key}/module.yaml": module}
        for name in names:
            text = f"---\nid: {name}\ntitle: {name}\nminutes: 4\n---\nWords of {name}.\n"
            content[f"modules/{key}/lessons/{name}.md"] = text
        with CaptureQueriesContext(connection) as queries:
            report = load(package(content), organisation=cast.organisation, by=cast.joanna)
        assert report.ok, report.faults
        return len(queries)

    statements("A1", 2)
    assert statements("A2", 2) == statements("A3", 40)


def run(command: Any, *args: Any, **options: Any) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command(command, *args, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_built_in_library_loads_and_loads_again(db: None) -> None:
    code, out, err = run(load_library.Command())
    assert (code, err) == (0, ""), err
    assert "module: 53 new" in out
    assert Competency.objects.count() == 24
    assert InteractionPoint.objects.count() == 40
    assert Module.objects.published().count() == 53
    assert PublishEntry.objects.count() == 53
    assert not ModuleVersion.objects.filter(state="draft").exists()
    before = everything()
    code, out, _ = run(load_library.Command())
    assert code == 0
    assert "module: 53 unchanged" in out
    after = everything()
    # The framework is written anew as a whole: behaviours and crosswalk rows get other numbers.
    for rows in (before["Crosswalk"], after["Crosswalk"]):
        for row in rows:
            row.pop("id")
    assert after == before


def test_loading_counts_aloud_unless_it_is_asked_to_be_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = Report(changes=[Change("module", "M1", "Taking over well", "new")])
    monkeypatch.setattr(load_library, "load", lambda *args, **options: done)
    assert run(load_library.Command(), verbosity=0) == (0, "", "")
    assert run(load_library.Command()) == (0, "module: 1 new\n", "")


def test_checking_a_bad_library_prints_every_fault_and_ends_with_1(db: None, tmp_path: Any) -> None:
    for path, text in edited("tracks/care.yaml", "[M1]", "[M1, M8, M9]").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    code, _, err = run(check_library.Command(), tmp_path)
    assert code == 1
    assert "tracks/care.yaml:5: There is no module “M8”." in err
    assert "tracks/care.yaml:5: There is no module “M9”." in err


def test_loading_a_bad_library_writes_nothing_and_ends_with_1(
    db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package.yaml").write_text("format: 7\n")
    monkeypatch.setattr(load_library, "LIBRARY", tmp_path)
    before = everything()
    code, _, err = run(load_library.Command())
    assert code == 1
    assert "package.yaml:1: format: This must be one of 1." in err
    assert "nothing was written" in err
    assert everything() == before
