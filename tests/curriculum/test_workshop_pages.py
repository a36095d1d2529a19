"""The trainer's pages: who may open them, and what they do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curriculum import publishing, uploads
from curriculum.models import Module, ModuleVersion, PackageUpload, PublishEntry, Track
from curriculum.packages.loading import load
from people import jobs
from people.models import AuditEvent, BackgroundJob, Member
from tests.conftest import Cast
from tests.curriculum.packages import LESSON_PATH, edited, files, package, zipped

AsMember = Callable[[Member], Client]


def upload(cast: Cast, content: bytes) -> PackageUpload:
    """An upload that has been checked as the worker would do it."""
    made = uploads.take_in(content, "ours.zip", by=cast.joanna)
    jobs.run(BackgroundJob.objects.get(kind=uploads.CHECK, subject_id=made.pk).pk)
    made.refresh_from_db()
    return made


def pages(own: Module, made: PackageUpload) -> dict[str, tuple[str, str]]:
    """Every page of the workshop: name → method and address."""
    version = own.versions.first()
    assert version is not None
    step = version.steps.first()
    assert step is not None
    track = Track.objects.get(organisation=own.organisation)
    return {
        "workshop": ("get", reverse("workshop")),
        "package_upload": ("get", reverse("package_upload")),
        "package_report": ("get", reverse("package_report", args=[made.pk])),
        "package_load": ("post", reverse("package_load", args=[made.pk])),
        "module_overview": ("get", reverse("module_overview", args=[own.pk])),
        "module_publish": ("post", reverse("module_publish", args=[own.pk])),
        "module_retire": ("post", reverse("module_retire", args=[own.pk])),
        "module_restore": ("post", reverse("module_restore", args=[own.pk])),
        "module_copy": ("post", reverse("module_copy", args=[own.pk])),
        "module_preview": ("get", reverse("module_preview", args=[version.pk])),
        "module_export": ("get", reverse("module_export", args=[version.pk])),
        "step_preview": ("get", reverse("step_preview", args=[step.pk])),
        "track_export": ("get", reverse("track_export", args=[track.pk])),
        "track_retire": ("post", reverse("track_retire", args=[track.pk])),
        "track_restore": ("post", reverse("track_restore", args=[track.pk])),
    }


COMMON = {"workshop", "package_upload"}


def test_every_page_opens_for_a_trainer_and_for_nobody_else(
    own: Module, cast: Cast, elsewhere: Cast, as_member: AsMember, client: Client
) -> None:
    made = upload(cast, zipped(files()))
    for name, (method, address) in pages(own, made).items():
        for person in (cast.amina, cast.helen, cast.noor):
            answer = getattr(as_member(person), method)(address)
            assert answer.status_code == 403, (name, person)
        answer = getattr(client, method)(address)
        assert answer.status_code == 302, name
        assert reverse("account_login") in answer["Location"]
        if name not in COMMON:
            answer = getattr(as_member(elsewhere.joanna), method)(address)
            assert answer.status_code == 404, name
    events = AuditEvent.objects.filter(action__startswith="module").count()
    assert events == 0, "a refused request leaves no trace in the module's history"
    for name, (method, address) in pages(own, made).items():
        answer = getattr(as_member(cast.joanna), method)(address)
        assert answer.status_code in (200, 302), name


def test_the_wrong_method_is_refused(own: Module, cast: Cast, as_member: AsMember) -> None:
    made = upload(cast, zipped(files()))
    client = as_member(cast.joanna)
    for name, (method, address) in pages(own, made).items():
        if name == "package_upload":
            continue
        other = client.post if method == "get" else client.get
        assert other(address).status_code == 405, name


def test_posts_need_the_token(own: Module, cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.joanna.user)
    answer = client.post(reverse("module_publish", args=[own.pk]), {"version": 1})
    assert answer.status_code == 403
    assert not PublishEntry.objects.exists()


def test_a_trainer_brings_a_package_in_and_publishes_it(
    framework: None,
    cast: Cast,
    as_member: AsMember,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    client = as_member(cast.joanna)
    file = SimpleUploadedFile("ours.zip", zipped(files()))
    answer = client.post(reverse("package_upload"), {"package": file}, follow=True)
    assert "being checked" in answer.content.decode()
    made = PackageUpload.objects.get()
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    job = BackgroundJob.objects.get(kind="check-package")
    assert job.subject_id == made.pk
    jobs.run(job.pk)
    jobs.run(job.pk)  # the same job delivered again
    part = client.get(reverse("package_report", args=[made.pk]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "Bring in as drafts" in part.content.decode()
    assert not Module.objects.exists(), "a check writes nothing"
    answer = client.post(reverse("package_load", args=[made.pk]), follow=True)
    assert "Brought in as drafts" in answer.content.decode()
    module = Module.objects.get(organisation=cast.organisation)
    overview = client.get(reverse("module_overview", args=[module.pk])).content.decode()
    assert "Publish version 1" in overview
    version = module.versions.get()
    client.post(reverse("module_publish", args=[module.pk]), {"version": version.pk, "note": "Go."})
    module.refresh_from_db()
    assert module.published_version == version
    made.refresh_from_db()
    assert made.state == "loaded"
    assert bytes(made.content) == b"", "the file is not kept longer than it is needed"
    again = client.post(reverse("package_load", args=[made.pk]), follow=True)
    assert "nothing to bring in" in again.content.decode()


def test_a_bad_package_is_refused_with_every_fault(
    framework: None, cast: Cast, as_member: AsMember
) -> None:
    content = edited("modules/M1/module.yaml", "{U1: 2}", "{U9: 2}")
    content["tracks/care.yaml"] = content["tracks/care.yaml"].replace("[M1]", "[M1, M8]")
    made = upload(cast, zipped(content))
    assert made.state == "refused"
    page = as_member(cast.joanna).get(reverse("package_report", args=[made.pk])).content.decode()
    assert "2 things to mend" in page
    assert "There is no competency “U9”." in page
    assert "There is no module “M8”." in page
    assert "Bring in as drafts" not in page
    as_member(cast.joanna).post(reverse("package_load", args=[made.pk]))
    assert not Module.objects.exists()


def test_what_a_package_says_is_escaped_in_its_report(
    framework: None, cast: Cast, as_member: AsMember
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    content = files() | {f"notes/{evil}.md": "x"}
    content["modules/M1/module.yaml"] += f'"{evil}": 1\n'
    made = upload(cast, zipped(content))
    page = as_member(cast.joanna).get(reverse("package_report", args=[made.pk])).content.decode()
    assert evil not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (None, "Choose a zip file first."),
        (SimpleUploadedFile("x.zip", b""), "This file is empty."),
        (SimpleUploadedFile("x.zip", b"hello"), "This is not a zip file."),
        (SimpleUploadedFile("x.zip", b"PK\x03\x04" + b"0" * 20_000_000), "larger than 20 MB"),
    ],
)
def test_what_is_no_package_is_not_taken_in(
    file: SimpleUploadedFile | None, message: str, cast: Cast, as_member: AsMember
) -> None:
    answer = as_member(cast.joanna).post(reverse("package_upload"), {"package": file or ""})
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not PackageUpload.objects.exists()


def test_what_has_changed_since_the_check_is_checked_again(
    framework: None, cast: Cast, as_member: AsMember
) -> None:
    made = upload(cast, zipped(files()))
    assert made.state == "clean"
    from curriculum.models import Competency

    Competency.objects.all().delete()
    as_member(cast.joanna).post(reverse("package_load", args=[made.pk]))
    made.refresh_from_db()
    assert made.state == "refused"
    assert not Module.objects.exists()


def test_built_in_modules_are_seen_and_copied_but_not_changed(
    built_in: Module, cast: Cast, as_member: AsMember
) -> None:
    client = as_member(cast.joanna)
    page = client.get(reverse("module_overview", args=[built_in.pk])).content.decode()
    assert "Copy and adapt" in page
    assert "Retire the module" not in page
    for name in ("module_publish", "module_retire", "module_restore"):
        assert client.post(reverse(name, args=[built_in.pk])).status_code == 403
    track = Track.objects.get(organisation=None)
    assert client.post(reverse("track_retire", args=[track.pk])).status_code == 403
    answer = client.post(reverse("module_copy", args=[built_in.pk]), follow=True)
    assert "This copy is yours" in answer.content.decode()
    own = Module.objects.get(organisation=cast.organisation)
    again = client.post(reverse("module_copy", args=[built_in.pk]), follow=True)
    assert again.redirect_chain[0][0] == reverse("module_overview", args=[own.pk])
    assert Module.objects.filter(organisation=cast.organisation).count() == 1


def test_a_draft_that_was_replaced_meanwhile_is_not_published(
    own: Module, cast: Cast, as_member: AsMember
) -> None:
    seen = own.versions.get().pk
    changed = edited(LESSON_PATH, "title: Read the trail", "title: Read it first")
    load(package(changed), organisation=cast.organisation, by=cast.joanna)
    answer = as_member(cast.joanna).post(
        reverse("module_publish", args=[own.pk]), {"version": seen}, follow=True
    )
    if own.versions.get().pk != seen:
        assert "has changed since you opened" in answer.content.decode()
        assert not PublishEntry.objects.exists()


def test_another_organisations_draft_cannot_be_published_by_its_number(
    own: Module, cast: Cast, elsewhere: Cast, as_member: AsMember
) -> None:
    load(package(), organisation=elsewhere.organisation, by=elsewhere.joanna)
    foreign = ModuleVersion.objects.get(module__organisation=elsewhere.organisation)
    as_member(cast.joanna).post(reverse("module_publish", args=[own.pk]), {"version": foreign.pk})
    foreign.refresh_from_db()
    assert foreign.state == "draft"


def test_the_difference_is_shown_line_by_line(own: Module, cast: Cast, as_member: AsMember) -> None:
    publishing.publish(own.versions.get(), by=cast.joanna)
    changed = edited(LESSON_PATH, "title: Read the trail", "title: Read <it> first")
    load(package(changed), organisation=cast.organisation, by=cast.joanna)
    page = as_member(cast.joanna).get(reverse("module_overview", args=[own.pk])).content.decode()
    assert "<del>title: Read the trail</del>" in page
    assert "<ins>title: Read &lt;it&gt; first</ins>" in page
    assert "lessons/read-the-trail.md" in page
    assert "lessons/repair-trust.md" not in page.split("Publish log")[0].split("What changes")[1]


def test_a_step_is_previewed_as_it_will_be_read(
    own: Module, cast: Cast, as_member: AsMember
) -> None:
    client = as_member(cast.joanna)
    for step in own.versions.get().steps.all():
        answer = client.get(reverse("step_preview", args=[step.pk]))
        assert answer.status_code == 200
        if step.kind == "lesson":
            assert step.html.strip() in answer.content.decode()


def test_an_export_is_a_file_and_is_audited(own: Module, cast: Cast, as_member: AsMember) -> None:
    answer = as_member(cast.joanna).get(reverse("module_export", args=[own.versions.get().pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="M1-1.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "modules/M1/module.yaml" in archive.namelist()
    assert AuditEvent.objects.get(action="module.exported").actor == cast.joanna


def test_retiring_says_so_and_can_be_undone(own: Module, cast: Cast, as_member: AsMember) -> None:
    client = as_member(cast.joanna)
    publishing.publish(own.versions.get(), by=cast.joanna)
    client.post(reverse("module_retire", args=[own.pk]), {"retire-note": "Too old."})
    own.refresh_from_db()
    assert own.retired_at is not None
    assert PublishEntry.objects.first().note == "Too old."  # type: ignore[union-attr]
    page = client.get(reverse("module_overview", args=[own.pk])).content.decode()
    assert "Restore the module" in page
    client.post(reverse("module_restore", args=[own.pk]))
    own.refresh_from_db()
    assert own.retired_at is None


def test_the_workshop_takes_the_same_statements_for_many_modules(
    own: Module, cast: Cast, as_member: AsMember
) -> None:
    client = as_member(cast.joanna)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("workshop")).status_code == 200
        return len(queries)

    statements()
    few = statements()
    Module.objects.bulk_create(
        Module(organisation=cast.organisation, key=f"N{number}", title=f"Module {number}")
        for number in range(60)
    )
    PackageUpload.objects.bulk_create(
        PackageUpload(organisation=cast.organisation, file_name=f"{number}.zip", content=b"")
        for number in range(20)
    )
    assert statements() == few
    assert few <= 10


def test_the_list_tells_drafts_from_published_versions(
    built_in: Module, cast: Cast, as_member: AsMember
) -> None:
    """A copy that was never published is not taken for the built-in module of the same id."""
    client = as_member(cast.joanna)
    client.post(reverse("module_copy", args=[built_in.pk]))
    page = client.get(reverse("workshop")).content.decode()
    own = page.split("Built-in modules")[0]
    assert "not yet" in own
    assert re.search(r"</svg> version 1</span>", own)


def test_an_empty_workshop_says_what_will_be_here(cast: Cast, as_member: AsMember) -> None:
    page = as_member(cast.joanna).get(reverse("workshop")).content.decode()
    assert "will stand here" in page
    assert len(re.findall("<h1", page)) == 1
