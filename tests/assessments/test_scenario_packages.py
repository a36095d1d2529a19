"""Scenarios come in with packages, are published once they are fair, and are named by exercises."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.http import Http404
from django.urls import reverse

from assessments import exercises, scenario_documents
from assessments.access import fetch_step
from assessments.models import Exercise, ExerciseRun
from assessments.scenario_folders import LIBRARY, read_scenario, scenario_in
from curriculum import uploads
from curriculum.models import Module, ModuleVersion, PackageUpload, Step
from curriculum.packages import exporting
from curriculum.packages.known import Known
from curriculum.packages.loading import load
from curriculum.packages.reading import YAML_SIZE, Package, read_folder, read_zip
from curriculum.packages.report import Report
from people import jobs
from people.models import AuditEvent, BackgroundJob, Member, Organisation
from sandbox import publishing, scenarios
from sandbox.linting import Check
from sandbox.linting import Report as Lint
from sandbox.models import Run, Scenario, ScenarioVersion
from tests.conftest import Cast, SignIn
from tests.packages import library_package, own_package, zipped
from tests.sandbox.small import package_files, small

State = ScenarioVersion.State
MODULE = "modules/F1/module.yaml"
EXERCISE = "modules/F1/exercises/pay.yaml"
FILE = "scenarios/small-run/scenario.yaml"


def exercise(scenario: str = "small-run", rung: str = "supervised", **more: Any) -> str:
    document = {"id": "pay", "title": "Pay", "scenario": scenario, "rung": rung, "minutes": 20}
    return json.dumps({**document, **more})


def with_exercise(package: Package, text: str | None = None, module: str = "F1") -> Package:
    """The package with one more step in its module."""
    path = f"modules/{module}/module.yaml"
    document = json.loads(package.files[path])
    document["steps"].append({"kind": "exercise", "id": "pay"})
    package.files[path] = json.dumps(document, indent=1)
    package.files[f"modules/{module}/exercises/pay.yaml"] = text or exercise()
    return package


def library(report: dict[str, Any] | None = None, **changes: Any) -> Package:
    """A built-in library with the small scenario and an exercise of it."""
    package = with_exercise(library_package())
    package.files |= package_files(**changes)
    if report is not None:
        package.files["scenarios/small-run/report.json"] = json.dumps(report)
    return package


def fair(**changes: Any) -> dict[str, Any]:
    return {**Lint("small-run", small(**changes).digest, 200).document(), "ok": True}


def bring_in(package: Package, organisation: Organisation | None = None) -> Report:
    known = None if organisation else Known()
    return load(package, organisation=organisation, by=None, publish=True, known=known)


def faults(package: Package) -> list[str]:
    return [str(fault) for fault in bring_in(package).faults]


def verdict(monkeypatch: pytest.MonkeyPatch, ok: bool) -> None:
    def lint(scenario: Any) -> Lint:
        return Lint(scenario.id, scenario.digest, 200, [Check("naive", ok, "Approving scores 44.")])

    monkeypatch.setattr(publishing, "lint", lint)


# ---- The built-in library ------------------------------------------------------------------


def test_a_scenario_with_a_report_of_its_content_is_published(db: None) -> None:
    report = bring_in(library(fair()))
    assert report.ok, report.faults
    assert [(c.id, c.state) for c in report.changes if c.what == "scenario"] == [
        ("small-run", "new")
    ]
    version = ScenarioVersion.objects.get()
    assert (version.state, version.number, version.only_reads) == (State.PUBLISHED, 1, False)
    assert version.digest == small().digest
    assert version.report["ok"] is True
    assert scenarios.from_document(version.document) == small()
    papers = scenarios.papers_of(version.document)
    assert "<strong>once</strong>" in papers["rules"].html
    assert "bank has changed" in papers["inv-A-1"].planted["moved"]
    row = Scenario.objects.get()
    assert (row.title, row.layer, row.minutes) == ("A small payment run", "operations", 10)


def test_loading_again_changes_nothing(db: None) -> None:
    bring_in(library(fair()))
    again = bring_in(library(fair()))
    assert {change.state for change in again.changes if change.what == "scenario"} == {"unchanged"}
    assert ScenarioVersion.objects.count() == 1


@pytest.mark.parametrize(
    "report",
    [None, {}, {"digest": "0" * 64, "ok": True}, {"digest": "its own", "ok": False}],
    ids=["none", "empty", "of other content", "unfair"],
)
def test_without_a_good_report_of_its_content_it_stays_a_draft(
    db: None, report: dict[str, Any] | None
) -> None:
    if report and report["digest"] == "its own":
        report["digest"] = small().digest
    assert bring_in(library(report)).ok
    assert ScenarioVersion.objects.get().state == State.DRAFT


def test_a_report_that_comes_later_publishes_the_draft(db: None) -> None:
    bring_in(library())
    bring_in(library(fair()))
    assert ScenarioVersion.objects.get().state == State.PUBLISHED


def test_other_content_is_a_new_version_and_runs_keep_theirs(cast: Cast) -> None:
    bring_in(library(fair()))
    run = Run.objects.create(
        member=cast.amina, version=ScenarioVersion.objects.get(), rung="guided"
    )
    bring_in(library(fair(title="Another title"), title="Another title"))
    states = dict(ScenarioVersion.objects.values_list("number", "state"))
    assert states == {1: State.RETIRED, 2: State.PUBLISHED}
    assert Scenario.objects.get().title == "Another title"
    run.refresh_from_db()
    assert run.version.number == 1
    assert scenarios.loaded(run.version).scenario.title == "A small payment run"


def test_an_unreadable_report_is_none(db: None) -> None:
    package = library()
    package.files["scenarios/small-run/report.json"] = "[1, 2"
    assert bring_in(package).ok
    assert ScenarioVersion.objects.get().state == State.DRAFT


def test_publishing_asks_for_the_report(db: None) -> None:
    bring_in(library())
    with pytest.raises(publishing.NotFair):
        publishing.publish(ScenarioVersion.objects.get())


# ---- Faults --------------------------------------------------------------------------------


def test_faults_have_a_file_and_a_line(db: None) -> None:
    package = library()
    text = package.files[FILE].replace('"tool": "pay.send",', '"tool": "pay.twice",', 1)
    package.files[FILE] = text
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "pay.twice" in each)
    assert f"{FILE}:{line}: jobs.pay.step.tool: There is no tool “pay.twice”." in faults(package)
    assert Scenario.objects.count() == Module.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"criteria": [{"competency": "Z9", "level": 1, "part": part, "edges": [1, 2, 3, 4]} for part in ("outcome", "discrimination", "economy", "explanation")]}, "no competency “Z9”"),
        ({"debrief": {"teaches": "…", "next_lesson": "F1/nowhere"}}, "no lesson “F1/nowhere”"),
        ({"id": "another"}, "must be the name of the folder"),
    ],
)  # fmt: skip
def test_what_it_refers_to_outside_must_be_there(
    db: None, changes: dict[str, Any], words: str
) -> None:
    package = with_exercise(library_package())
    files = package_files(**changes)
    package.files |= {path.replace("another", "small-run"): text for path, text in files.items()}
    assert any(words in each for each in faults(package)), faults(package)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("scenarios/small-run/notes.md", "no such place"),
        ("scenarios/small-run/documents/deep/x.md", "no such place"),
        ("scenarios/loose.yaml", "no such place"),
        ("scenarios/small-run/documents/ghost.md", "No paper names the file documents/ghost.md"),
        ("scenarios/other/documents/x.md", "every scenario has one"),
        ("modules/F1/report.json", "No step of the module names this file"),
    ],
)
def test_files_stand_in_their_places(db: None, path: str, words: str) -> None:
    package = library()
    package.files[path] = "x"
    assert any(words in each for each in faults(package)), faults(package)


def test_yaml_that_is_none_is_told_once(db: None) -> None:
    package = library()
    package.files[FILE] = "id: [small-run\ntitle: x"
    found = faults(package)
    assert len(found) == 1, found
    assert found[0].startswith(f"{FILE}:2: This is not valid YAML")


def test_ten_megabytes_of_papers_are_refused(db: None) -> None:
    package = library()
    document = json.loads(package.files[FILE])
    for number in range(55):
        document["papers"][f"bulk-{number}"] = {"title": "Bulk", "source": "us"}
        package.files[f"scenarios/small-run/documents/bulk-{number}.md"] = "word " * 38_000
    package.files[FILE] = json.dumps(document, indent=1)
    (found,) = faults(package)
    assert "the limit is 2000 kB" in found


def test_a_report_is_the_only_json_that_is_read(tmp_path: Any) -> None:
    folder = tmp_path / "scenarios" / "small-run"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text("{}")
    (folder / "other.json").write_text("{}")
    package = read_folder(tmp_path)
    assert list(package.files) == ["scenarios/small-run/report.json"]
    assert [fault.file for fault in package.faults] == ["scenarios/small-run/other.json"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (exercise("ghost"), "there is no scenario ghost"),
        (exercise(rung="alone"), "must be one of"),
        (exercise(minutes=500), "minutes"),
        (exercise(colour="red"), "colour: This key is not known here"),
    ],
)
def test_an_exercise_names_what_is_there(db: None, text: str, words: str) -> None:
    package = library()
    package.files[EXERCISE] = text
    assert any(EXERCISE in each and words in each for each in faults(package)), faults(package)


def test_a_trail_is_read_and_not_designed(db: None) -> None:
    reading = {"seed": 1, "questions": []}
    package = library(reading=reading)
    package.files[EXERCISE] = exercise(rung="design")
    assert any("cannot be rehearsed as design" in each for each in faults(package))
    package.files[EXERCISE] = exercise(rung="guided")
    assert bring_in(package).ok
    assert ScenarioVersion.objects.get().only_reads is True


def test_an_exercise_of_a_broken_scenario_adds_no_noise(db: None) -> None:
    package = library(minutes=0)
    found = faults(package)
    assert found
    assert all(FILE in each for each in found), found


# ---- What organisations bring in -----------------------------------------------------------


def own(cast: Cast, text: str | None = None) -> Package:
    package = with_exercise(own_package("OWN-1"), text, "OWN-1")
    package.files |= package_files()
    package.files["scenarios/small-run/report.json"] = json.dumps(fair())
    return package


@pytest.fixture
def taught(db: None) -> None:
    bring_in(library_package())


@pytest.mark.usefixtures("taught")
def test_an_uploaded_scenario_waits_for_its_check(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    report = bring_in(own(cast), cast.organisation)
    assert report.ok, report.faults
    version = ScenarioVersion.objects.get()
    assert version.state == State.DRAFT, "its own report says it is fair, and is not asked"
    job = BackgroundJob.objects.get(kind=publishing.LINT)
    assert (job.organisation, job.subject_id) == (cast.organisation, version.pk)
    jobs.run(job.pk)
    version.refresh_from_db()
    assert version.state == State.PUBLISHED
    assert AuditEvent.objects.filter(action="scenario.published").count() == 1


@pytest.mark.usefixtures("taught")
def test_an_unfair_scenario_is_kept_back_with_its_report(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=False)
    bring_in(own(cast), cast.organisation)
    job = BackgroundJob.objects.get(kind=publishing.LINT)
    jobs.run(job.pk)
    version = ScenarioVersion.objects.get()
    assert version.state == State.DRAFT
    assert version.report["checks"][0]["words"] == "Approving scores 44."
    assert AuditEvent.objects.get(action="scenario.not-fair").organisation == cast.organisation


@pytest.mark.usefixtures("taught")
def test_the_real_check_runs_on_an_upload(cast: Cast) -> None:
    bring_in(own(cast), cast.organisation)
    jobs.run(BackgroundJob.objects.get(kind=publishing.LINT).pk)
    version = ScenarioVersion.objects.get()
    assert BackgroundJob.objects.get(kind=publishing.LINT).state == BackgroundJob.State.DONE
    assert version.report["digest"] == version.digest
    assert len(version.report["checks"]) > 5


@pytest.mark.usefixtures("taught")
def test_a_long_check_keeps_its_lease(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    beats: list[int] = []

    def lint(scenario: Any) -> Lint:
        sleep(0.3)
        return Lint(scenario.id, scenario.digest, 200)

    settings.JOB_LEASE_SECONDS = 0.3
    monkeypatch.setattr(publishing, "lint", lint)
    monkeypatch.setattr(jobs, "beat", lambda job: beats.append(job.pk))
    bring_in(own(cast), cast.organisation)
    publishing.lint_version(BackgroundJob.objects.get(kind=publishing.LINT))
    assert len(beats) > 3
    assert ScenarioVersion.objects.get().state == State.PUBLISHED


@pytest.mark.usefixtures("taught")
def test_a_check_that_comes_late_finds_its_draft_replaced(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    bring_in(own(cast), cast.organisation)
    changed = own(cast)
    changed.files |= package_files(title="Another")
    bring_in(changed, cast.organisation)
    first, second = BackgroundJob.objects.filter(kind=publishing.LINT).order_by("pk")
    jobs.run(first.pk)
    assert ScenarioVersion.objects.get().state == State.DRAFT
    jobs.run(second.pk)
    jobs.run(second.pk)
    version = ScenarioVersion.objects.get()
    assert (version.state, version.digest) == (State.PUBLISHED, small(title="Another").digest)


@pytest.mark.usefixtures("taught")
def test_a_zip_goes_the_whole_way(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict(monkeypatch, ok=True)
    upload = uploads.take_in(zipped(own(cast)), "own.zip", by=cast.joanna)
    jobs.run(BackgroundJob.objects.get(kind=uploads.CHECK).pk)
    upload.refresh_from_db()
    assert upload.state == PackageUpload.State.CLEAN, upload.report
    changes = [(each["what"], each["id"]) for each in upload.report["changes"]]
    assert ("scenario", "small-run") in changes
    report = uploads.bring_in(upload, by=cast.joanna)
    assert report is not None
    assert report.ok
    assert Scenario.objects.get().organisation == cast.organisation


# ---- Exports -------------------------------------------------------------------------------


@pytest.mark.usefixtures("taught")
def test_an_own_module_takes_its_scenario_along(cast: Cast, elsewhere: Cast) -> None:
    bring_in(own(cast), cast.organisation)
    version = ModuleVersion.objects.get(module__organisation=cast.organisation)
    package = read_zip(exporting.export(version))
    assert package.faults == []
    assert "scenarios/small-run/documents/inv-A-1.moved.md" in package.files
    assert "scenarios/small-run/report.json" not in package.files
    report = bring_in(package, elsewhere.organisation)
    assert report.ok, report.faults
    digests = set(ScenarioVersion.objects.values_list("digest", flat=True))
    assert digests == {small().digest}
    assert ScenarioVersion.objects.count() == 2


def test_a_built_in_scenario_is_known_and_not_taken_along(cast: Cast) -> None:
    bring_in(library(fair()))
    version = ModuleVersion.objects.get(module__key="F1")
    assert not [path for path in exporting.files_of(version) if path.startswith("scenarios/")]
    report = uploads.adapt(version, by=cast.joanna)
    assert report.ok, report.faults
    step = Step.objects.get(version__module__organisation=cast.organisation, kind="exercise")
    found = exercises.version_for(step)
    assert found is not None
    assert found.scenario.organisation is None


def test_a_scenario_alone_comes_back_the_same(cast: Cast) -> None:
    bring_in(library(fair()))
    package = read_zip(scenario_documents.export(ScenarioVersion.objects.get()))
    report = bring_in(package, cast.organisation)
    assert report.ok, report.faults
    digests = ScenarioVersion.objects.values_list("digest", flat=True)
    assert set(digests) == {small().digest}


# ---- Exercises -----------------------------------------------------------------------------


def the_step() -> Step:
    return Step.objects.select_related("version__module").get(kind=Step.Kind.EXERCISE)


def test_a_step_holds_what_is_rehearsed(db: None) -> None:
    bring_in(library(fair()))
    step = the_step()
    assert (step.title, step.minutes) == ("Pay", 20)
    held = Exercise.objects.get(step=step)
    assert (held.scenario, held.rung) == ("small-run", Run.Rung.SUPERVISED)


def test_a_run_begun_from_a_step_belongs_to_it(cast: Cast) -> None:
    bring_in(library(fair()))
    step = fetch_step(cast.amina, the_step().pk, Step.Kind.EXERCISE)
    run = exercises.begin(cast.amina, step)
    assert run is not None
    assert (run.member, run.rung, run.version.number) == (cast.amina, "supervised", 1)
    assert ExerciseRun.objects.get().step == step
    assert exercises.step_of(run) == step
    assert exercises.begin(cast.amina, step) == run, "the one that is going on"
    Run.objects.update(state=Run.State.FINISHED)
    second = exercises.begin(cast.amina, step)
    assert second != run
    assert list(exercises.runs_of(cast.amina, step)) == [second, run]
    assert list(exercises.runs_of(cast.daniel, step)) == []
    alone = Run.objects.create(member=cast.amina, version=run.version, rung="guided")
    assert exercises.step_of(alone) is None


def test_nothing_is_begun_of_a_scenario_that_is_not_published(cast: Cast) -> None:
    bring_in(library())
    assert exercises.begin(cast.amina, the_step()) is None
    assert Run.objects.count() == 0


@pytest.mark.usefixtures("taught")
def test_an_own_scenario_stands_before_a_built_in_one(
    cast: Cast, elsewhere: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict(monkeypatch, ok=True)
    bring_in(library(fair()))
    built_in = the_step()
    package = own(cast)
    package.files |= package_files(title="Ours")
    assert bring_in(package, cast.organisation).ok
    jobs.run(BackgroundJob.objects.get(kind=publishing.LINT).pk)
    ours = Step.objects.get(kind="exercise", version__module__organisation=cast.organisation)
    found = exercises.version_for(ours)
    assert found is not None
    assert found.scenario.title == "Ours"
    other = exercises.version_for(built_in)
    assert other is not None
    assert other.scenario.organisation is None
    with pytest.raises(Http404):
        fetch_step(elsewhere.amina, ours.pk, Step.Kind.EXERCISE)


def preview(as_member: SignIn, member: Member) -> str:
    response = as_member(member).get(reverse("step_preview", args=[the_step().pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_trainer_sees_what_will_be_rehearsed(cast: Cast, as_member: SignIn) -> None:
    bring_in(library(fair()))
    page = preview(as_member, cast.joanna)
    assert "Three invoices are due." in page
    assert "Where will it hurt?" in page
    assert "Competency U1, level 2" in page
    assert "The first finished run counts as evidence." in page
    assert "A new account in the footnote" not in page, "faults are not told"


def test_a_trainer_reads_why_a_scenario_is_kept_back(cast: Cast, as_member: SignIn) -> None:
    report = fair() | {"ok": False, "checks": [{"name": "naive", "ok": False, "warning": False, "words": "Approving scores 44."}]}  # fmt: skip
    bring_in(library(report))
    page = preview(as_member, cast.joanna)
    assert "not fit to be published" in page
    assert "Approving scores 44." in page


@pytest.mark.parametrize("folder", sorted(LIBRARY.iterdir()), ids=lambda folder: folder.name)
def test_every_built_in_scenario_survives_its_export(folder: Path) -> None:
    scenario, problems = read_scenario(folder)
    assert scenario is not None, problems
    base = f"scenarios/{scenario.id}/"
    files = scenario_documents.files_of(scenario)
    assert max(len(text.encode()) for text in files.values()) < YAML_SIZE
    again, problems = scenario_in(Package(files), base)
    assert again == scenario, problems
