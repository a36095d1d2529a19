"""Where the linter is heard: the command that checks a folder, and the report on an upload."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from curriculum import uploads
from curriculum.linting import lint
from curriculum.linting.behind import behind
from curriculum.management.commands import check_library
from curriculum.models import Module, PackageUpload
from curriculum.packages.checking import check
from curriculum.packages.known import Known, known_to
from curriculum.packages.loading import load
from curriculum.packages.reading import Package
from people import jobs
from people.models import BackgroundJob
from tests.conftest import Cast
from tests.curriculum.lint_package import Content, prose
from tests.curriculum.packages import zipped
from tests.curriculum.test_workshop_pages import AsMember

KNOWN = Known(competencies=frozenset({"U1", "U2"}))


@pytest.fixture
def library(framework: None) -> None:
    """Module M1 on the track “care”, built in and published."""
    content = {path: text for path, text in Content().files().items() if "job-roles" not in path}
    content["modules/M1/module.yaml"] = content["modules/M1/module.yaml"].replace(
        "interaction_points:\n- CA1\n", ""
    )
    report = load(Package(content), organisation=None, by=None, publish=True, known=KNOWN)
    assert report.ok, report.faults


@pytest.mark.usefixtures("library")
def test_a_package_may_rest_on_what_is_loaded(cast: Cast) -> None:
    """A job role on a built-in track alone: its aims and items are known, its points are not taught."""
    content = Content()
    files = {
        path: content.files()[path] for path in ("package.yaml", "job-roles/care-adviser.yaml")
    }
    checked = check(Package(files), known_to(cast.organisation))
    assert not checked.faults
    rests_on = behind(cast.organisation)
    assert rests_on.tracks == {"care": ("M1",)}
    assert rests_on.modules["M1"].levels == {"U1": 2}
    assert rests_on.modules["M1"].asked == {"U1": 16}
    found = lint(checked, built_in=False, behind=rests_on)
    assert [(each.code, each.severity) for each in found] == [("point-not-taught", "warning")]
    assert lint(checked, built_in=False) == [], (
        "without it nothing is known, and nothing is claimed"
    )


@pytest.mark.usefixtures("library")
def test_an_own_module_stands_before_the_built_in_one(cast: Cast, elsewhere: Cast) -> None:
    content = Content()
    content.module["competencies"] = {"U1": 3, "U2": 1}
    adapted = {
        path: text
        for path, text in content.files().items()
        if "modules/" in path or path == "package.yaml"
    }
    adapted["modules/M1/module.yaml"] = adapted["modules/M1/module.yaml"].replace(
        "interaction_points:\n- CA1\n", ""
    )
    report = load(Package(adapted), organisation=cast.organisation, by=cast.joanna)
    assert report.ok, report.faults
    assert behind(cast.organisation).modules["M1"].levels == {"U1": 3, "U2": 1}
    assert behind(elsewhere.organisation).modules["M1"].levels == {"U1": 2}
    assert behind(None).modules["M1"].levels == {"U1": 2}


def run(folder: Path, **options: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    command = check_library.Command(stdout=out, stderr=err, no_color=True)
    given = {"path": folder, "strict": False, "quiet_warnings": False, **options}
    try:
        command.handle(**given)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def written(content: Content, folder: Path, *, without: str = "") -> Path:
    """The package as a folder with a framework of its own."""
    domain = {
        "competencies/u.yaml": "domain: {id: U, name: Understand, order: 1}\ncompetencies:\n"
        + "".join(
            f"  - {{id: {key}, name: {key}, short: {key}, definition: x, behaviours: [a, b, c, d]}}\n"
            for key in ("U1", "U2")
        )
    }
    for path, text in (content.files() | domain).items():
        if path != without:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_the_command_says_that_all_is_in_order(tmp_path: Path) -> None:
    code, out, err = run(written(Content(), tmp_path), strict=True)
    assert (code, err) == (0, "")
    assert "is in order: 1 tracks, 1 modules, 4 steps." in out


def test_errors_stand_apart_from_warnings_and_end_with_1(tmp_path: Path) -> None:
    content = Content()
    content.module["interaction_points"] = []
    content.task["brief"] = prose("brief", 401)
    code, out, err = run(written(content, tmp_path))
    assert (code, out) == (1, "")
    lines = err.split("\n")
    assert lines[0].startswith(
        "job-roles/care-adviser.yaml:14: No module of the tracks teaches CA1"
    )
    assert lines[0].endswith("[point-not-taught]")
    assert lines[1] == "1 error."
    assert lines[2].startswith(
        "modules/M1/tasks/try-it.yaml:5: The brief tells what to do in 401 words"
    )
    assert lines[3] == "1 warning."
    _, _, quiet = run(written(content, tmp_path), quiet_warnings=True)
    assert quiet.split("\n")[1:] == ["1 error.", "1 warning.", ""]


def test_warnings_alone_pass_unless_asked_to_be_strict(tmp_path: Path) -> None:
    content = Content()
    content.task["brief"] = prose("brief", 401)
    folder = written(content, tmp_path)
    assert run(folder)[0] == 0
    assert run(folder, strict=True)[0] == 1


def test_faults_come_first_and_coverage_waits_for_them(tmp_path: Path) -> None:
    content = Content()
    content.module["interaction_points"] = []
    content.task["brief"] = prose("brief", 401)
    code, _, err = run(written(content, tmp_path, without="modules/M1/lessons/repair-trust.md"))
    assert code == 1
    assert err.split("\n")[1] == "1 fault."
    assert "Coverage, word counts and minutes are looked at when the faults are mended." in err
    assert "point-not-taught" not in err
    assert "brief-too-long" in err


def upload(cast: Cast, content: Content) -> PackageUpload:
    made = uploads.take_in(zipped(content.files()), "ours.zip", by=cast.joanna)
    jobs.run(BackgroundJob.objects.get(kind=uploads.CHECK, subject_id=made.pk).pk)
    made.refresh_from_db()
    return made


def flawed() -> Content:
    content = Content()
    content.role["targets"] = {"U1": {"level": 4, "critical": True}}
    content.items[2]["options"][0]["text"] = "None of these"
    return content


def test_an_upload_is_advised_and_never_refused(
    framework: None, cast: Cast, as_member: AsMember
) -> None:
    made = upload(cast, flawed())
    assert made.state == "clean"
    page = as_member(cast.joanna).get(reverse("package_report", args=[made.pk])).content.decode()
    assert "The package is in order" in page
    assert "Bring in as drafts" in page
    assert "Worth another look" in page
    assert "None of this keeps the package out." in page
    assert '<th scope="row">modules/M1/quizzes/gate.yaml</th><td class="n">61</td>' in page
    assert "“None of these” is no option of its own" in page
    assert "The target for U1 is level 4" in page
    assert page.index("What it brings") < page.index("Worth another look")


def test_the_advice_stays_when_the_package_is_brought_in(
    framework: None, cast: Cast, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = upload(cast, flawed())
    before = made.report["advice"]
    assert len(before) == 2
    monkeypatch.setattr(uploads, "lint", None)  # nobody waits for it in a request
    as_member(cast.joanna).post(reverse("package_load", args=[made.pk]))
    made.refresh_from_db()
    assert made.state == "loaded"
    assert made.report["advice"] == before
    assert Module.objects.filter(organisation=cast.organisation).exists()


def test_without_advice_the_page_says_nothing_of_it(
    framework: None, cast: Cast, as_member: AsMember
) -> None:
    made = upload(cast, Content())
    assert made.report["advice"] == []
    page = as_member(cast.joanna).get(reverse("package_report", args=[made.pk])).content.decode()
    assert "Worth another look" not in page


def test_of_a_refused_package_only_the_faults_are_told(framework: None, cast: Cast) -> None:
    content = flawed()
    content.module["requires"] = ["M9"]
    made = upload(cast, content)
    assert made.state == "refused"
    assert made.report["advice"] == []
